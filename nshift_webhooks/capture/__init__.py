"""Changes of orders and transfers: their state at both ends of a database transaction,
and the webhooks that follow them.
"""
