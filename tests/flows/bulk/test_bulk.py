"""Bulk runs with the real command: listed, killed, shared, reported."""

from __future__ import annotations

import json
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from flows.bulk.windows import is_open, opens_next, windows
from flows.errors import WrongSettings
from flows.installation import Installation, opened
from storage.bulk import RunState, run_items, run_progress, runs
from storage.index.feed import sizes
from storage.objects import ObjectStore
from storage.records.models import BatchTable, DocumentTable, EventTable, ScanTable
from tests.conftest import StoreAddress
from tests.flows.conftest import House
from tests.flows.watching.drop import tiny_page

DOCUMENTS = 8
QUICK = {"SOHOA_BULK__CHUNK_DOCUMENTS": "6", "SOHOA_BULK__LEASE_SECONDS": "4"}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder of two agencies, with a ZIP, a damaged file and something that is no scan."""
    folder = tmp_path / "kho"
    for number in range(DOCUMENTS - 3):
        file = folder / ("xã" if number % 2 else "huyện") / f"giấy {number} bản.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(tiny_page(number))
    with zipfile.ZipFile(folder / "gói.zip", "w") as packed:
        packed.writestr("đơn.png", tiny_page(101))
        packed.writestr("giấy khai.png", tiny_page(102))
    (folder / "hỏng.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (folder / "ghi nhớ.txt").write_text("no scan", encoding="utf-8")
    rows = [f"xã/giấy {number} bản.png,H23.16" for number in range(1, DOCUMENTS, 2)]
    (folder / "manifest.csv").write_text("\n".join(["source,agency_code", *rows]), encoding="utf-8")
    return folder


@pytest.fixture
def quick(paired_house: House) -> House:
    """Small chunks, short leases."""
    paired_house.environment.update(QUICK)
    return paired_house


def whole(house: Installation) -> None:
    """Everything is there once, whatever happened on the way."""
    with house.database.reading() as session:
        (run,) = runs(session)
        assert run.state is RunState.ENDED
        states = [(item.name, item.state, item.reason) for item in run_items(session, run.id)]
        assert len(states) == DOCUMENTS
        assert [one for one in states if one[1] != "done"] == [("kho/hỏng.pdf", "failed", "DamagedFile")]
        published = session.scalar(select(func.count()).where(ScanTable.state == "published"))
        documents = session.scalar(select(func.count()).select_from(DocumentTable))
        ingested = session.scalar(select(func.count()).where(EventTable.type == "ingested"))
        left = session.scalar(select(func.count()).where(BatchTable.state == "running"))
    assert (published, documents, ingested, left) == (DOCUMENTS - 1, DOCUMENTS - 1, DOCUMENTS, 0)
    assert len({*sizes(house.database, house.index)}) == 1


def begun(house: House) -> str:
    """The run's id, as soon as it has a chunk under way."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        time.sleep(1)
        with opened(house.settings()) as inside, inside.database.reading() as session:
            for run in runs(session):
                if run_progress(session, run.id).working:
                    return run.id
    raise AssertionError("no chunk was begun")


def test_a_run_that_was_killed_goes_on_and_a_second_worker_takes_over(quick: House, archive: Path) -> None:
    """On Friday 300,000 pages are started; on Monday everything is in, once, or listed with a reason."""
    first = quick.start("bulk", archive, "--operator", "An")
    run = begun(quick)
    second = quick.start("bulk-run", "join", run)
    time.sleep(2)
    first.kill()
    first.communicate()
    _, said = second.communicate(timeout=580)
    assert second.returncode == 1, said  # the damaged file
    with opened(quick.settings()) as inside:
        whole(inside)
        report = json.loads((inside.data_dir / "bulk" / f"{run}.json").read_text(encoding="utf-8"))
        page = (inside.data_dir / "bulk" / f"{run}.html").read_text(encoding="utf-8")
        book = zipfile.ZipFile(inside.data_dir / "bulk" / f"{run}.xlsx")
    assert (report["listed"], report["done"], report["failed"]) == (DOCUMENTS, DOCUMENTS - 1, 1)
    assert {one["name"]: one["listed"] for one in report["agencies"]} == {"H23.16": 2, "–": 6}
    assert report["reasons"] == [["DamagedFile", 1]]
    assert report["pages_per_minute"] > 0
    assert "<svg" in page
    assert "xl/worksheets/sheet5.xml" in book.namelist()
    again = quick.sohoa("bulk", archive)
    assert again.returncode == 1
    assert f"{DOCUMENTS} of {DOCUMENTS} scans" in again.stdout
    with opened(quick.settings()) as inside, inside.database.reading() as session:
        newest = runs(session)[0]
        assert newest.id != run
        assert {item.state for item in run_items(session, newest.id)} == {"known", "failed"}


def test_a_dry_run_says_what_would_be_and_writes_nothing(house: House, archive: Path) -> None:
    """Who plans a week-end wants to know whether the disk is large enough."""
    said = house.sohoa("bulk", archive, "--dry-run")
    assert said.returncode == 0, said.stderr
    assert f"{DOCUMENTS} scans: 0 are in the archive already, 1 cannot be opened" in said.stdout
    assert f"{DOCUMENTS - 1} pages to read" in said.stdout
    with opened(house.settings()) as inside, inside.database.reading() as session:
        assert runs(session) == []
        assert session.scalar(select(func.count()).select_from(ScanTable)) == 0


def test_a_bucket_is_brought_in_under_whatever_names(
    house: House, store_address: StoreAddress, tmp_path: Path
) -> None:
    """Scanning companies deliver into buckets and name files as people do."""
    if not store_address.url.startswith("s3"):
        return
    from minio import Minio

    endpoint, bucket = store_address.url.removeprefix("s3+http://").split("/")
    client = Minio(endpoint, store_address.access_key, store_address.secret_key, secure=False)
    store: ObjectStore = store_address.open()
    store.prepare()
    for number in range(2):
        file = tmp_path / f"{number}.png"
        file.write_bytes(tiny_page(200 + number))
        client.fput_object(bucket, f"Lô 1/Giấy số {number}.png", str(file))
    house.environment.update(
        {"SOHOA_STORE__ACCESS_KEY": store_address.access_key, "SOHOA_STORE__SECRET_KEY": store_address.secret_key}
    )
    ended = house.sohoa("bulk", f"{store_address.url}/Lô 1/")
    assert ended.returncode == 0, ended.stderr + ended.stdout
    with opened(house.settings()) as inside, inside.database.reading() as session:
        assert sorted(session.scalars(select(DocumentTable.source))) == [
            f"{bucket}/Lô 1/Giấy số 0.png",
            f"{bucket}/Lô 1/Giấy số 1.png",
        ]


def test_a_paused_run_begins_nothing_until_it_is_resumed(house: House, archive: Path) -> None:
    """An operator must be able to free the machine without losing anything."""
    house.environment.update(QUICK | {"SOHOA_BULK__WINDOWS": '["Mon 00:00-00:01"]'})
    process = house.start("bulk", archive)
    until = time.monotonic() + 120
    run = None
    while run is None and time.monotonic() < until:
        time.sleep(1)
        with opened(house.settings()) as inside, inside.database.reading() as session:
            run = next((one for one in runs(session) if one.state is RunState.RUNNING), None)
    assert run is not None
    assert house.sohoa("bulk-run", "pause", run.id).returncode == 0
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "paused" in house.sohoa("bulk-run", "list").stdout
    assert house.sohoa("bulk-run", "resume", run.id).returncode == 0
    with opened(house.settings()) as inside, inside.database.reading() as session:
        assert run_progress(session, run.id).done == 0
    assert house.sohoa("bulk-run", "pause", "no-such-run").returncode == 2


@pytest.mark.parametrize(
    ("when", "open_"),
    [
        ("2026-11-27 17:59", False),  # a Friday
        ("2026-11-27 18:00", True),
        ("2026-11-28 05:59", True),  # the Friday's night
        ("2026-11-28 06:00", True),  # the week-end
        ("2026-11-30 00:00", False),  # a Monday: Sunday's window ended at midnight
        ("2026-11-30 18:00", True),
    ],
)
def test_hours_go_over_midnight_and_belong_to_the_day_they_begin_on(when: str, open_: bool) -> None:
    """A run that begins on Monday at eight takes the machine from the clerks."""
    given = windows(["Mon-Fri 18:00-06:00", "Sat-Sun 00:00-24:00"])
    at = datetime.fromisoformat(f"{when}+07:00")
    assert is_open(given, at) is open_


def test_the_next_hours_are_told() -> None:
    """Who looks at a run that waits wants to know until when."""
    given = windows(["Mon-Fri 18:00-06:00"])
    opens = opens_next(given, datetime(2026, 11, 28, 3, 0, tzinfo=UTC))  # a Saturday
    assert opens is not None
    assert f"{opens:%a %H:%M}" == "Mon 18:00"
    assert is_open((), datetime.now(UTC))


@pytest.mark.parametrize("text", ["Mon 25:00-26:00", "Montag 18:00-06:00", "18:00-06:00", ""])
def test_hours_that_cannot_be_are_told(text: str) -> None:
    """A window that is never open looks like a run that hangs."""
    with pytest.raises(WrongSettings, match=r"bulk\.windows"):
        windows([text])
