"""A batch that is killed over and over: what can be seen is whole after each kill, and the end is as without any.

`python -m tests.benchmarks.faults` runs it at full size: `SOHOA_TEST_KILLS` kills (50 there) of a batch of
`SOHOA_TEST_BATCH` documents (40), and a store that is away for `SOHOA_TEST_AWAY_SECONDS` (20).
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from storage.chain import verify
from storage.errors import StoreUnreachable
from storage.events import events_of
from storage.index import SearchIndex
from storage.index.feed import feed
from storage.keys import original_key
from storage.objects import ObjectStore, open_store
from storage.outbox import INDEX, pending
from storage.publication import publish_scan
from storage.records import Database, NewDocument
from storage.records.models import DocumentTable, OutboxTable, ScanTable
from storage.sweep import compare
from tests.conftest import SERVERS, Pair
from tests.services import S3Server
from tests.storage.kills import killed_at
from tests.storage.papers import a_batch, a_document, a_scan, put_original

KILLS = int(os.environ.get("SOHOA_TEST_KILLS", "4"))
AWAY_SECONDS = float(os.environ.get("SOHOA_TEST_AWAY_SECONDS", "1"))
DOCUMENTS = int(os.environ.get("SOHOA_TEST_BATCH", "8"))
FEED_EVERY = 4  # documents: kills fall on the index too
FURTHEST = 60  # touches of the world outside that a child is given at most: three documents
LONGEST_SECONDS = 0.3  # that a child is given where the clock kills it


def bytes_of(paper: NewDocument) -> bytes:
    """Of the scan that a paper came with."""
    return f"scan of {paper.source}".encode()


def work_on(database: Database, store: ObjectStore, folder: Path, papers: Sequence[NewDocument]) -> None:
    """A batch as the pipeline does it, without the reading: the original first, then its paper, then the index."""
    index = SearchIndex(folder / "index")
    for number, paper in enumerate(papers, 1):
        put_original(store, folder, bytes_of(paper))
        scan = a_scan(database, paper.batch_id, bytes_of(paper), source=paper.source)
        publish_scan(database, store, scan.id, [paper])
        if number % FEED_EVERY == 0:
            feed(database, index)
    feed(database, index)


def killed_after(seconds: float, work: Callable[[], object]) -> bool:
    """Do the work in a child, killed when the time is over; False where it ended before that."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    until = time.monotonic() + seconds
    while time.monotonic() < until and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def published(pair: Pair, folder: Path, papers: Sequence[NewDocument]) -> int:
    """How many papers can be seen; checks that all of them are whole, once, and nothing else is found."""
    by_id = {paper.id: paper for paper in papers}
    assert compare(pair.database, pair.store).missing == ()
    with pair.database.reading() as session:
        seen = session.scalars(select(DocumentTable.id)).all()
        told = Counter(session.execute(select(OutboxTable.document_id, OutboxTable.topic)).tuples())
        scans = session.execute(select(ScanTable.sha256, ScanTable.object_key)).tuples().all()
        events = {one: [event[1] for event in events_of(session, "document", one)] for one in seen}
        chain = verify(session)
    assert chain.faults == ()
    assert len(seen) == len(set(seen))
    assert set(seen) <= by_id.keys()
    assert set(told.values()) <= {1}
    assert len(told) == 2 * len(seen)
    assert all(names == ["published"] for names in events.values())
    for sha256, key in scans:
        assert pair.store.sha256(key) == sha256
    for one in seen:
        assert all(pair.store.sha256(part.key) == part.sha256 for part in by_id[one].parts)
    found = SearchIndex(folder / "index").search("giấy phép", limit=1000)
    assert {hit.document_id for hit in found.hits} <= set(seen), "a ghost is found"
    return len(seen)


def the_end_is_as_without_kills(pair: Pair, folder: Path, papers: Sequence[NewDocument]) -> None:
    """Everything is published, found and nothing is over."""
    with pair.database.transaction() as session:  # as if the lease of what a killed feeder held were over
        session.execute(
            update(OutboxTable).where(OutboxTable.state == "waiting").values(not_before=datetime.now(UTC))
        )
    index = SearchIndex(folder / "index")
    feed(pair.database, index)
    assert published(pair, folder, papers) == len(papers)
    assert {hit.document_id for hit in index.search("giấy phép", limit=1000).hits} == {one.id for one in papers}
    with pair.database.reading() as session:
        assert pending(session, INDEX) == 0
    keys = {part.key for paper in papers for part in paper.parts}
    keys |= {original_key(hashlib.sha256(bytes_of(paper)).hexdigest()) for paper in papers}
    assert {info.key for info in pair.store.list()} == keys


def a_batch_of(pair: Pair, folder: Path, name: str, count: int) -> list[NewDocument]:
    """Papers of a new batch, their files on the disk."""
    batch = a_batch(pair.database, name)
    return [a_document(folder / "made", batch, name=f"{name} {number}") for number in range(count)]


def test_a_batch_killed_at_random_moments_ends_as_if_it_had_not_been(pair: Pair, tmp_path: Path) -> None:
    """Whenever the power fails, and however often: no lost original, half document, double, ghost or broken chain."""
    chance = random.Random(KILLS)
    papers: list[NewDocument] = []
    kills = 0
    while kills < KILLS:
        batch = a_batch_of(pair, tmp_path, f"batch {kills}", DOCUMENTS)
        papers += batch

        def work(mine: Sequence[NewDocument] = batch) -> None:
            store = open_store(pair.store_url, access_key=pair.access_key, secret_key=pair.secret_key)
            work_on(Database(pair.database_url), store, tmp_path, mine)

        killed = True
        while killed and kills < KILLS:
            pair.database.dispose()  # no connection may be shared with the child
            at_step = kills % 2 == 0
            known = sum(published_of(pair, paper) for paper in batch)
            step = chance.randrange(1, FURTHEST) + known * 12  # what is known already is passed over in a few touches
            pair.database.dispose()
            killed = killed_at(step, work) if at_step else killed_after(chance.uniform(0.02, LONGEST_SECONDS), work)
            kills += killed
            published(pair, tmp_path, papers)
        work_on(pair.database, pair.store, tmp_path, batch)
    the_end_is_as_without_kills(pair, tmp_path, papers)


def published_of(pair: Pair, paper: NewDocument) -> bool:
    """Whether a paper can be seen."""
    with pair.database.reading() as session:
        return session.get(DocumentTable, paper.id) is not None


@pytest.mark.parametrize("pair", [SERVERS], indirect=True)
def test_a_store_that_is_away_for_a_while_costs_a_batch_its_time_only(
    pair: Pair, s3: S3Server, tmp_path: Path
) -> None:
    """MinIO is restarted in the night: what is told then is a word, and the next run brings the rest."""
    if not s3.ours:
        return  # an endpoint of others is not ours to kill
    papers = a_batch_of(pair, tmp_path, "night", DOCUMENTS)
    work_on(pair.database, pair.store, tmp_path, papers[: DOCUMENTS // 2])
    s3.kill()
    gone = time.monotonic()
    try:
        with pytest.raises(StoreUnreachable):
            work_on(pair.database, pair.store, tmp_path, papers)
        time.sleep(max(0.0, gone + AWAY_SECONDS - time.monotonic()))
    finally:
        s3.start()
    assert published(pair, tmp_path, papers) == DOCUMENTS // 2
    work_on(pair.database, pair.store, tmp_path, papers)
    the_end_is_as_without_kills(pair, tmp_path, papers)
