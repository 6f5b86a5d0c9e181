import hashlib
import json
from typing import NamedTuple

from odoo import api, fields, models, tools

from .. import contract
from ..contract import openapi
from .res_config_settings import CONTRACT_PATH


class Document(NamedTuple):
    """The description of a version of messages, as it is served.

    :ivar body: JSON
    :ivar digest: the body's SHA-256, in hexadecimal digits
    """

    body: bytes
    digest: str


class NshiftWebhookContract(models.AbstractModel):
    """The description for developers of receiving systems: see controllers/contract.py.

    It tells of no webhook and no order, and is the same for everybody.
    """

    _name = "nshift.webhook.contract"
    _description = "Description of messages for developers"

    @api.model
    @tools.ormcache("version")
    def _document(self, version):
        """Return the Document, which is cached until a type of event changes.

        :param str version: the version of messages
        :raises LookupError: there is no such version
        """
        # sudo: the list of types is no secret. In English, as messages are.
        types = self.env["nshift.webhook.type"].sudo().with_context(lang="en_US")
        told = [openapi.Type(each.code, each.description) for each in types.search([])]
        body = json.dumps(openapi.document(version, told), ensure_ascii=False).encode()
        return Document(body, hashlib.sha256(body).hexdigest())


class NshiftWebhook(models.Model):
    _inherit = "nshift.webhook"

    contract_url = fields.Char(
        "Description for developers",
        compute="_compute_contract_url",
        help="The address of a page that says what messages look like, and how they "
        "are verified. Give it to whoever develops the receiving system.",
    )

    @api.depends("api_version")
    def _compute_contract_url(self):
        parameters = self.env["ir.config_parameter"]
        # sudo: the address is on every page and in every mail
        server = parameters.sudo().get_param("web.base.url") or ""
        is_shown = parameters._nshift_webhooks_shows_contract()
        for webhook in self:
            path = f"{CONTRACT_PATH}/{webhook.api_version or contract.newest()}"
            webhook.contract_url = is_shown and f"{server}{path}"
