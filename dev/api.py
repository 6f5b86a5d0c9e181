"""A client of Odoo's public HTTP API (JSON-2), as another system would use it."""

from collections.abc import Mapping, Sequence

import requests

TIMEOUT = 60
"""Seconds to wait for an answer."""

Json = str | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
"""A value that JSON can have."""


class ApiError(Exception):
    """Odoo refused a call; the text is its message.

    :ivar status: the answer's HTTP status.
    :ivar name: of the exception in Odoo, e.g. ``odoo.exceptions.ValidationError``.
    """

    def __init__(self, status: int, name: str, message: str):
        super().__init__(message)
        self.status = status
        self.name = name


class Api:
    """Calls methods of Odoo's models; each call is a transaction of its own.

    :param url: of the server, e.g. ``http://127.0.0.1:8069``.
    :param key: the user's API key, see `make_key`.
    """

    def __init__(self, url: str, key: str):
        self._url = url
        self.key = key
        self._session = _session()
        self._session.headers["Authorization"] = f"bearer {key}"

    def call(self, model: str, method: str, ids: Sequence[int] = (), **arguments: Json):
        """Call a public method by its argument names; returns what it returns.

        :raises ApiError: Odoo refuses it.
        """
        response = self._session.post(
            f"{self._url}/json/2/{model}/{method}",
            json={**arguments, **({"ids": ids} if ids else {})},
            timeout=TIMEOUT,
        )
        answer = response.json()
        if not response.ok:
            raise ApiError(response.status_code, answer["name"], answer["message"])
        return answer

    def create(self, model: str, **values: Json) -> int:
        """Create a record; returns its id."""
        return self.call(model, "create", vals_list=[values])[0]

    def write(self, model: str, id_: int, **values: Json) -> None:
        """Change a record."""
        self.call(model, "write", [id_], vals=values)

    def unlink(self, model: str, id_: int) -> None:
        """Delete a record."""
        self.call(model, "unlink", [id_])

    def read(self, model: str, id_: int, *fields: str) -> dict:
        """A record's fields."""
        return self.call(model, "read", [id_], fields=list(fields), load=None)[0]

    def search(self, model: str, domain: list, *fields: str, **options) -> list[dict]:
        """The fields of all records that match.

        :param options: ``order``, ``limit``.
        """
        return self.call(
            model, "search_read", domain=domain, fields=fields, load=None, **options
        )

    def types(self, *codes: str) -> list[int]:
        """The ids of types of events."""
        found = self.search("nshift.webhook.type", [("code", "in", codes)], "id")
        return [each["id"] for each in found]

    def secret(self, webhook_id: int) -> str:
        """A webhook's signing secret, shown as in the dialog on its form."""
        dialog = self.create("nshift.webhook.secret", webhook_id=webhook_id)
        return self.read("nshift.webhook.secret", dialog, "secret")["secret"]

    def speak(self, language: str) -> None:
        """Install a language, and have the administrator work in it.

        :param language: Odoo's code, e.g. ``sv_SE``.
        """
        [found] = self.search(
            "res.lang", [("code", "=", language), ("active", "in", [True, False])], "id"
        )
        wizard = self.create("base.language.install", lang_ids=[(6, 0, [found["id"]])])
        self.call("base.language.install", "lang_install", [wizard])
        self.write("res.users", self.ref("base.user_admin"), lang=language)

    def ref(self, external_id: str) -> int:
        """The id of the record with this external id, e.g. ``base.se``."""
        module, _, name = external_id.partition(".")
        [found] = self.search(
            "ir.model.data", [("module", "=", module), ("name", "=", name)], "res_id"
        )
        return found["res_id"]


def make_key(url: str, database: str, login: str, password: str) -> str:
    """Make an API key in the way a person does it in their preferences.

    :raises ApiError: Odoo refuses it, e.g. because the password is wrong.
    """
    session = _session()

    def post(path: str, **params: Json):
        response = session.post(
            f"{url}{path}", json={"jsonrpc": "2.0", "params": params}, timeout=TIMEOUT
        )
        answer = response.json()
        if "error" in answer:
            data = answer["error"]["data"]
            raise ApiError(response.status_code, data["name"], data["message"])
        return answer["result"]

    def call(model: str, method: str, *args: Json, **context: Json):
        return post(
            "/web/dataset/call_kw",
            model=model,
            method=method,
            args=args,
            kwargs={"context": context},
        )

    post("/web/session/authenticate", db=database, login=login, password=password)
    # a day's would end at midnight, also one that was made a minute before
    values = {"name": "nshift_webhooks", "duration": "7"}
    [description] = call("res.users.apikeys.description", "create", [values])
    # Odoo asks for the password once more before it makes a key.
    check = call("res.users.apikeys.description", "make_key", [description])
    ids = [check["res_id"]]
    shown = call("res.users.identitycheck", "run_check", ids, password=password)
    return shown["context"]["default_key"]


def _session() -> requests.Session:
    session = requests.Session()
    # Straight to the server: a proxy of the machine is for other hosts.
    session.trust_env = False
    return session
