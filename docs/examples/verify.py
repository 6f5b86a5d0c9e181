import base64
import hashlib
import hmac
import time

TOLERANCE = 5 * 60  # seconds


def verify(secret, headers, body):
    """Raise ValueError unless a request is genuine and recent.

    :param str secret: the webhook's signing secret, ``whsec_...``
    :param dict headers: the request's headers by lower-case name
    :param bytes body: the request's body, byte for byte as received
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE:
        raise ValueError("The timestamp is missing, too old or too new.")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # several signatures, separated by spaces, while a secret is being replaced
    for signature in headers.get("webhook-signature", "").split(" "):
        version, _, value = signature.partition(",")
        if version == "v1" and hmac.compare_digest(value.encode(), expected):
            return
    raise ValueError("No signature matches.")
