"""How a message reaches its endpoint: no ORM, no Odoo import in here."""
