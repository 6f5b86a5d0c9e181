"""A receiver's key opens the list of one webhook's messages, and nothing else."""

import contextlib
import http.client
import uuid
import xmlrpc.client

import pytest
import requests

CATCH_UP = "nshift.webhook/catch_up"
READ = "nshift.webhook/read_message"
#: Whatever a client can call on any model, with arguments that Odoo understands.
CALLS = {
    "search_read": {"domain": [], "limit": 1},
    "read": {"ids": [1]},
    "write": {"ids": [1], "vals": {}},
    "create": {"vals_list": [{}]},
    "unlink": {"ids": [1]},
    "fields_get": {},
    "name_search": {},
    "web_search_read": {"domain": [], "specification": {}, "limit": 1},
    "onchange": {"values": {}, "field_names": [], "fields_spec": {}},
}


class Holder:
    """Whoever has a receiver's key, and what they can make of it.

    :param shop: the running product
    :param hook: the webhook whose messages it reads
    """

    def __init__(self, shop, hook):
        self._odoo = shop.odoo
        made = shop.api.call("nshift.webhook", "make_catch_up_key", [hook.id], days=7)
        self.key = made["key"]
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {self.key}"
        [self.user] = shop.execute(
            "SELECT id, login, partner_id FROM res_users AS u WHERE id = "
            "(SELECT user_id FROM nshift_webhook_reader WHERE webhook_id = %s)",
            hook.id,
        )

    def post(self, path, json=None, **arguments):
        return self.session.post(
            f"{self._odoo.url}{path}",
            json=arguments if json is None else json,
            timeout=60,
        )

    def status(self, method, **arguments):
        return self.post(f"/json/2/{method}", **arguments).status_code

    def read(self, **arguments):
        """Return the IDs of all messages that they can read."""
        answer = self.post(f"/json/2/{CATCH_UP}", **arguments)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["messages"]]


@pytest.fixture
def hook(shop):
    return shop.hook()


@pytest.fixture
def holder(shop, hook):
    return Holder(shop, hook)


def told(shop, hook):
    return [event["message_id"] for event in shop.events(hook)]


def test_it_reads_one_webhooks_messages(shop, hook, holder):
    other = shop.hook("order.created")
    shop.order()
    [mine], [theirs] = told(shop, hook), told(shop, other)
    assert holder.read() == [mine]
    assert holder.post(f"/json/2/{READ}", message_id=mine).json()["id"] == mine
    assert holder.status(READ, message_id=theirs) == 422
    # whatever else is sent along
    for extra in (
        {"context": {"uid": 1, "su": True, "active_test": False, "lang": "sv_SE"}},
        {"context": {"allowed_company_ids": [1]}},
        {"__model__": "res.users", "__method__": "search_read"},
    ):
        assert holder.read(**extra) == [mine], extra
    for wrong in ({"ids": [other.id]}, {"webhook_id": other.id}):
        assert holder.status(CATCH_UP, **wrong) == 422, wrong


def test_it_opens_no_method_of_any_model(shop, holder):
    names = [each["model"] for each in shop.api.search("ir.model", [], "model")]
    assert len(names) > 300
    opened = [
        (name, method)
        for name in names
        for method, arguments in CALLS.items()
        if holder.status(f"{name}/{method}", **arguments) != 401
    ]
    assert opened == []


#: Paths as they are sent, which no client tidies up.
PATHS = (
    f"/json/2/{CATCH_UP}/",
    f"/json/2/nshift.webhook/../{CATCH_UP}",
    "/json/2/nshift.webhook/catch_up/../search_read",
    "/json/2/nshift.webhook/catch_up%2f..%2fsearch_read",
    "/json/2/nshift.webhook/catch_up%00search_read",
    "/json/2/nshift.webhook/CATCH_UP",
    "/json/2/nshift.webhook/make_catch_up_key",
    "/json/2/nshift.webhook/revoke_catch_up_keys",
    "/json/2/nshift.webhook/_webhook_to_read",
    "/json/2/nshift.webhook.event/_listed",
    f"/json/2/nshift.webhook/search_read?x=/json/2/{CATCH_UP}",
    f"/json/2/nshift.webhook/search_read?/json/2/{CATCH_UP}",
    "/json/1/nshift.webhook",
    "/json/sale.order",
    "/doc-bearer/index.json",
    "/doc-bearer/res.users.json",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_opens_no_other_path(shop, hook, holder, path, method):
    shop.order()
    shop.settled(hook)
    address = shop.odoo.url.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=60)
    headers = {
        "Authorization": f"Bearer {holder.key}",
        "Content-Type": "application/json",
    }
    with contextlib.closing(connection):
        connection.request(method, path, b"{}", headers)
        answer = connection.getresponse()
        assert answer.status >= 300
        assert b"msg_" not in answer.read()


def test_it_is_no_password(shop, holder):
    _id, login, _partner = holder.user
    database = shop.odoo.database.name
    user_id = holder.user[0]
    common = xmlrpc.client.ServerProxy(f"{shop.odoo.url}/xmlrpc/2/common")
    assert common.authenticate(database, login, holder.key, {}) is False
    models = xmlrpc.client.ServerProxy(f"{shop.odoo.url}/xmlrpc/2/object")
    for model, method in (
        ("res.users", "context_get"),
        ("nshift.webhook", "catch_up"),
        ("sale.order", "search_read"),
    ):
        with pytest.raises(xmlrpc.client.Fault, match="Access Denied"):
            models.execute_kw(database, user_id, holder.key, model, method, [])
        arguments = [database, user_id, holder.key, model, method, []]
        answer = holder.post(
            "/jsonrpc",
            {
                "jsonrpc": "2.0",
                "params": {
                    "service": "object",
                    "method": "execute_kw",
                    "args": arguments,
                },
            },
        ).json()
        assert answer["error"]["data"]["name"].endswith("AccessDenied")
    for password in (holder.key, "", login):
        params = {"db": database, "login": login, "password": password}
        answer = holder.post("/web/session/authenticate", {"params": params}).json()
        assert "error" in answer
    assert holder.session.cookies.get("session_id") is None or (
        "/web/login" in holder.session.get(f"{shop.odoo.url}/odoo", timeout=60).url
    )


def test_not_even_as_an_administrator(shop, hook, holder):
    """Whoever gives the user rights, the key opens no more."""
    group = shop.api.ref("base.group_system")
    user_type = shop.api.ref("base.group_user")
    user_id = holder.user[0]
    shop.api.write("res.users", user_id, group_ids=[(4, user_type), (4, group)])
    shop.order()
    assert holder.read() == told(shop, hook)
    for method, arguments in CALLS.items():
        assert holder.status(f"res.partner/{method}", **arguments) == 401


@pytest.mark.parametrize(
    "end",
    [
        lambda shop, hook: shop.api.call(
            "nshift.webhook", "revoke_catch_up_keys", [hook.id]
        ),
        lambda shop, hook: shop.api.write("nshift.webhook", hook.id, active=False),
        lambda shop, hook: shop.api.call("nshift.webhook", "unlink", [hook.id]),
    ],
    ids=["revoked", "archived", "deleted"],
)
def test_it_ends(shop, hook, holder, end):
    again = Holder(shop, hook)
    assert holder.read() == again.read() == []
    end(shop, hook)
    assert holder.status(CATCH_UP) == again.status(CATCH_UP) == 401
    user_id, login, partner_id = holder.user
    assert not shop.execute("SELECT id FROM res_users WHERE login = %s", login)
    assert not shop.execute("SELECT id FROM res_partner WHERE id = %s", partner_id)
    assert not shop.execute(
        "SELECT id FROM res_users_apikeys WHERE user_id = %s", user_id
    )
    # an archived webhook that comes back has none
    if shop.execute("SELECT id FROM nshift_webhook WHERE id = %s", hook.id):
        shop.api.write("nshift.webhook", hook.id, active=True)
        assert holder.status(CATCH_UP) == 401
        assert Holder(shop, hook).read() == []


def test_it_expires(shop, holder):
    assert holder.read() == []
    shop.execute(
        "UPDATE res_users_apikeys SET expiration_date = now() - interval '1 minute' "
        "WHERE user_id = %s",
        holder.user[0],
    )
    assert holder.status(CATCH_UP) == 401


def test_other_keys_read_no_list(shop, hook):
    """Not even an administrator's: whose list would it be?"""
    with pytest.raises(Exception, match="receiver's key"):
        shop.api.call("nshift.webhook", "catch_up")
    wrong = requests.Session()
    wrong.trust_env = False
    for header in ("Bearer ", f"Bearer {uuid.uuid4().hex}", "Basic eDp4", ""):
        answer = wrong.post(
            f"{shop.odoo.url}/json/2/{CATCH_UP}",
            headers={"Authorization": header},
            json={},
            timeout=60,
        )
        assert answer.status_code == 401


def test_its_contact_is_nobodys_customer(shop, holder):
    _user_id, login, partner_id = holder.user
    assert not shop.api.search("res.partner", [("id", "=", partner_id)], "id")
    assert not shop.api.search("res.users", [("login", "=", login)], "email")[0][
        "email"
    ]
