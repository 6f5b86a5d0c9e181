"""Values of a shipment from the time when it left; plain Python.

A reusable crate may be weighed for its next delivery, a product renamed, a customer may
move. The values of a shipment that has left are kept, and shown in later messages.
"""

#: Properties of a shipment that cannot change any more once it is done.
KEPT = (
    "company",
    "customer",
    "invoice_address",
    "warehouse",
    "sender_address",
    "delivery_address",
    "units",
    "weight",
    "loose_weight",
    "parcel_count",
    "packages",
)
#: Properties of the lines that cannot, unless the line's product is replaced.
KEPT_OF_LINES = ("product", "sku", "attributes", "unit", "customs", "kit")


def kept(shown):
    """Return the values of a shipment to keep, as it leaves.

    :param dict shown: the shipment's payload
    """
    return {
        **{name: shown[name] for name in KEPT},
        "lines": {
            str(line["id"]): {
                name: line[name] for name in KEPT_OF_LINES if name in line
            }
            for line in shown["lines"]
        },
    }


def as_it_left(shown, left):
    """Return a shipment's payload with the values from the time when it left.

    :param dict shown: the payload with the present values
    :param dict left: values from :func:`kept`, None if none were kept
    """
    if not left:
        return shown
    lines = [_line(line, left["lines"].get(str(line["id"]))) for line in shown["lines"]]
    was = {name: left[name] for name in KEPT}
    if not _packages(lines) <= {package["id"] for package in was["packages"]}:
        # the packages were corrected after the shipment left
        was = {
            name: value
            for name, value in was.items()
            if name not in ("weight", "loose_weight", "parcel_count", "packages")
        }
    return shown | was | {"lines": lines}


def _line(line, left):
    def product(values):
        return values["product"] and values["product"]["id"]

    return line | left if left and product(line) == product(left) else line


def _packages(lines):
    return {
        content["package_id"]
        for line in lines
        for content in line["contents"]
        if content["package_id"]
    }
