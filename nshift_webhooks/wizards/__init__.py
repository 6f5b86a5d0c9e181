from . import base_partner_merge
from . import nshift_webhook_enable
from . import nshift_webhook_settle
