"""The description of messages for developers: a page, and an OpenAPI document.

Both are public, since a developer is given their address only. They contain the addon's
own description of messages, the names of event types, and no data of the database.
"""

from markupsafe import Markup

from odoo.http import Controller, request, route

from .. import contract
from ..contract.openapi import GUIDE
from ..models.res_config_settings import CONTRACT_PATH

#: Seconds for which browsers and proxies may cache the answers.
KEPT_S = 300
#: Content security policy of the page: the browser asks no other server, whatever the
#: viewer tries to load, such as its makers' logo. The viewer adds styles to the page,
#: and searches in a worker that it creates.
#: Source: https://www.w3.org/TR/CSP3/
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "connect-src 'self'",
        "worker-src blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
THEME = (
    '{"typography": {"fontFamily": "system-ui, sans-serif", '
    '"headings": {"fontFamily": "system-ui, sans-serif"}}}'
)
PAGE = Markup("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Order &amp; Shipment Webhooks, version {version}</title>
<style>
body {{ margin: 0; }}
noscript {{ display: block; max-width: 50em; margin: 2em auto; padding: 0 1em; }}
pre {{ white-space: pre-wrap; }}
</style>
</head>
<body>
<noscript>
<p>The messages are described in <a href="{document}">openapi.json</a>. With JavaScript,
this page shows them.</p>
<pre>{guide}</pre>
</noscript>
<redoc spec-url="{document}" hide-hostname="true" theme="{theme}"></redoc>
<script src="/nshift_webhooks/static/lib/redoc/redoc.standalone.js"></script>
</body>
</html>
""")


class Contract(Controller):
    """See the module's docstring."""

    @route(CONTRACT_PATH, type="http", auth="public", save_session=False, readonly=True)
    def newest(self):
        """Redirect to the page of the newest version."""
        self._check(contract.newest())
        return request.redirect(f"{CONTRACT_PATH}/{contract.newest()}")

    @route(
        f"{CONTRACT_PATH}/<version>",
        type="http",
        auth="public",
        save_session=False,
        readonly=True,
    )
    def page(self, version):
        """Show the page of a version of messages."""
        self._check(version)
        page = PAGE.format(
            version=version,
            document=f"{CONTRACT_PATH}/{version}/openapi.json",
            guide=GUIDE.read_text(encoding="utf-8"),
            theme=THEME,
        )
        return self._answer(page, "text/html; charset=utf-8")

    @route(
        f"{CONTRACT_PATH}/<version>/openapi.json",
        type="http",
        auth="public",
        save_session=False,
        readonly=True,
    )
    def document(self, version):
        """Return the OpenAPI document of a version of messages."""
        self._check(version)
        found = request.env["nshift.webhook.contract"]._document(version)
        response = self._answer(found.body, "application/json")
        response.set_etag(found.digest)
        return response.make_conditional(request.httprequest)

    def _check(self, version):
        """Refuse a version that does not exist, or any version if switched off.

        :raises NotFound: the description is not available
        """
        parameters = request.env["ir.config_parameter"]
        if (
            version not in contract.names()
            or not parameters._nshift_webhooks_shows_contract()
        ):
            raise request.not_found()

    def _answer(self, body, kind):
        return request.make_response(
            body,
            [
                ("Content-Type", kind),
                ("Content-Security-Policy", POLICY),
                ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", f"public, max-age={KEPT_S}"),
            ],
        )
