{
    "name": "Order and Shipment Webhooks: benchmark",
    "version": "19.0.1.0.0",
    "summary": "What delivery is compared with: one queue job for each event",
    "category": "Hidden",
    "author": "nshift_webhooks contributors",
    "license": "AGPL-3",
    "depends": ["nshift_webhooks"],
}
