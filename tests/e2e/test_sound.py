"""Every page, wide and light and on a phone in the dark: it answers, axe finds nothing grave, and it is no wider than the phone."""

from functools import partial

import pytest
from installation import PHONE, come
from screens import SCREENS, found, prepare
from test_daily import serious


@pytest.fixture(scope="session")
def path(browser, address, signed_in):
    visit = partial(come, browser, address, signed_in)
    prepare(visit)
    return found(visit)


@pytest.mark.parametrize(("username", "name"), [(who, name) for who, screens in SCREENS.items() for name in screens])
def test_a_page_is_sound_in_the_light_and_on_a_phone_in_the_dark(visit, address, path, username, name):
    where = path(username, SCREENS[username][name])
    page = visit(username, where)

    assert page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus") == 200
    assert page.url.split("?")[0] == address + where.split("?")[0]
    assert serious(page) == []
    page.set_viewport_size(dict(zip(("width", "height"), PHONE, strict=True)))
    page.context.add_cookies([{"name": "theme", "value": "dark", "url": address}])
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert serious(page) == []
