"""The packages and the weight of a transfer.

Odoo's own figures come from database queries, which do not see the state before a
change, and leave out the packages in packages once these have left.
"""

from collections import defaultdict

from ..capture.reading import part
from .values import decimal, text

#: Columns of the transfer that :class:`Packing` needs.
PACKED = "move_line_ids package_history_ids state shipping_weight weight"


class Packing:
    """The packages of a transfer, including packages that only hold packages.

    :param found: Row of the transfer, with the columns of ``PACKED``
    :param move_ids: ids of the moves that belong to the shipment or return
    """

    def __init__(self, found, move_ids):
        self._demanded = found["weight"]
        self._entered = found["shipping_weight"]
        self._loose = 0.0
        self._contents: dict[int, float] = defaultdict(float)
        for line in _packed.each(found, "move_line_ids"):
            if line["move_id"] not in move_ids:
                continue
            if line["package_id"]:
                self._contents[line["package_id"]] += line["weight"]
            else:
                self._loose += line["weight"]
        self._find_boxes(found)

    def _find_boxes(self, found):
        """Find the packages of the goods, and the packages around these."""
        if found["state"] == "done":
            # packages may have been moved since, so the history counts
            histories = _history.each(found, "package_history_ids")
            parents = {each["package_id"]: each["parent_id"] for each in histories}
        else:
            parents = None
        boxes = found.record.env["stock.package"].browse(self._contents)
        self._boxes = {}
        while boxes:
            for each in boxes:
                shown = package.of(each)
                parent = shown.pop("parent_id")
                if parents is not None:
                    parent = parents.get(each.id)
                self._boxes[each.id] = shown | {"parent_id": parent}
            ids = {self._boxes[each.id]["parent_id"] for each in boxes} - {None}
            boxes = boxes.browse(sorted(ids - self._boxes.keys()))
        self._inner = defaultdict(list)
        for id_, box in self._boxes.items():
            self._inner[box["parent_id"]].append(id_)

    def _weight_of(self, id_):
        box = self._boxes[id_]
        if box["weighed"]:
            return box["weighed"]
        inner = sum(map(self._weight_of, self._inner[id_]))
        return box["empty"] + self._contents[id_] + inner

    @property
    def weight(self):
        """The weight of all goods and packages; before a reservation, of the demand."""
        if not (self._contents or self._loose):
            return self._entered or self._demanded
        is_nested = any(box["parent_id"] for box in self._boxes.values())
        if self._entered and not is_nested:
            # the weight that a user has entered, perhaps from scales
            return self._entered
        return self._loose + sum(map(self._weight_of, self._inner[None]))

    @property
    def loose_weight(self):
        """The weight of goods outside of packages."""
        return self._loose

    def shown(self, places):
        """Return the packages in the form of messages.

        :param int places: digits after the point of weights
        """
        return [
            {
                "id": id_,
                "name": box["name"],
                "parent_id": box["parent_id"],
                "type": box["type"],
                "weight": decimal(self._weight_of(id_), places),
            }
            for id_, box in sorted(self._boxes.items())
        ]

    @property
    def parcel_count(self):
        """The number of pieces to carry; all loose goods count as one."""
        return len(self._inner[None]) + bool(self._loose)


@part(
    "stock.move.line",
    "move_id product_id quantity_product_uom result_package_id",
    "product.product",
)
def _packed(found):
    return {
        "move_id": found["move_id"],
        "package_id": found["result_package_id"],
        "weight": found["quantity_product_uom"]
        * (_unit_weight.at(found, "product_id") or 0),
    }


@part("product.product", "weight")
def _unit_weight(found):
    return found["weight"]


@part("stock.package.history", "package_id parent_dest_id")
def _history(found):
    return {"package_id": found["package_id"], "parent_id": found["parent_dest_id"]}


@part(
    "stock.package",
    "name package_type_id shipping_weight package_dest_id",
    "stock.package.type",
)
def package(found):
    kind = _type.at(found, "package_type_id")
    return {
        "name": found["name"],
        "type": kind and kind["shown"],
        "empty": kind["weight"] if kind else 0.0,
        "weighed": found["shipping_weight"],
        "parent_id": found["package_dest_id"],
    }


@part(
    "stock.package.type",
    "name packaging_length width height base_weight shipper_package_code"
    " package_carrier_type barcode",
)
def _type(found):
    return {
        "weight": found["base_weight"] or 0.0,
        "shown": {
            "id": found.record.id,
            "name": text(found["name"]),
            "carrier_code": text(found["shipper_package_code"]),
            "length": decimal(found["packaging_length"], 2),
            "width": decimal(found["width"], 2),
            "height": decimal(found["height"], 2),
        },
    }
