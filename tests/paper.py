"""What has to be printed for a shipment, of its message alone.

Each function fails where the message lacks something that the paper has to show.
"""


def label(shipment):
    """Return a carrier's labels, one for each parcel, as lists of lines."""
    parcels = [each for each in shipment["packages"] if each["parent_id"] is None]
    parcels = parcels or [{"name": shipment["name"], "weight": shipment["weight"]}]
    numbers = [each["number"] for each in shipment["trackings"]]
    numbers += [""] * (len(parcels) - len(numbers))
    return [
        [
            f"{shipment['carrier']['name']} {number}".strip(),
            f"{index}/{len(parcels)}: {parcel['name']}, "
            f"{_known(parcel['weight'])} {shipment['units']['weight']}",
            "From:",
            *address(shipment["sender_address"]),
            "To:",
            *address(shipment["delivery_address"]),
            shipment["instructions"] or "",
            "Ref.: " + ", ".join(_known(each["name"]) for each in shipment["orders"]),
        ]
        for index, (parcel, number) in enumerate(
            zip(parcels, numbers, strict=True), start=1
        )
    ]


def address(contact):
    name, firm = _known(contact["name"]), contact["company_name"]
    return [
        name,
        *([firm] if firm and firm != name else []),
        _known(contact["street"]),
        *([contact["street2"]] if contact["street2"] else []),
        f"{_known(contact['zip'])} {_known(contact['city'])}",
        *([contact["state"]] if contact["state"] else []),
        _known(contact["country"]),
        f"Tel. {_known(contact['phone'])}",
    ]


def cn23(shipment):
    """Return a customs declaration of the Universal Postal Union: rows and totals."""
    rows = [
        {
            "description": _known(line["product"]["name"]),
            "quantity": float(line["quantity"]),
            "weight": float(line["quantity"]) * float(customs["unit_weight"]),
            "value": float(line["quantity"]) * float(customs["unit_value"]),
            "hs_code": _known(customs["hs_code"]),
            "origin": _known(customs["country_of_origin"]),
            "currency": _known(customs["currency"]),
        }
        for line in shipment["lines"]
        for customs in [line["customs"]]
    ]
    assert len({row["currency"] for row in rows}) == 1
    return {
        "from": address(shipment["sender_address"]),
        "to": address(shipment["delivery_address"]),
        "importer": _known(shipment["customer"]["name"]),
        "terms": _known(shipment["incoterm"]),
        "rows": rows,
        "gross_weight": float(shipment["weight"]),
        "total_value": sum(row["value"] for row in rows),
        "currency": rows[0]["currency"],
        "date": _known(shipment["scheduled_at"])[:10],
    }


def pick_list(shipment):
    """Return what somebody in the warehouse fetches: (sku, what, how many, of what)."""
    return [
        (
            _known(line["sku"]),
            ", ".join(
                [
                    _known(line["product"]["name"]),
                    *(
                        f"{each['attribute']}: {each['custom'] or each['value']}"
                        for each in line["attributes"]
                    ),
                ]
            ),
            f"{_known(line['quantity'])} {_known(line['unit'])}",
            line["kit"] and _known(line["kit"]["name"]),
            sorted(filter(None, (each["lot"] for each in line["contents"]))),
        )
        for line in shipment["lines"]
        if line["state"] != "cancel"
    ]


def _known(value):
    assert value, "something to print is missing"
    return value
