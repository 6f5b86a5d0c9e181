from . import test_event
from . import test_menus
from . import test_outbox
from . import test_payload
from . import test_rights
from . import test_webhook
