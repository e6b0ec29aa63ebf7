"""What a person who cannot see, or has no mouse, would stumble over on the pages of review and mending."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.api.house import House
from tests.axe import grave_faults
from tests.web.browser import PHONE, SCREEN, desk
from tests.web.papers import waiting_papers


@pytest.mark.parametrize("screen", [SCREEN, PHONE], ids=["screen", "phone"])
def test_no_page_of_review_and_mending_has_a_grave_fault(
    house: House, browser: Browser, base: str, screen: dict[str, int]
) -> None:
    """Offices employ people who do not see well; the law asks that they can work."""
    paper, _ = waiting_papers(house, "12/QĐ-UBND", "13/QĐ-UBND", accepted=False)
    with desk(browser, house, base, screen=screen) as lan:
        for path in ("/review", f"/review/{paper}", "/review/sheet?name=number", f"/mend/{paper}", "/nowhere"):
            page = lan.open(path)
            assert grave_faults(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
