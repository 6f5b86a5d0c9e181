"""Builders of payloads: the data of messages about orders and transfers."""
