"""A clerk's day at the screen, with everything real behind it: drop a pile, watch it, decide, find it, report it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from flows.cli.serve import door_of
from flows.installation import opened
from flows.settings import load_settings
from storage.accounts import Role
from storage.records.models import DocumentTable
from tests.api.house import DOSSIER, House, house_of
from tests.api.test_webhooks import telling
from tests.flows.conftest import EPOCH, prefect_api
from tests.flows.papers import decision, save
from tests.web.browser import desk, served

__all__ = ["prefect_api"]  # a fixture

WAIT_MS = 240_000  # a busy machine may take long to read a page
MOST_KEYS = 40


def test_a_clerks_day(tmp_path: Path, prefect_api: str, monkeypatch: pytest.MonkeyPatch, browser: Browser) -> None:
    """Every page would work by itself, and a clerk would still not come to the end of the day."""
    environment = {
        "SOHOA_DATA_DIR": str(tmp_path / "data"),
        "SOHOA_PREFECT__API_URL": prefect_api,
        "SOHOA_RUN__MIN_FREE_GIB": "0.05",
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    scan = save(decision(), tmp_path / "scanner" / "0001.pdf")
    with (
        opened(load_settings()) as installation,
        house_of(door_of(installation), tmp_path) as house,
        telling(house),
        served(house) as base,
    ):
        with desk(browser, house, base) as lan:
            _drops_and_watches(lan.open("/bring"), scan)
            _decides_to_the_end(lan.open("/review"), house)
            _finds_and_takes_along(lan.open("/find"))
            assert lan.faults == []
            assert lan.hosts == {base.removeprefix("http://")}
        with desk(browser, house, base, "an", Role.LEADER) as leader:
            page = leader.open("/figures")
            assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
            assert leader.faults == []


def _drops_and_watches(page: Page, scan: Path) -> None:
    page.fill("#dossier", DOSSIER)
    page.locator("#files").set_input_files(scan)
    row = page.locator("tr[data-upload]")
    expect(row).to_contain_text("xong", timeout=WAIT_MS)
    expect(row).to_contain_text("1/1")


def _decides_to_the_end(page: Page, house: House) -> None:
    """By keyboard alone, until nothing waits."""
    if page.locator("#begin").count():
        page.keyboard.press("Enter")
        page.wait_for_url("**/review/*")
        for _ in range(MOST_KEYS):
            page.wait_for_timeout(300)
            if "Đã duyệt hết danh sách" in (page.text_content("#told") or ""):
                break
            page.keyboard.press("Enter")
        expect(page.locator("#told")).to_contain_text("Đã duyệt hết danh sách")
    with house.door.database.reading() as session:
        assert list(session.scalars(select(DocumentTable.status))) == ["published"]


def _finds_and_takes_along(page: Page) -> None:
    page.keyboard.type("giay phep moi truong")
    page.keyboard.press("Enter")
    expect(page.locator(".hit")).to_have_count(1, timeout=30_000)
    expect(page.locator(".hit .mark-word").first).to_be_attached()
    page.locator(".hit h2 a").click()
    expect(page.locator(".page.big .mark-word").first).to_be_attached()
    with page.expect_download() as taken:
        page.locator("a[download]", has_text="PDF").first.click()
    assert Path(taken.value.path()).read_bytes().startswith(b"%PDF-")
    page.locator(".values a", has_text=DOSSIER).click()
    with page.expect_download() as taken:
        page.locator("a[download]", has_text="ZIP").click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 2
