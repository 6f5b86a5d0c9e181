"""The papers of a transfer: its labels, and whether a signature was given."""

from ..capture.memo import memo_of

#: Beginnings of the names of labels by Odoo's carriers.
LABEL, RETURN_LABEL = "LabelShipping", "LabelReturn"


def is_label(name):
    """Tell whether an attachment with this name is a label, for either direction."""
    return bool(name) and name.startswith((LABEL, RETURN_LABEL))


def documents_of(picking):
    """Return the names of a transfer's labels, and whether it has a signature.

    The content is not read. The attachments of all prefetched transfers are looked up
    together.

    :param picking: one ``stock.picking``
    :return: a dict of properties
    """
    memo = memo_of(picking.env.cr)
    if memo is None:
        found, looking_back = _look_up(picking), False
    else:
        found, looking_back = memo.asked(_look_up, picking), memo.looking_back
    now = picking.env.cr.now()
    names = [
        (name, field)
        for name, field, created in found.get(picking.id, ())
        # attachments of this transaction do not exist in the past
        if not (looking_back and created == now)
    ]
    labels = sorted(name for name, field in names if not field)
    return {
        "signed": any(field == "signature" for _name, field in names),
        "labels": [name for name in labels if name.startswith(LABEL)],
        "return_labels": [name for name in labels if name.startswith(RETURN_LABEL)],
    }


def _look_up(pickings):
    """Return (name, field, date) of labels and signatures, by transfer id."""
    found: dict[int, list] = {id_: [] for id_ in pickings._ids}
    pickings.env.cr.execute(
        "SELECT res_id, name, res_field, create_date FROM ir_attachment"
        " WHERE res_model = %s AND res_id = ANY(%s)"
        " AND (res_field = 'signature' OR res_field IS NULL AND"
        " (name LIKE %s OR name LIKE %s))",
        (pickings._name, list(found), f"{LABEL}%", f"{RETURN_LABEL}%"),
    )
    for id_, *document in pickings.env.cr.fetchall():
        found[id_].append(document)
    return found
