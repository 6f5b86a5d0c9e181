"""Under which name a carrier's addon keeps the service that is booked; plain Python."""

#: What such names end with. Nothing looser: an account's key is in such fields, too.
ENDINGS = ("_service_type", "_service_code", "_service", "_product_code")


def is_service_field(name, delivery_type):
    """Tell whether a field holds the carrier's code of a service.

    Each carrier's addon has a field of its own, named after the type of carrier:
    ``ups_default_service_type``, ``dhl_product_code``.

    :param str name: of the field
    :param str delivery_type: the type of carrier, such as ``ups``
    """
    return name.startswith(f"{delivery_type}_") and name.endswith(ENDINGS)
