"""The URLs for monitoring: health, and Prometheus' metrics.

Both are switched off unless there is a token. The answers contain only figures and
names of webhooks.
"""

import json

import psycopg2

from odoo.http import Controller, request, route

from ..models.nshift_webhook_overdue import CODES
from ..models.nshift_webhook_overview import HEALTHS
from ..models.res_config_settings import HEALTH_PATH, METRICS_PATH
from ..monitoring import token
from ..monitoring.health import health
from ..monitoring.metrics import Metrics
from ..transaction import looking

#: Seconds that a query may take; Prometheus waits for 10 by default.
LONGEST_QUERY_S = 5


class Monitoring(Controller):
    """See the module's docstring."""

    @route(
        HEALTH_PATH,
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def health(self):
        """Answer with status 503 if something is overdue, else 200."""
        return self._answer(self._health)

    @route(
        METRICS_PATH,
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def metrics(self):
        """Return the present figures in the format that the request accepts."""
        return self._answer(self._metrics)

    def _answer(self, answer_of):
        """Answer a request with the right token.

        :param answer_of: function from a State to (body, media type, status)
        :raises NotFound: monitoring is switched off
        """
        kept = request.env["ir.config_parameter"]._nshift_webhooks_monitoring()
        if not kept:
            raise request.not_found()
        # not from the URL, which servers and proxies write into their logs
        if not token.opens(request.httprequest.headers.get("Authorization"), kept):
            return request.make_response(
                "", [("WWW-Authenticate", 'Bearer realm="webhooks"')], status=401
            )
        try:
            with looking(request.env.registry, LONGEST_QUERY_S) as env:
                state = env["nshift.webhook.monitoring"]._state()
        except psycopg2.errors.QueryCanceled:
            # Odoo's log contains the query
            return request.make_response("The database takes too long.", status=503)
        body, media_type, status = answer_of(state)
        return request.make_response(
            body,
            [
                ("Content-Type", media_type),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
            status=status,
        )

    def _health(self, state):
        body = json.dumps(health(state), ensure_ascii=False)
        return body, "application/json", 503 if state.reasons else 200

    def _metrics(self, state):
        # archived webhooks have no figures
        healths = [name for name, _label in HEALTHS if name != "archived"]
        metrics = Metrics(state, CODES, healths)
        return *metrics.encoded(request.httprequest.headers.get("Accept")), 200
