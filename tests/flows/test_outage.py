"""The store or the database goes away in the middle of a batch, and comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.errors import ExitCode
from flows.installation import opened
from tests.conftest import fresh_bucket, fresh_database
from tests.flows import papers
from tests.flows.conftest import House
from tests.services import PostgresServer, S3Server

POLL_SECONDS = 0.01
DOCUMENTS = 4


@pytest.fixture
def served(
    house: House, s3: S3Server, postgresql: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """A house on MinIO and PostgreSQL, both running again at the end."""
    with fresh_bucket(s3) as address, fresh_database(postgresql) as name:
        places = {
            "SOHOA_STORE__URL": address.url,
            "SOHOA_STORE__ACCESS_KEY": address.access_key,
            "SOHOA_STORE__SECRET_KEY": address.secret_key,
            "SOHOA_DATABASE__URL": postgresql.url(name),
            "SOHOA_RUN__PATIENCE_SECONDS": "1",
            "SOHOA_RUN__WORKERS": "1",
        }
        for variable, value in places.items():
            monkeypatch.setenv(variable, value)
        house.environment |= places
        yield house
        s3.start()
        postgresql.start()


def _when_pages_are_read(work: Path, act: Callable[[], None]) -> threading.Thread:
    """Do something as soon as the first page of the batch was read: nothing of it is published yet."""

    def wait() -> None:
        while not list(work.glob("*/*/page-*.json")):
            time.sleep(POLL_SECONDS)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("gone", ["store", "database"])
def test_what_goes_away_half_way_puts_papers_off_and_the_next_run_brings_them(
    served: House, s3: S3Server, postgresql: PostgresServer, tmp_path: Path, gone: str
):
    """MinIO or PostgreSQL dies in the night: nothing half there, and in the morning one command finishes it."""
    server = s3 if gone == "store" else postgresql
    for number in range(1, DOCUMENTS + 1):
        papers.save(papers.decision(number=f"{number}/QĐ-UBND"), tmp_path / "hồ sơ" / f"giấy {number}.png")
    (tmp_path / "hồ sơ" / f"giấy {DOCUMENTS}.png").rename(tmp_path / "hồ sơ" / "giấy.png")  # no pages of one paper
    killer = _when_pages_are_read(served.data_dir / "work", server.kill)
    ended = served.sohoa("digitise", tmp_path / "hồ sơ")
    killer.join()
    assert ended.returncode in (ExitCode.SOME_FAILED, ExitCode.SET_UP_BROKEN), ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr

    server.start()
    again = served.sohoa("digitise", tmp_path / "hồ sơ")
    assert again.returncode == ExitCode.ALL_PUBLISHED, again.stdout + again.stderr
    with opened(served.settings()) as inside:
        originals = [info.key for info in inside.store.list() if info.key.startswith("originals/")]
        pdfs = [info.key for info in inside.store.list() if info.key.endswith(".pdf")]
        assert len(originals) == len(pdfs) == DOCUMENTS
        assert inside.index.search("quyết định").total == DOCUMENTS
