{
    "name": "Order and Shipment Webhooks",
    "version": "19.0.1.0.0",
    "summary": "Tell other systems, at once and for certain, "
    "what happens to orders and shipments",
    "category": "Sales/Sales",
    "author": "nshift_webhooks contributors",
    "license": "AGPL-3",
    "depends": [
        "mail",
        "sale_stock",
        "stock_delivery",
        "queue_job",
        "sale_channel",
    ],
    "external_dependencies": {"python": ["requests"]},
    "data": [
        "security/nshift_webhook_groups.xml",
        "security/ir.model.access.csv",
        "security/nshift_webhook_rules.xml",
        "data/ir_cron.xml",
        "data/queue_job.xml",
        "views/nshift_webhook_attempt_views.xml",
        "views/nshift_webhook_event_views.xml",
        "views/nshift_webhook_views.xml",
        "views/nshift_webhook_menus.xml",
        "wizards/nshift_webhook_enable_views.xml",
        "wizards/nshift_webhook_settle_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["nshift_webhooks/static/src/**/*"],
    },
    "post_init_hook": "post_init_hook",
}
