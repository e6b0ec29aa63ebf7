"""Scans come in: safe before they are answered for, once for each idempotency key, worked on to the end."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import DoorSettings
from api.background import Background
from storage.objects import open_store
from storage.records import Database
from storage.scopes import Scope
from storage.uploads import MOST_ATTEMPTS, Upload
from tests.api.house import AGENCY, DOSSIER, OTHER_DOSSIER, ByCommand, House, a_house

WAIT_SECONDS = 60.0
SCAN = b"%PDF-1.7 a scan"
#: Stands in for `sohoa digitise` where a test is about the upload: makes the batch that its folder's name asks for.
MAKES_A_BATCH = """
import sys
from storage.records import Database, finish_batch, start_batch
database = Database(sys.argv[1])
with database.transaction() as session:
    batch = start_batch(session, sys.argv[2], operator="", inputs=[sys.argv[2]], settings_json="{}")
    finish_batch(session, batch.id, pages=0, documents=0, failed=0)
"""


def upload(
    house: House, key: dict[str, str], *, idempotency: str = "upload-0001", scan: bytes = SCAN, **query: str
) -> tuple[int, dict[str, object]]:
    """Bring a scan; status and answer."""
    headers = {**key, "Idempotency-Key": idempotency, "Content-Type": "application/pdf"}
    answer = house.client.post("/v1/scans", params={"name": "a.pdf", **query}, content=scan, headers=headers)
    told: dict[str, object] = answer.json()
    return answer.status_code, told


def test_a_scan_is_on_disk_before_it_is_answered_for(house: House) -> None:
    """The scanner's operator throws the paper into the finished pile on a 202."""
    status, told = upload(house, house.key(Scope.WRITE))
    assert (status, told["state"], told["size"]) == (202, "waiting", len(SCAN))
    assert told["sha256"] == hashlib.sha256(SCAN).hexdigest()
    assert (house.door.spool / str(told["id"]) / "a.pdf").read_bytes() == SCAN
    assert [file.name for file in house.door.spool.iterdir()] == [told["id"]]


def test_the_same_upload_again_is_the_same_upload(house_of_pair: House) -> None:
    """A sender that did not hear the answer would make every paper twice."""
    key = house_of_pair.key(Scope.WRITE)
    first, second = upload(house_of_pair, key), upload(house_of_pair, key)
    assert (first[0], second[0]) == (202, 200)
    assert first[1]["id"] == second[1]["id"]
    assert len(list(house_of_pair.door.spool.iterdir())) == 1
    other_bytes = upload(house_of_pair, key, scan=b"other")
    other_dossier = upload(house_of_pair, key, dossier=DOSSIER)
    for status, told in (other_bytes, other_dossier):
        assert (status, told["code"]) == (409, "idempotency-mismatch")
    assert upload(house_of_pair, house_of_pair.key(Scope.WRITE))[0] == 202, "another system's keys are its own"


def test_the_same_upload_at_the_same_moment_is_one(house_of_pair: House) -> None:
    """A sender that tries again before the first answer would get an error, or two batches."""
    from concurrent.futures import ThreadPoolExecutor

    key = house_of_pair.key(Scope.WRITE)
    with ThreadPoolExecutor(4) as senders:
        answers = list(senders.map(lambda _: upload(house_of_pair, key), range(8)))
    assert sorted(status for status, _ in answers) == [200] * 7 + [202]
    assert len({told["id"] for _, told in answers}) == 1
    assert len(list(house_of_pair.door.spool.iterdir())) == 1


@pytest.mark.parametrize(
    "name", ["../a.pdf", "a/b.pdf", ".hidden", "a\\b.pdf", "", "a\x00.pdf", "a\nb.pdf", "x" * 81, "..", "/etc/passwd"]
)
def test_names_that_could_leave_the_folder_are_refused(house: House, name: str) -> None:
    """A file's name from outside would choose where it lies."""
    status, told = upload(house, house.key(Scope.WRITE), name=name)
    assert (status, told["code"]) == (422, "invalid")
    assert list(house.door.spool.iterdir()) == []


def test_uploads_that_cannot_be_are_told_why(house: House) -> None:
    """A sender could not tell its own fault from ours."""
    key = house.key(Scope.WRITE)
    assert upload(house, key, scan=b"")[1]["code"] == "invalid"
    answer = house.client.post("/v1/scans", params={"name": "a.pdf"}, content=SCAN, headers=key)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "header.idempotency-key")
    headers = {**key, "Idempotency-Key": "upload-0001", "Content-Type": "text/html"}
    answer = house.client.post("/v1/scans", params={"name": "a.pdf"}, content=SCAN, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "wrong-type")
    assert upload(house, key, agency="XX")[0] == 422
    assert list(house.door.spool.iterdir()) == []


def test_a_scan_larger_than_the_limit_leaves_nothing(records: Database, tmp_path: Path) -> None:
    """Half of a huge file would fill the disk each time it is tried."""
    settings = DoorSettings(max_upload_bytes=1000)
    with a_house(records, open_store(f"folder://{tmp_path / 'objects'}"), tmp_path, settings) as house:
        key = house.key(Scope.WRITE)

        def blocks() -> Iterator[bytes]:
            for _ in range(20):
                yield b"x" * 100

        assert upload(house, key, scan=b"x" * 1001)[1]["code"] == "too-large"
        assert upload(house, key, scan=blocks())[1]["code"] == "too-large"  # type: ignore[arg-type]
        assert upload(house, key, scan=b"x" * 1000)[0] == 202
        assert len(list(house.door.spool.iterdir())) == 1


def test_a_key_of_one_agency_brings_papers_for_itself_only(house: House) -> None:
    """A department could plant papers in another's dossiers, or look at its uploads."""
    ours = house.key(Scope.WRITE, Scope.READ, agency=AGENCY)
    for query in ({"dossier": OTHER_DOSSIER}, {"agency": "H23.17"}, {"agency": "H23"}):
        status, told = upload(house, ours, **query)
        assert (status, told["code"]) == (403, "outside-agency"), query
    _, mine = upload(house, ours)
    _, theirs = upload(house, house.key(Scope.WRITE), dossier=OTHER_DOSSIER)
    assert house.client.get(f"/v1/scans/{mine['id']}", headers=ours).status_code == 200
    assert house.client.get(f"/v1/scans/{theirs['id']}", headers=ours).status_code == 404


def worked(house: House, key: dict[str, str], upload_id: object, *states: str) -> dict[str, object]:
    """Let the loops run until an upload is in one of the states."""
    background = Background(house.door)
    background.start()
    try:
        until = time.monotonic() + WAIT_SECONDS
        while True:
            told: dict[str, object] = house.client.get(f"/v1/scans/{upload_id}", headers=key).json()
            if told["state"] in states:
                return told
            assert time.monotonic() < until, told
            time.sleep(0.05)
    finally:
        background.stop()


def test_an_upload_becomes_a_batch_and_its_copy_goes(records: Database, tmp_path: Path) -> None:
    """Every scan would lie twice on the disk, or nobody could tell what became of it."""
    url = f"sqlite:///{tmp_path / 'records.db'}"

    def command(upload: Upload, folder: Path) -> list[str]:
        assert folder == tmp_path / "spool" / upload.id
        return [sys.executable, "-c", MAKES_A_BATCH, url, upload.id]

    with a_house(
        records, open_store(f"folder://{tmp_path / 'objects'}"), tmp_path, digitiser=ByCommand(command)
    ) as house:
        key = house.key(Scope.WRITE, Scope.READ)
        _, told = upload(house, key)
        done = worked(house, key, told["id"], "done")
        batch = house.client.get(f"/v1/batches/{done['batch_id']}", headers=key).json()
        other = house.key(Scope.READ, agency=AGENCY)
        assert house.client.get(f"/v1/batches/{done['batch_id']}", headers=other).status_code == 404
    assert (batch["state"], batch["pages"]) == ("ended", 0)
    assert list((tmp_path / "spool").iterdir()) == []


def test_work_that_cannot_be_done_is_tried_again_and_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan would vanish because the disk was full for a minute."""
    from datetime import timedelta

    monkeypatch.setattr("storage.uploads.PAUSE", timedelta(0))
    key = house.key(Scope.WRITE, Scope.READ)
    _, told = upload(house, key)
    failed = worked(house, key, told["id"], "failed")
    assert failed["error"] == "digitising ended with 3"
    assert (house.door.spool / str(told["id"]) / "a.pdf").read_bytes() == SCAN
    assert MOST_ATTEMPTS > 1


def test_what_was_left_half_sent_is_swept_and_nothing_else(house: House) -> None:
    """The disk would fill with uploads that broke off; or a sweep would take a scan that waits."""
    import os

    from api.working import LEFT_SECONDS, sweep

    _, told = upload(house, house.key(Scope.WRITE))
    for name in (".coming-1", "2" * 32, ".coming-new"):
        (house.door.spool / name).mkdir()
    old = time.time() - LEFT_SECONDS - 60
    for name in (".coming-1", "2" * 32, str(told["id"])):
        os.utime(house.door.spool / name, (old, old))
    assert sweep(house.door) == 2
    assert {folder.name for folder in house.door.spool.iterdir()} == {".coming-new", told["id"]}


def test_a_server_that_stops_gives_its_work_back(records: Database, tmp_path: Path) -> None:
    """A restart at noon would leave a scan half read and waiting for nobody."""

    def sleeps(upload: Upload, folder: Path) -> list[str]:
        return [sys.executable, "-c", "import time; print('on', flush=True); time.sleep(600)"]

    with a_house(
        records, open_store(f"folder://{tmp_path / 'objects'}"), tmp_path, digitiser=ByCommand(sleeps)
    ) as house:
        key = house.key(Scope.WRITE, Scope.READ)
        _, told = upload(house, key)
        worked(house, key, told["id"], "working")
        again = house.client.get(f"/v1/scans/{told['id']}", headers=key).json()
    assert again["state"] == "waiting"
    assert (tmp_path / "spool" / str(told["id"]) / "a.pdf").exists()
