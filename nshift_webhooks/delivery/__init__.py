"""Sending messages to endpoints. Nothing in this folder imports Odoo."""
