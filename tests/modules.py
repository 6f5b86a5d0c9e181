"""The modules that are installed where a test needs more than the addon does."""

from dev import template

#: All that some tests need, since installing takes minutes: once for all of these.
MORE = (
    *template.STANDARD,
    "website_sale",
    "payment_demo",
    "base_automation",
    "stock_dropshipping",
    "sale_loyalty",
    "sale_management",
    "sale_mrp",
)
