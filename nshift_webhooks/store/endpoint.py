"""A webhook's endpoint, read from the database."""

from odoo import fields
from odoo.tools import SQL

from ..delivery.oauth import Client
from ..delivery.sender import Endpoint
from ..models.ir_config_parameter import ENVIRONMENT_PARAMETER

#: Number of columns that :func:`endpoint_columns` returns.
ENDPOINT_COLUMNS = 7


def endpoint_columns():
    """Return the columns from which :func:`endpoint_of` makes an Endpoint.

    The query must be ``FROM nshift_webhook AS webhook``, joined with its ``health``.
    """
    return SQL(
        """
        webhook.url,
        ARRAY(
          SELECT value FROM nshift_webhook_vault
           WHERE model = 'nshift.webhook' AND res_id = webhook.id
             AND (name IN ('secret', 'private_key') OR health.replaced_until > %s)
           ORDER BY name LIKE 'replaced_%%', name DESC
        ),
        ARRAY(
          SELECT ARRAY[header.name, vault.value]
            FROM nshift_webhook_header AS header
            JOIN nshift_webhook_vault AS vault
              ON vault.model = 'nshift.webhook.header'
                 AND vault.res_id = header.id
           WHERE header.webhook_id = webhook.id
           ORDER BY header.id
        ),
        webhook.request_timeout,
        (SELECT value FROM ir_config_parameter WHERE key = %s),
        webhook.compress_messages,
        CASE WHEN webhook.authentication = 'oauth2' THEN
          ARRAY[
            webhook.oauth_token_url,
            webhook.oauth_client_id,
            (SELECT value FROM nshift_webhook_vault
              WHERE model = 'nshift.webhook' AND res_id = webhook.id
                AND name = 'oauth_client_secret'),
            webhook.oauth_scope,
            webhook.oauth_audience,
            CASE WHEN webhook.oauth_in_body THEN 'body' END
          ]
        END
        """,
        fields.Datetime.now(),
        ENVIRONMENT_PARAMETER,
    )


def endpoint_of(url, keys, headers, timeout, environment, compresses, client):
    """Return the Endpoint from the values of :func:`endpoint_columns`.

    :raises ValueError: the webhook has no signing key
    """
    if not keys:
        raise ValueError("The webhook has no signing secret")
    return Endpoint(
        url,
        tuple(keys),
        tuple(map(tuple, headers)),
        timeout,
        environment,
        bool(compresses),
        client and _client_of(*client),
    )


def _client_of(token_url, client_id, client_secret, scope, audience, in_body):
    return Client(
        token_url or "",
        client_id or "",
        client_secret or "",
        scope or "",
        audience or "",
        bool(in_body),
    )


def read_endpoint(env, webhook_id):
    """Return the Endpoint of a webhook, even if the webhook is archived or stopped.

    :raises ValueError: the webhook has no signing key
    """
    env.flush_all()
    [row] = env.execute_query(
        SQL(
            """
            SELECT %s
              FROM nshift_webhook AS webhook
              LEFT JOIN nshift_webhook_health AS health
                ON health.webhook_id = webhook.id
             WHERE webhook.id = %s
            """,
            endpoint_columns(),
            webhook_id,
        )
    )
    return endpoint_of(*row)
