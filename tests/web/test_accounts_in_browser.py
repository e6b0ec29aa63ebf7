"""Signing in and accounts in a real browser: by keyboard, on a telephone, for who cannot see."""

from __future__ import annotations

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from storage.accounts import Role
from tests.api.house import House
from tests.axe import grave_faults
from tests.web.browser import PHONE, SCREEN, desk
from tests.web.test_finding import SCRIPT, shot
from tests.web.test_signing_in import PASSWORD, somebody


@pytest.mark.parametrize("screen", [SCREEN, PHONE], ids=["office", "phone"])
def test_a_clerk_signs_in_by_keyboard(house: House, browser: Browser, base: str, screen: dict[str, int]) -> None:
    """The first thing of every day."""
    somebody(house, role=Role.CLERK)
    context = browser.new_context(viewport=screen, locale="vi-VN")  # type: ignore[arg-type]
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(base + "/review")
    assert grave_faults(page) == []
    shot(page, "signing-in" if screen is SCREEN else "signing-in-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type("hoa")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    expect(page.locator(".note.bad")).to_be_visible()
    expect(page.locator("#password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/review")
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/login")
    page.go_back()
    page.wait_for_url("**/login*")  # nothing of the day is kept for who comes next
    assert faults == []
    context.close()


def test_codes_are_switched_on_and_asked_for(house: House, browser: Browser, base: str) -> None:
    """A picture to scan, six digits, a sheet of codes for the drawer."""
    somebody(house, role=Role.CLERK)
    context = browser.new_context(viewport=SCREEN, locale="vi-VN")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(base + "/login?next=/account")
    page.fill("#login", "hoa")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(base + "/account")
    assert grave_faults(page) == []
    shot(page, "account")
    page.fill("#now-codes", PASSWORD)
    page.keyboard.press("Enter")
    picture = page.locator(".picture img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    assert grave_faults(page) == []
    shot(page, "codes")
    secret = page.locator("code.key").inner_text()
    page.fill("#code", pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.locator(".codes code")).to_have_count(10)
    codes = page.locator(".codes code").all_inner_texts()
    assert grave_faults(page) == []
    context.clear_cookies()
    page.goto(base + "/login")
    page.fill("#login", "hoa")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(base + "/login/code")
    assert grave_faults(page) == []
    page.fill("#code", codes[0])
    page.keyboard.press("Enter")
    page.wait_for_url(base + "/bring")
    context.close()


def test_an_administrator_adds_and_disables_people(house: House, browser: Browser, base: str) -> None:
    """Ten clerks begin on Monday; one of them is called like a script."""
    with desk(browser, house, base, "admin", Role.ADMINISTRATOR) as one:
        page = one.open("/people")
        page.fill("#login", "hoa")
        page.fill("#name", SCRIPT)
        page.fill("#password", PASSWORD)
        page.get_by_label("Cán bộ số hóa").check()
        page.get_by_role("button", name="Thêm").click()
        expect(page.locator(".note.good")).to_contain_text("hoa")
        assert grave_faults(page) == []
        shot(page, "people")
        page.locator("tr", has_text="script").get_by_role("button").click()
        expect(page.locator(".tag.bad")).to_be_visible()
        assert page.title() != "x"
        assert page.locator("img[onerror]").count() == 0
        assert one.faults == []
    with desk(browser, house, base, "admin", Role.ADMINISTRATOR, screen=PHONE) as one:
        page = one.open("/people")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert grave_faults(page) == []
