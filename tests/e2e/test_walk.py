"""Ten minutes with the product, as docs/ADMIN.md tells them."""

from dev import product
from dev.walk import Walk


def test_walk(shop, log_in, shoot):
    shop.close_hooks()
    # however long the way to what failed takes, it waits
    shop.retry_after(3600)
    page = log_in(product.LOGIN, product.PASSWORD).page
    walk = Walk(
        page,
        shop.odoo.url,
        shop.api,
        shop.receiver,
        shop.order,
        lambda sight: shoot(page, sight),
    )
    walk.go()
