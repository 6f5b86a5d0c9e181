from . import nshift_webhook_event
