"""The fields in which carriers' addons store the booked service; plain Python."""

#: Endings of the fields' names. No shorter ones: similar fields hold accounts' keys.
ENDINGS = ("_service_type", "_service_code", "_service", "_product_code")


def is_service_field(name, delivery_type):
    """Tell whether a field holds the carrier's code of a service.

    The addon of each carrier has its own field, named after the type of carrier:
    ``ups_default_service_type``, ``dhl_product_code``.

    :param str name: name of the field
    :param str delivery_type: the type of carrier, such as ``ups``
    """
    return name.startswith(f"{delivery_type}_") and name.endswith(ENDINGS)
