from . import base_partner_merge
from . import nshift_webhook_dialog
from . import nshift_webhook_enable
from . import nshift_webhook_rotate
from . import nshift_webhook_secret
from . import nshift_webhook_settle
