from . import base_partner_merge
from . import nshift_webhook_dialog
from . import nshift_webhook_enable
from . import nshift_webhook_load_dialog
from . import nshift_webhook_resend
from . import nshift_webhook_rotate
from . import nshift_webhook_secret
from . import nshift_webhook_settle
