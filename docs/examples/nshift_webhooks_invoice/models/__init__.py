from . import account_move
from . import nshift_webhook
from . import sale_order
