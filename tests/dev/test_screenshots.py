"""The pictures that the addon carries are those of docs/."""

import re

from PIL import Image

from dev import screenshots


def test_carried_pictures():
    """Whoever takes the pictures anew puts them into both places."""
    for name in screenshots.CARRIED:
        with Image.open(screenshots.DESCRIPTION / f"{name}.png") as found:
            expected = screenshots.carried(name).convert("RGB")
            assert found.convert("RGB").tobytes() == expected.tobytes(), name


def test_pictures_of_the_page():
    """Each picture of the addon's page is there, and no other is carried."""
    page = (screenshots.DESCRIPTION / "index.html").read_text(encoding="utf-8")
    shown = re.findall(r'src="([^"]*)"', page)
    assert shown == [f"{name}.png" for name in screenshots.CARRIED]
