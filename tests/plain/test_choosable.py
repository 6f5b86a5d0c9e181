"""Which fields may be told besides."""

import pytest
from capture.choosable import fault_of, name_path


class Field:
    store = True
    groups = related = comodel_name = None
    inherited = company_dependent = False

    def __init__(self, name, type="char", **values):
        self.name = name
        self.type = type
        vars(self).update(values)


class Model:
    _auto = True
    _abstract = _transient = False
    _rec_name = "name"

    def __init__(self, *fields, **values):
        self._fields = {field.name: field for field in fields}
        vars(self).update(values)


class Hidden(Model):
    _nshift_webhook_hides_names = True


NAME = Field("name")
INHERITED = Field(
    "name", store=False, inherited=True, related="partner_id.name", comodel_name=None
)
MODELS = {
    "partner": Model(NAME),
    "user": Model(INHERITED, Field("partner_id", "many2one", comodel_name="partner")),
    "protected": Model(Field("name", groups="base.group_system")),
    "key": Model(Field("access_token"), _rec_name="access_token"),
    "computed": Model(Field("name", store=False)),
    "related": Model(Field("name", store=False, related="a_id.b_id.name")),
    "nameless": Model(_rec_name=None),
    "numbered": Model(Field("name", "integer")),
    "by_company": Model(Field("name", company_dependent=True)),
    "report": Model(NAME, _auto=False),
    "wizard": Model(NAME, _transient=True),
    "mixin": Model(NAME, _abstract=True),
    "hook": Hidden(NAME),
}


@pytest.mark.parametrize(
    "type",
    "char text html boolean integer float monetary date datetime selection".split(),
)
def test_simple_types(type):
    assert fault_of(Field("x", type), MODELS) is None


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"groups": "base.group_user"}, "groups"),
        ({"groups": "."}, "groups"),
        ({"store": False}, "stored"),
        ({"store": False, "inherited": True}, "inherited"),
        ({"company_dependent": True}, "company"),
        ({"related": "order_id.access_token"}, "secret"),
        *(
            ({"type": type}, "type")
            for type in (
                *("binary", "image", "json", "properties", "reference", "one2many"),
                *("many2one_reference", "properties_definition", "serialized"),
            )
        ),
    ],
)
def test_faults(values, fault):
    values = {"name": "x", "comodel_name": "partner"} | values
    assert fault_of(Field(**values), MODELS) == fault


def test_no_field():
    assert fault_of(None, MODELS) == "gone"


@pytest.mark.parametrize("name", ["id", "write_date", "write_uid"])
def test_what_changes_with_every_save(name):
    assert fault_of(Field(name), MODELS) == "own"
    assert fault_of(Field("create_date", "datetime"), MODELS) is None


@pytest.mark.parametrize(
    "name",
    [
        "access_token",
        "signup_token",
        "x_token",
        "x_studio_token_1",
        "password",
        "x_passwd",
        "x_api_key",
        "x_apikey",
        "x_private_key",
        "x_secret",
        "x_client_secrets",
        "X_Token",
        "totp",
    ],
)
def test_names_of_secrets(name):
    assert fault_of(Field(name), MODELS) == "secret"


@pytest.mark.parametrize(
    "name", ["x_key", "x_keyboard", "x_passenger", "x_secretary", "x_tokenized", "key"]
)
def test_names_that_only_look_alike(name):
    assert fault_of(Field(name), MODELS) is None


@pytest.mark.parametrize("type", ["many2one", "many2many"])
@pytest.mark.parametrize(
    ("comodel", "path"),
    [("partner", ("name",)), ("user", ("partner_id", "name"))],
)
def test_relations(type, comodel, path):
    field = Field("x", type, comodel_name=comodel)
    assert fault_of(field, MODELS) is None
    assert name_path(field, MODELS) == path


@pytest.mark.parametrize("comodel", [*sorted(MODELS.keys() - {"partner", "user"}), "?"])
def test_relations_without_a_name_to_tell(comodel):
    field = Field("x", "many2one", comodel_name=comodel)
    assert fault_of(field, MODELS) == "unnamed"
    assert name_path(field, MODELS) == ()
