"""Retention: nothing goes before its time, nor by one person's word, nor without a trace; what is held stays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from storage.chain import verify
from storage.disposal import carry_out, decide, get_disposal, open_disposals, propose
from storage.errors import AlreadyDisposed, UnderHold, WrongDisposal, WrongRetention
from storage.events import events_of
from storage.fixity import check, enrol
from storage.index import SearchIndex
from storage.index.feed import feed, indexed_documents
from storage.keys import original_key
from storage.objects import ObjectStore, open_store
from storage.publication import publish_scan
from storage.records import get_document, page_texts
from storage.records.keeping_models import DisposalItemTable, DisposalTable, RetentionTable
from storage.retention import (
    RetentionClass,
    RetentionRules,
    classify,
    due,
    lift_hold,
    place_hold,
    reclassify,
)
from storage.sweep import compare
from tests.conftest import Pair
from tests.storage.kills import killed_at
from tests.storage.papers import a_batch, a_document, a_scan, put_original

RULES = RetentionRules(
    classes=(
        RetentionClass(code="VV", name="Vĩnh viễn", years=None),
        RetentionClass(code="N5", name="5 năm", years=5),
        RetentionClass(code="N20", name="20 năm", years=20),
    ),
    kinds={"QĐ": "N5", "CV": "N20"},
    otherwise="VV",
)
LATER = date(2030, 1, 1)  # the papers of 2024 are kept until the end of 2029


def published(pair: Pair, folder: Path, *kinds: str, issued_on: date | None = date(2024, 3, 15)) -> list[str]:
    """Ids of the papers of one scan, one of each kind."""
    folder.mkdir(exist_ok=True)
    batch = a_batch(pair.database)
    data = " ".join(kinds).encode()
    put_original(pair.store, folder, data)
    scan = a_scan(pair.database, batch, data, source=f"in/{'-'.join(kinds)}.pdf")
    made = [
        a_document(
            folder / "made", batch, name=f"{kinds}{n}", pages=(n,), texts=("văn bản",), type=kind, issued_on=issued_on
        )
        for n, kind in enumerate(kinds, 1)
    ]
    publish_scan(pair.database, pair.store, scan.id, made)
    with pair.database.transaction() as session:
        classify(session, RULES)
    return [one.id for one in made]


def approved(pair: Pair) -> int:
    """Number of a list that two persons made."""
    with pair.database.transaction() as session:
        made = propose(session, by="An", on=LATER)
        assert made is not None
        decide(session, made.id, by="Bình", approve=True)
        return made.id


def test_a_period_is_counted_from_the_end_of_the_papers_year(pair: Pair, tmp_path: Path) -> None:
    """A paper that goes a day too early is a paper that was owed to somebody."""
    decision, letter, other = published(pair, tmp_path, "QĐ", "CV", "GP")
    with pair.database.reading() as session:
        until = {row.document_id: row.keep_until for row in session.scalars(select(RetentionTable))}
        assert until == {decision: date(2029, 12, 31), letter: date(2044, 12, 31), other: None}
        assert due(session, date(2029, 12, 31)) == []
        assert [one.document_id for one in due(session, LATER)] == [decision]


def test_a_period_once_given_stays_until_a_person_changes_it(pair: Pair, tmp_path: Path) -> None:
    """A slip in the table of periods must not shorten what was promised."""
    [decision] = published(pair, tmp_path, "QĐ")
    shorter = RetentionRules(classes=RULES.classes, kinds={}, otherwise="N5")
    with pair.database.transaction() as session:
        assert classify(session, shorter) == 0
        reclassify(session, decision, "VV", RULES, by="An")
        assert due(session, LATER) == []
        with pytest.raises(WrongRetention):
            reclassify(session, decision, "N3", RULES, by="An")


@pytest.mark.parametrize(
    ("kinds", "otherwise", "years"), [({"QĐ": "X"}, "VV", 5), ({}, "X", 5), ({}, "VV", 0), ({}, "VV", 71)]
)
def test_rules_that_cannot_be_are_refused(kinds: dict[str, str], otherwise: str, years: int) -> None:
    """A typing error in the table of periods must stop, and not destroy."""
    classes = (RetentionClass(code="VV", name="", years=None), RetentionClass(code="N", name="", years=years))
    with pytest.raises(WrongRetention):
        RetentionRules(classes=classes, kinds=kinds, otherwise=otherwise)


def test_one_person_alone_destroys_nothing(pair: Pair, tmp_path: Path) -> None:
    """Four eyes: in code, and in the database for who goes around the code."""
    published(pair, tmp_path, "QĐ")
    with pair.database.transaction() as session:
        made = propose(session, by="An", on=LATER)
        assert made is not None
        assert propose(session, by="An", on=LATER) is None
        with pytest.raises(WrongDisposal):
            decide(session, made.id, by="An", approve=True)
    with pytest.raises(WrongDisposal):
        carry_out(pair.database, pair.store, made.id, by="An")
    alone = update(DisposalTable).values(state="approved", decided_by="An")
    with pytest.raises(IntegrityError), pair.database.transaction() as session:
        session.execute(alone)
    with pair.database.transaction() as session:
        decide(session, made.id, by="Bình", approve=False)
        with pytest.raises(WrongDisposal):
            decide(session, made.id, by="Bình", approve=True)
        assert open_disposals(session) == []
    with pair.database.transaction() as session:
        assert propose(session, by="An", on=LATER) is not None


def test_what_is_disposed_of_is_gone_everywhere_and_leaves_a_tombstone(pair: Pair, tmp_path: Path) -> None:
    """Destroyed is destroyed, and that it was there and by whose word it went is known for ever."""
    replica: ObjectStore = open_store(f"folder://{tmp_path / 'replica'}")
    [decision] = published(pair, tmp_path, "QĐ")
    with pair.database.reading() as session:
        record = get_document(session, decision)
    enrol(pair.database, pair.store)
    index = SearchIndex(tmp_path / "index")
    feed(pair.database, index)
    assert index.search("văn bản").total == 1
    report = carry_out(pair.database, pair.store, approved(pair), by="Bình", copies=[replica])
    assert (report.disposed, report.held) == (1, ())
    assert [one.key for one in pair.store.list() if not one.key.startswith("anchors/")] == []
    feed(pair.database, index)
    assert index.search("văn bản").total == 0
    with pair.database.reading() as session:
        left = get_document(session, decision)
        assert (left.status, left.title, left.source, left.fields, left.links, left.parts) == (
            "disposed",
            "",
            "",
            (),
            (),
            (),
        )
        assert page_texts(session, decision) == []
        item = session.scalars(select(DisposalItemTable)).one()
        assert item.disposed_at is not None
        assert item.tombstone is not None
        assert item.tombstone["parts"] == {part.key: part.sha256 for part in record.parts}
        assert "disposed" in [event[1] for event in events_of(session, "document", decision)]
        assert get_disposal(session, item.disposal_id).state == "done"
        assert verify(session, pair.store).holds
    assert list(indexed_documents(pair.database)) == []
    assert compare(pair.database, pair.store).missing == ()
    enrol(pair.database, pair.store)
    assert not check(pair.database, pair.store, budget=1 << 30).alarm


def test_the_original_stays_while_one_of_its_papers_does(pair: Pair, tmp_path: Path) -> None:
    """A volume holds a decision of five years and a licence for ever: the scan proves the licence."""
    decision, licence = published(pair, tmp_path, "QĐ", "GP")
    carry_out(pair.database, pair.store, approved(pair), by="Bình")
    with pair.database.reading() as session:
        record = get_document(session, licence)
        assert get_document(session, decision).status == "disposed"
    assert pair.store.head(original_key(record.scan_sha256)) is not None
    assert all(pair.store.sha256(part.key) == part.sha256 for part in record.parts)


def test_a_held_paper_is_neither_listed_nor_destroyed(pair: Pair, tmp_path: Path) -> None:
    """A case before the court outlives every period, also where the hold comes after the list."""
    [decision] = published(pair, tmp_path, "QĐ")
    number = approved(pair)
    with pair.database.transaction() as session:
        place_hold(session, pair.store, decision, reason="case 12/2029", by="Chi")
        assert due(session, LATER) == []
    assert carry_out(pair.database, pair.store, number, by="Bình").held == (decision,)
    with pair.database.transaction() as session:
        assert get_document(session, decision).status == "published"
        assert lift_hold(session, pair.store, decision, by="Chi") == 1
        assert [one.document_id for one in due(session, LATER)] == [decision]
        with pytest.raises(UnderHold):
            lift_hold(session, pair.store, decision, by="Chi")
    carry_out(pair.database, pair.store, approved(pair), by="Bình")
    with pair.database.reading() as session:
        assert get_document(session, decision).status == "disposed"


def test_a_destroyed_paper_that_is_scanned_again_is_told(pair: Pair, tmp_path: Path) -> None:
    """Somebody found a copy: it must not slip back without a person's word."""
    published(pair, tmp_path, "QĐ")
    carry_out(pair.database, pair.store, approved(pair), by="Bình")
    batch = a_batch(pair.database, "again")
    with pytest.raises(AlreadyDisposed):
        a_scan(pair.database, batch, "QĐ".encode(), source="in/copy.pdf")


def test_a_disposal_that_was_killed_goes_on(pair: Pair, tmp_path: Path) -> None:
    """A kill half way must leave neither a paper without its files nor files without a paper."""
    for name in range(3):
        published(pair, tmp_path / str(name), "QĐ", *["CV"] * name)
    number = approved(pair)
    for step in (3, 9, 14, 20, 26, 33, 41):
        pair.database.dispose()
        killed_at(step, lambda: _carry_out(pair, number))
        with pair.database.reading() as session:
            state = get_disposal(session, number).state
        if state == "done":
            break
    if state != "done":
        carry_out(pair.database, pair.store, number, by="Bình")
    report = compare(pair.database, pair.store)
    assert (report.missing, report.orphans) == ((), ())
    with pair.database.reading() as session:
        assert all(item.disposed_at for item in session.scalars(select(DisposalItemTable)))


def _carry_out(pair: Pair, number: int) -> None:
    from tests.storage.test_publication import reopened

    database, store = reopened(pair)
    carry_out(database, store, number, by="Bình")
