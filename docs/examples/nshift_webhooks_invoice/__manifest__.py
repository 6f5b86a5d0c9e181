{
    "name": "Invoice Webhooks (example)",
    "version": "19.0.1.0.0",
    "summary": "How another addon adds types of events to nshift_webhooks",
    "category": "Sales/Sales",
    "author": "nshift_webhooks contributors",
    "license": "AGPL-3",
    "depends": ["nshift_webhooks"],
    "data": ["data/nshift_webhook_type.xml"],
    "installable": True,
}
