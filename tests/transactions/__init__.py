import pytest

# what fails in there is explained as in a test
pytest.register_assert_rewrite(f"{__name__}.told")
