"""The description of messages for developers: a page, and what machines read.

Anybody may read both, as the address is all that a developer is given. There is nothing
in them but what the addon itself says of messages, and which types of events there are.
"""

from markupsafe import Markup

from odoo.http import Controller, request, route

from .. import contract
from ..contract.openapi import GUIDE
from ..models.res_config_settings import CONTRACT_PATH

#: Seconds for which a browser or a proxy need not ask again.
KEPT_S = 300
#: The page asks nobody but this server: whatever its viewer would ask of others, such
#: as its makers' logo, the browser refuses. The viewer writes styles into the page, and
#: searches in a worker that it makes itself.
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
        """Lead to the newest version's page."""
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
        """Show the description of a version of messages to people."""
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
        """Return the description of a version of messages for machines."""
        self._check(version)
        found = request.env["nshift.webhook.contract"]._document(version)
        response = self._answer(found.body, "application/json")
        response.set_etag(found.digest)
        return response.make_conditional(request.httprequest)

    def _check(self, version):
        """Refuse what is not there, or not shown.

        :raises NotFound: there is no such version, or it is switched off
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
