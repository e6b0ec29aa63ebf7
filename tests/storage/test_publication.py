"""Publication: whole or not at all, and repeated after a kill it ends where it would have ended without."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.errors import ObjectDiffers
from storage.events import events_of
from storage.index import SearchIndex
from storage.index.feed import feed
from storage.objects import ObjectStore, open_store
from storage.outbox import DOCUMENT_READY, INDEX, pending
from storage.publication import publish_scan
from storage.records import Database, NewDocument, ScanState, counts, documents_of_scan, get_document
from storage.records.models import OutboxTable, PartTable, ScanTable
from storage.records.values import NewEvent
from tests.conftest import Pair
from tests.storage.kills import killed_at
from tests.storage.papers import a_batch, a_document, a_scan


def reopened(pair: Pair) -> tuple[Database, ObjectStore]:
    """The pair through connections of the calling process."""
    store = open_store(pair.store_url, access_key=pair.access_key, secret_key=pair.secret_key)
    return Database(pair.database_url), store


def test_a_published_scan_has_its_objects_records_event_and_outbox(pair: Pair, tmp_path: Path) -> None:
    """Each one that is missing is found out by a citizen at a counter."""
    batch = a_batch(pair.database)
    scan = a_scan(pair.database, batch)
    documents = [a_document(tmp_path, batch, pages=(1,), texts=("một",))]
    documents.append(a_document(tmp_path, batch, name="b", pages=(2,), texts=("hai",)))
    assert publish_scan(pair.database, pair.store, scan.id, documents)
    with pair.database.reading() as session:
        row = session.get_one(ScanTable, scan.id)
        assert (row.state, row.published_in) == (ScanState.PUBLISHED, batch)
        assert [one.id for one in documents_of_scan(session, scan.id)] == [one.id for one in documents]
        assert [event[1] for event in events_of(session, "document", documents[0].id)] == ["published"]
        assert (pending(session, INDEX), pending(session, DOCUMENT_READY)) == (2, 2)
    for part in documents[0].parts:
        assert pair.store.sha256(part.key) == part.sha256
        assert pair.store.tags(part.key) == {"dossier": "H21.14-240315-0012", "procedure": "1.000123"}


def test_what_happened_while_a_document_was_made_is_on_its_log(pair: Pair, tmp_path: Path) -> None:
    """Whoever wonders why a page's text is marked by lines finds the reason years later."""
    batch = a_batch(pair.database)
    scan = a_scan(pair.database, batch)
    rebuilt = NewEvent(type="rebuilt", detail={"error": "TextLayerDiffers", "pages": [2]})
    document = replace(a_document(tmp_path, batch), events=(rebuilt,))
    publish_scan(pair.database, pair.store, scan.id, [document])
    with pair.database.reading() as session:
        assert [event[1] for event in events_of(session, "document", document.id)] == ["rebuilt", "published"]


def test_a_document_under_a_secrecy_mark_is_kept_and_told_to_nobody(pair: Pair, tmp_path: Path) -> None:
    """A state secret that shows up in a search is a crime."""
    batch = a_batch(pair.database)
    scan = a_scan(pair.database, batch)
    document = a_document(tmp_path, batch, status="held")
    publish_scan(pair.database, pair.store, scan.id, [document])
    with pair.database.reading() as session:
        assert (pending(session, INDEX), pending(session, DOCUMENT_READY)) == (0, 0)
        assert get_document(session, document.id).status == "held"
    index = SearchIndex(tmp_path / "index")
    feed(pair.database, index)
    assert index.search("quyết định").total == 0


def test_of_two_workers_on_one_scan_one_publishes(pair: Pair, tmp_path: Path) -> None:
    """The same file in two inboxes must not become two papers."""
    batch = a_batch(pair.database)
    scan = a_scan(pair.database, batch)
    document = a_document(tmp_path, batch)
    won: list[bool] = []

    def work() -> None:
        database, store = reopened(pair)
        won.append(publish_scan(database, store, scan.id, [document]))
        database.dispose()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, False, False, True]
    with pair.database.reading() as session:
        assert counts(session)["documents"] == 1
        assert session.scalar(select(func.count()).select_from(OutboxTable)) == 2


def test_a_file_that_changed_before_it_was_stored_publishes_nothing(pair: Pair, tmp_path: Path) -> None:
    """A record whose object has other bytes than were checked is a forged paper."""
    batch = a_batch(pair.database)
    scan = a_scan(pair.database, batch)
    document = a_document(tmp_path, batch)
    document.parts[1].path.write_bytes(b"other")
    with pytest.raises(ObjectDiffers):
        publish_scan(pair.database, pair.store, scan.id, [document])
    with pair.database.reading() as session:
        assert counts(session)["documents"] == 0


def whole(pair: Pair, scan_id: int, document: NewDocument) -> bool:
    """Whether a document can be seen; checks that what can be seen is whole."""
    with pair.database.reading() as session:
        seen = documents_of_scan(session, scan_id)
        state = session.get_one(ScanTable, scan_id).state
        told = session.scalars(select(OutboxTable).where(OutboxTable.document_id == document.id)).all()
        parts = session.scalars(select(PartTable).where(PartTable.document_id == document.id)).all()
        events = events_of(session, "document", document.id)
    if not seen:
        assert (state, list(told), list(parts), events) == (ScanState.STORED, [], [], [])
        return False
    assert state == ScanState.PUBLISHED
    assert (len(seen), len(told), len(parts), len(events)) == (1, 2, 2, 1)
    for part in document.parts:
        assert pair.store.sha256(part.key) == part.sha256
    return True


def test_killed_at_any_step_a_publication_is_whole_or_not_to_be_seen_and_can_be_repeated(
    pair: Pair, tmp_path: Path
) -> None:
    """A power cut in the middle of a batch must cost time, and neither a paper nor a doubt."""
    batch = a_batch(pair.database)
    keys: set[str] = set()
    kills = 0
    for step in range(1, 1000):
        name = f"paper {step}"
        scan = a_scan(pair.database, batch, name.encode(), source=name)
        document = a_document(tmp_path / "made", batch, name=name)
        pair.database.dispose()  # no connection may be shared with the child

        def publish(scan_id: int = scan.id, one: NewDocument = document) -> None:
            database, store = reopened(pair)
            publish_scan(database, store, scan_id, [one])

        killed = killed_at(step, publish)
        kills += killed
        seen = whole(pair, scan.id, document)
        assert publish_scan(pair.database, pair.store, scan.id, [document]) is not seen
        assert whole(pair, scan.id, document)
        keys |= {part.key for part in document.parts}
        if not killed:
            break
    assert kills > 15
    assert {info.key for info in pair.store.list()} == keys
