"""Builders of payloads: the data that a message tells of an order or a transfer."""
