"""What messages show, made of what models say of themselves."""

import pytest
from capture.shown import Correction, Part, all_shown


class Field:
    def __init__(self, name, comodel, kind="many2one", inverse=None):
        self.name = name
        self.comodel_name = comodel
        self.type = kind
        self.inverse_name = inverse


def model(
    name,
    *fields,
    subject=None,
    parts=(),
    shows=(),
    only=(),
    corrected=(),
    further=(),
):
    return type(
        name,
        (),
        {
            "_name": name,
            "_auto": True,
            "_fields": {field.name: field for field in fields},
            "_nshift_webhook_subjects": subject and (subject,),
            "_nshift_webhook_parts": dict(parts),
            "_nshift_webhook_shows": shows,
            "_nshift_webhook_fields": dict(only),
            "_nshift_webhook_corrected": corrected,
            "_nshift_webhook_further": further,
        },
    )


def models(**said):
    order = model(
        "order",
        Field("lines", "line", "one2many", "order_id"),
        Field("partner_id", "partner"),
        subject="order",
        **{"parts": {"lines": None}, "shows": ("partner_id.state_id",)} | said,
    )
    line = model(
        "line", Field("order_id", "order"), Field("tax_ids", "tax", "many2many")
    )
    partner = model("partner", Field("state_id", "state"), Field("boss_id", "partner"))
    others = [line, partner, model("state"), model("tax"), model("other")]
    return {each._name: each for each in (order, *others)}


def test_models_on_the_way_are_shown():
    shown = all_shown(models())
    assert shown.keys() == {"order", "line", "partner", "state"}
    assert shown["partner"].paths == {("order", "partner_id")}
    assert shown["state"].paths == {("order", "partner_id.state_id")}


def test_parts():
    shown = all_shown(models())
    assert shown["order"].parts == [Part("order", "")]
    assert shown["line"].parts == [Part("order", "lines", None, "order_id")]
    assert shown["line"].parents == {"order_id"}
    assert shown["line"].lists == {"order_id": {("order", "lines")}}
    assert not shown["partner"].parts


def test_parts_further_away():
    shown = all_shown(models(parts={"lines.tax_ids": {"name"}}))
    names = frozenset({"name"})
    assert shown["tax"].parts == [Part("order", "lines.tax_ids", names)]
    assert not shown["line"].parts
    assert shown["line"].lists == {"order_id": {("order", "lines")}}


def test_a_new_part_is_told_if_something_leads_to_its_subject():
    order = models(parts={"lines": None, "lines.tax_ids": None, "lines.values": None})
    order["value"] = model("value", Field("line_id", "line"))
    order["line"]._fields["values"] = Field("values", "value", "one2many", "line_id")
    shown = all_shown(order)
    found = {
        name: [part.is_found_new for part in shown[name].parts]
        for name in ("order", "line", "value", "tax")
    }
    # a tax is there before a line refers to it
    assert found == {"order": [True], "line": [True], "value": [True], "tax": [False]}
    assert shown["line"].parents == {"order_id"}
    assert shown["value"].parents == set()


def test_a_path_through_a_module_that_is_not_installed():
    shown = all_shown(models(shows=("?lines.reward_id.program_id", "?lines.tax_ids")))
    assert shown.keys() == {"order", "line", "tax"}
    assert shown["tax"].paths == {("order", "lines.tax_ids")}


def test_only_for_some():
    shown = all_shown(models())
    assert not shown["line"].only([], looks_back=True)
    line = shown["line"].only(["order"], looks_back=True)
    assert line and line.looks_back
    assert shown["partner"].only(["order"], looks_back=True)
    assert (line.parts, line.paths) == (shown["line"].parts, shown["line"].paths)


def test_of_what_it_matters_what_it_was():
    part = all_shown(models())["line"]
    names = frozenset({"price", "parent_id"})
    assert part.only(["order"], True).kept_of(names) == names
    assert part.only(["order"], False, kept={"price"}).kept_of(names) == {"price"}
    assert not part.only(["order"], False).kept_of(names)


def test_path_that_is_wrong():
    with pytest.raises(KeyError, match="nowhere"):
        all_shown(models(shows=("partner_id.nowhere",)))


def test_fields_that_are_of_interest():
    shown = all_shown(models(only={"partner_id": {"name"}}))
    # the fields on the way are
    assert shown["partner"].names >= {"name", "state_id"}
    assert shown["state"].names is None
    assert shown["partner"].only(["order"], True).names == shown["partner"].names
    assert all_shown(models())["partner"].names is None
    # a line is told whatever changes of it
    assert shown["line"].names is None


def test_fields_are_known_only_if_they_are_for_each_path():
    said = {"shows": ("partner_id", "boss_id"), "only": {"partner_id": {"name"}}}
    order = model("order", Field("partner_id", "partner"), Field("boss_id", "partner"))
    order._nshift_webhook_subjects = ("order",)
    order._nshift_webhook_shows = said["shows"]
    order._nshift_webhook_fields = said["only"]
    order._nshift_webhook_corrected = ("partner_id",)
    order._nshift_webhook_further = ()
    shown = all_shown({"order": order, "partner": model("partner")})
    assert shown["partner"].names is None
    assert [each.path for each in shown["partner"].corrections] == ["partner_id"]


def test_corrections():
    shown = all_shown(models(only={"partner_id": {"name"}}, corrected=("partner_id",)))
    correction = Correction("order", "partner_id", frozenset({"name"}))
    assert shown["partner"].corrections == [correction]
    assert not shown["state"].corrections
    hearing = shown["partner"].only(["order"], True, ["order"])
    assert hearing.corrections == [correction]
    assert not shown["partner"].only(["order"], True).corrections


def test_corrections_of_a_contact_that_another_shows():
    """As a child without a name shows that of its parent."""
    shows = ("partner_id.boss_id.boss_id.state_id",)
    only = {"partner_id": {"name", "city"}, "partner_id.boss_id.boss_id": {"name"}}
    shown = all_shown(models(shows=shows, only=only, corrected=("partner_id",)))
    assert {each[1:3] for each in shown["partner"].corrections} == {
        ("partner_id", frozenset({"name", "city"})),
        ("partner_id.boss_id", frozenset({"name", "city"})),
        ("partner_id.boss_id.boss_id", frozenset({"name"})),
    }
    assert "boss_id" in shown["partner"].names


DECIDING = {"order": {"partner_id.boss_id.city", "partner_id.state_id", "lines.price"}}


def deciding(**said):
    found = models(**said)
    found["partner"]._fields["city"] = Field("city", None, "char")
    found["line"]._fields["price"] = Field("price", None, "float")
    return all_shown(found, deciding=DECIDING)


def test_what_conditions_ask_for_is_looked_at():
    shown = deciding(only={"partner_id": {"name"}})
    assert shown["partner"].paths == {
        ("order", "partner_id"),
        ("order", "partner_id.boss_id"),
    }
    assert shown["partner"].names >= {"name", "city", "boss_id", "state_id"}
    assert set(shown["partner"].corrections) == {
        Correction("order", "partner_id", frozenset({"boss_id", "state_id"}), True),
        Correction("order", "partner_id.boss_id", frozenset({"city"}), True),
    }
    # a line is told whatever changes of it, and a state is the same whatever its name
    assert not shown["line"].corrections
    assert not shown["state"].corrections


def test_what_is_asked_for_is_not_all_that_is_shown():
    assert deciding()["partner"].names is None


def test_what_is_only_asked_for_is_not_told_of_otherwise():
    """Of a model that nothing else shows, only what a condition asks for matters."""
    shown = deciding(shows=())
    assert shown["partner"].names == {"boss_id", "state_id", "city"}
    assert shown["state"].names == frozenset()


def test_who_hears_nothing_of_changes_hears_of_what_decides():
    hearing = deciding(shows=())["partner"].only(["order"], True)
    assert [correction.decides for correction in hearing.corrections] == [True, True]
    assert not deciding(shows=())["partner"].only([], True).corrections


def test_fields_that_are_chosen_count_where_few_do():
    said = {"only": {"partner_id": {"name"}}, "corrected": ("partner_id",)}
    chosen = {"partner": {"gate": ()}, "order": {"text": ()}}
    shown = all_shown(models(**said, further=("", "partner_id")), chosen)
    assert shown["partner"].names == {"name", "gate", "state_id"}
    names = frozenset({"name", "gate"})
    assert shown["partner"].corrections == [Correction("order", "partner_id", names)]
    # only where they are told
    shown = all_shown(models(**said), chosen)
    assert "gate" not in shown["partner"].names


def test_what_a_chosen_field_refers_to_counts_for_its_name():
    said = {"only": {"partner_id": {"name"}}, "corrected": ("partner_id",)}
    chosen = {"partner": {"boss_id": ("state_id", "title")}}
    shown = all_shown(models(**said, further=("partner_id",)), chosen)
    paths = {path for _subject, path in shown["state"].paths}
    assert paths == {"partner_id.state_id", "partner_id.boss_id.state_id"}
    assert shown["partner"].fields == {
        ("order", "partner_id"): {"name", "boss_id"},
        ("order", "partner_id.boss_id"): {"state_id"},
    }
    assert shown["state"].fields == {
        ("order", "partner_id.boss_id.state_id"): {"title"}
    }
    # a new name is no correction
    assert [each.path for each in shown["partner"].corrections] == ["partner_id"]
    assert not shown["state"].corrections


def test_what_is_shown_anyway_counts_as_before():
    chosen = {"order": {"partner_id": ("name",)}, "line": {"tax_ids": ("name",)}}
    shows = ("partner_id.state_id", "lines.tax_ids")
    shown = all_shown(models(shows=shows, further=("", "lines")), chosen)
    assert shown["partner"].names is None
    assert shown["tax"].names is None
