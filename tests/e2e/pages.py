"""What people see on pages of the backend, and do there."""

import re

from playwright.sync_api import TimeoutError as NotInTime

from .waiting import eventually

PASSWORD = "webhooks-password"


def employee(shop, login, *groups):
    """Make a user with these groups."""
    shop.api.create(
        "res.users",
        name=login.title(),
        login=login,
        password=PASSWORD,
        group_ids=[shop.api.ref(group) for group in groups],
    )
    return login, PASSWORD


def row(page, text):
    """The row of a list that shows a text."""
    return page.locator(".o_data_row", has_text=text)


def cell(row, name):
    """The cell of a list's row that shows a field."""
    return row.locator(f"td[name={name}]")


def choose(page, label, entry):
    """Choose from a list that opens on a click, once more if the form closes it.

    What was typed before has the form drawn anew, at once or a moment later.
    """
    found = page.get_by_role("option", name=entry)

    def chosen():
        try:
            if not found.is_visible():
                page.get_by_label(label).click()
            found.click(timeout=5000)
        except NotInTime:
            return False
        return True

    eventually(chosen, timeout=60)


def act(page, name):
    """Choose from a form's menu of actions, or a list's on what is selected."""
    menu = page.locator(
        ".o_form_view .o_cp_action_menus, .o_selection_container .o_cp_action_menus"
    )
    menu.get_by_role("button", name="Actions").first.click()
    # its name has an icon before
    entries = page.get_by_role("menuitem")
    entries.filter(has_text=re.compile(f"^{name}$")).click()


def field(page, name):
    """A field of a form."""
    return page.locator(f".o_field_widget[name={name}]")
