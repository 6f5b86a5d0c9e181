"""A shipment that has left stays as it was; plain Python.

A reusable crate is weighed for the next delivery, a product is renamed, a customer
moves: what a shipment was when it left is kept, and told when there is more to tell.
"""

#: What of a shipment cannot change any more once it is done.
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
#: What of its lines cannot, unless somebody puts other goods there.
KEPT_OF_LINES = ("product", "sku", "attributes", "unit", "customs", "kit")


def kept(shown):
    """Return what has to be kept of a shipment that is leaving.

    :param dict shown: the shipment
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
    """Return a shipment with what it was when it left.

    :param dict shown: the shipment, as it would be by now
    :param dict left: from :func:`kept`, None if nobody kept it
    """
    if not left:
        return shown
    lines = [_line(line, left["lines"].get(str(line["id"]))) for line in shown["lines"]]
    was = {name: left[name] for name in KEPT}
    if not _packages(lines) <= {package["id"] for package in was["packages"]}:
        # somebody has corrected what it was packed in
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
