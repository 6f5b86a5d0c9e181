"""The carrier's code of a service is found, and no key of an account."""

import pytest
from payload.service import is_service_field


@pytest.mark.parametrize(
    ("name", "delivery_type", "expected"),
    [
        ("ups_default_service_type", "ups", True),
        ("fedex_service_type", "fedex", True),
        ("dhl_product_code", "dhl", True),
        ("usps_service", "usps", True),
        ("post_service_code", "post", True),
        ("ups_default_service_type", "fedex", False),
        ("ups_service_key", "ups", False),
        ("ups_service_account", "ups", False),
        ("ups_service_password", "ups", False),
        ("upservice", "up", False),
        ("name", "fixed", False),
    ],
)
def test_service_fields(name, delivery_type, expected):
    assert is_service_field(name, delivery_type) is expected
