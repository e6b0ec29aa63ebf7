"""Fixity: a paper that rots is found and mended before somebody asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from minio import Minio
from sqlalchemy import func, select

from storage.copying import copy_store
from storage.fixity import FixityReport, bad_objects, check, enrol
from storage.keys import original_key
from storage.objects import ObjectStore, open_store
from storage.publication import publish_scan
from storage.records.models import EventTable
from tests.conftest import EMBEDDED, Pair
from tests.services import S3Server
from tests.storage.papers import a_batch, a_document, a_scan, put_original

ALL = 1 << 40


@pytest.fixture
def key(pair: Pair, tmp_path: Path) -> str:
    """Key of a published scan's original; two more objects are its document's."""
    batch = a_batch(pair.database)
    sha256 = put_original(pair.store, tmp_path, b"scan")
    publish_scan(pair.database, pair.store, a_scan(pair.database, batch).id, [a_document(tmp_path, batch)])
    assert enrol(pair.database, pair.store) == 3
    return original_key(sha256)


@pytest.fixture
def replica(tmp_path: Path) -> ObjectStore:
    """A second store on another disk."""
    return open_store(f"folder://{tmp_path / 'replica'}")


def rot(pair: Pair, key: str, tmp_path: Path, request: pytest.FixtureRequest, data: bytes | None) -> None:
    """Change an object behind the program's back, or take it away."""
    if pair.name == EMBEDDED:
        file = tmp_path / "objects" / key
        file.unlink()
        if data is not None:
            file.write_bytes(data)
        return
    server: S3Server = request.getfixturevalue("s3")
    client = Minio(server.endpoint, server.access_key, server.secret_key, secure=server.secure)
    bucket = pair.store_url.rsplit("/", 1)[1]
    if data is None:
        client.remove_object(bucket, key)
        return
    other = tmp_path / "rotten"
    other.write_bytes(data)
    client.fput_object(bucket, key, str(other))


def run(pair: Pair, *, budget: int = ALL, replica: ObjectStore | None = None) -> FixityReport:
    """A run."""
    enrol(pair.database, pair.store)
    return check(pair.database, pair.store, budget=budget, replica=replica)


def events(pair: Pair, type: str) -> int:  # noqa: A002
    """How many events of a type there are."""
    with pair.database.reading() as session:
        return session.scalar(select(func.count()).where(EventTable.type == type)) or 0


def test_whole_objects_are_good_and_each_reading_is_an_event(pair: Pair, key: str) -> None:
    """An inspector asks when this paper was last read: the answer must be on record."""
    report = run(pair)
    assert (report.read, report.total, report.alarm) == (3, 3, False)
    assert report.oldest is not None
    assert events(pair, "fixity check") == 3


def test_a_budget_is_kept_and_the_next_run_reads_the_others(pair: Pair, key: str) -> None:
    """A night is too short for 50 TB: each night must read another part, and none be left out for ever."""
    first = run(pair, budget=1)
    assert (first.read, first.oldest) == (1, None)
    assert run(pair, budget=1).read == 1
    assert run(pair, budget=1).oldest is not None
    assert events(pair, "fixity check") == 3
    assert run(pair, budget=1).read == 1


@pytest.mark.parametrize("data", [b"scam", b"", None], ids=["flipped", "emptied", "deleted"])
def test_a_bad_object_is_an_alarm_until_it_is_mended(
    pair: Pair, key: str, tmp_path: Path, request: pytest.FixtureRequest, data: bytes | None, replica: ObjectStore
) -> None:
    """A bit that flipped, a file that was deleted: told at once, and mended where a replica is set."""
    copy_store(pair.store, replica)
    rot(pair, key, tmp_path, request, data)
    report = run(pair)
    assert (report.damaged, report.missing) == (((), (key,)) if data is None else ((key,), ()))
    with pair.database.reading() as session:
        assert bad_objects(session) == [(key, "missing" if data is None else "damaged")]
    report = run(pair, replica=replica)
    assert (report.mended, report.alarm) == ((key,), False)
    assert pair.store.sha256(key) == replica.sha256(key)
    pair.store.fetch(key, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"scan"
    with pair.database.reading() as session:
        assert bad_objects(session) == []
    assert (events(pair, "mended"), events(pair, "missing" if data is None else "damaged")) == (1, 1)


def test_a_replica_that_rots_too_mends_nothing(
    pair: Pair, key: str, tmp_path: Path, request: pytest.FixtureRequest, replica: ObjectStore
) -> None:
    """A bad copy must not be put in the place of what might still be saved by hand."""
    copy_store(pair.store, replica)
    rot(pair, key, tmp_path, request, b"scam")
    (tmp_path / "replica" / key).write_bytes(b"spam")
    report = run(pair, replica=replica)
    assert report.damaged == (key,)
    with pair.store.open(key) as reader:
        assert reader.read() == b"scam"
