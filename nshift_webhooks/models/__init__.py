from . import nshift_webhook
from . import nshift_webhook_event
from . import nshift_webhook_attempt
from . import nshift_webhook_outbox
from . import nshift_webhook_source
from . import sale_order
from . import sale_order_line
from . import stock_picking
