"""What a database transaction did to the records that webhooks tell about."""
