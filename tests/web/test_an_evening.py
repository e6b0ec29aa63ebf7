"""An operator's evening: the store dies, work fails, the store comes back, one key, all green."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from flows.cli.serve import door_of
from flows.installation import opened
from flows.settings import load_settings
from storage.accounts import Role
from storage.records.service_models import UploadTable
from storage.uploads import MOST_ATTEMPTS
from tests.api.house import house_of
from tests.api.test_webhooks import telling
from tests.conftest import SERVERS, Pair
from tests.flows.conftest import EPOCH, prefect_api
from tests.flows.papers import decision, save
from tests.services import S3Server
from tests.web.browser import desk, served
from tests.web.conftest import seat
from tests.web.test_bringing_in import uploaded

__all__ = ["prefect_api"]  # a fixture

WAIT_MS = 240_000  # a busy machine may take long


@pytest.mark.parametrize("pair", [SERVERS], indirect=True)
def test_an_operators_evening(
    pair: Pair, s3: S3Server, tmp_path: Path, prefect_api: str, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> None:
    """What failed for an outage must not be brought in again by forty clerks in the morning."""
    environment = pair.environment(tmp_path / "data") | {
        "SOHOA_PREFECT__API_URL": prefect_api,
        "SOHOA_RUN__MIN_FREE_GIB": "0.05",
        "SOHOA_RUN__PATIENCE_SECONDS": "1",
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    scan = save(decision(), tmp_path / "scanner" / "0001.pdf").read_bytes()
    with opened(load_settings()) as installation, house_of(door_of(installation), tmp_path) as house:
        upload = uploaded(house, seat(house), "0001.pdf", scan)
        with house.door.database.transaction() as session:  # its last try, so that nobody waits for the pauses
            session.execute(update(UploadTable).values(attempts=MOST_ATTEMPTS - 1))
        s3.kill()
        try:
            with telling(house), served(house) as base, desk(browser, house, base, "op", Role.OPERATOR) as one:
                page = one.open("/operate")
                failure = page.locator("#live tr", has_text="0001.pdf")
                expect(failure).to_have_count(1, timeout=WAIT_MS)
                s3.start()
                one.keys(failure.locator("button").get_attribute("data-key") or "")
                page.wait_for_url("**/operate?again=1")
                expect(page.locator("#live .note.good")).to_be_visible(timeout=WAIT_MS)
                with desk(browser, house, base, "lan", Role.CLERK) as lan:
                    row = lan.open("/bring").locator(f"tr[data-upload='{upload}']")
                    expect(row).to_contain_text("xong", timeout=WAIT_MS)
                    expect(row).to_contain_text("1/1")
                expect(page.locator("#live .note.good")).to_be_visible()
                assert one.faults == []
        finally:
            s3.start()
