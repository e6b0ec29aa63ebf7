"""How long papers are kept (thời hạn bảo quản), and what holds them longer.

A period is counted from the end of the year of a paper's date, or of its publication where the date is not known; a
paper whose kind has no period is kept for ever until a person says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from storage.errors import UnderHold, WrongRetention
from storage.events import record_event
from storage.objects import ObjectStore
from storage.records.keeping_models import HoldTable, RetentionClassTable, RetentionTable
from storage.records.models import DocumentTable, PartTable
from storage.records.values import DocumentStatus

AT_ONCE = 500  # documents read at a time
LONGEST_YEARS = 70  # Luật Lưu trữ 2024: two to seventy years, or for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionClass:
    """A period."""

    code: str
    name: str
    years: int | None  #: None: for ever (vĩnh viễn)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """A province's periods by kind of paper."""

    classes: tuple[RetentionClass, ...]
    kinds: Mapping[str, str]  #: code of a kind of paper → code of a class
    otherwise: str  #: class of every other kind

    def __post_init__(self) -> None:
        codes = {one.code for one in self.classes}
        wrong = sorted({*self.kinds.values(), self.otherwise} - codes)
        if wrong:
            raise WrongRetention(f"retention: there is no class {', '.join(wrong)}; name it under `classes`")
        for one in self.classes:
            if one.years is not None and not 1 <= one.years <= LONGEST_YEARS:
                raise WrongRetention(
                    f"retention: {one.code}: {one.years} years; 1 to {LONGEST_YEARS}, or none at all"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A document whose time is over and that nothing holds."""

    document_id: str
    class_code: str
    keep_until: date


def classify(session: Session, rules: RetentionRules) -> int:
    """Give every document that has none its period; how many. A period once given stays: see `reclassify`."""
    _set_classes(session, rules.classes)
    done = 0
    for row in _unclassified(session):
        done += 1
        _give(session, row, rules.kinds.get(row.type or "", rules.otherwise), rules)
    return done


def reclassify(session: Session, document_id: str, class_code: str, rules: RetentionRules, *, by: str) -> None:
    """Give a document another period, as a person decided."""
    if class_code not in {one.code for one in rules.classes}:
        raise WrongRetention(f"retention: there is no class {class_code}")
    _set_classes(session, rules.classes)
    _give(session, session.get_one(DocumentTable, document_id), class_code, rules)
    detail = {"class": class_code}
    record_event(session, type="reclassified", object_kind="document", object_id=document_id, agent=by, detail=detail)


def _set_classes(session: Session, classes: Sequence[RetentionClass]) -> None:
    for one in classes:
        session.merge(RetentionClassTable(code=one.code, name=one.name, years=one.years))
    session.flush()


def _unclassified(session: Session) -> Iterator[DocumentTable]:
    after = ""
    while True:
        none = ~exists().where(RetentionTable.document_id == DocumentTable.id)
        wanted = select(DocumentTable).where(DocumentTable.id > after, none).order_by(DocumentTable.id).limit(AT_ONCE)
        rows = list(session.scalars(wanted))
        if not rows:
            return
        yield from rows
        after = rows[-1].id


def _give(session: Session, row: DocumentTable, class_code: str, rules: RetentionRules) -> None:
    years = next(one.years for one in rules.classes if one.code == class_code)
    start = date((row.issued_on or row.published_at.date()).year, 12, 31)
    until = None if years is None else date(start.year + years, 12, 31)
    session.merge(RetentionTable(document_id=row.id, class_code=class_code, counted_from=start, keep_until=until))


def due(session: Session, on: date, *, limit: int = 1000) -> list[Due]:
    """Documents whose time was over before a day, the oldest first; none that a hold stands on."""
    wanted = (
        select(RetentionTable.document_id, RetentionTable.class_code, RetentionTable.keep_until)
        .join(DocumentTable, DocumentTable.id == RetentionTable.document_id)
        .where(RetentionTable.keep_until < on, DocumentTable.status != DocumentStatus.DISPOSED, ~held())
        .order_by(RetentionTable.keep_until, RetentionTable.document_id)
        .limit(limit)
    )
    rows = session.execute(wanted).tuples()
    return [Due(document_id=one, class_code=code, keep_until=until) for one, code, until in rows if until is not None]


def held() -> ColumnElement[bool]:
    """The condition that a hold stands on a document of `retention`."""
    stands = exists().where(HoldTable.document_id == RetentionTable.document_id, HoldTable.lifted_at.is_(None))
    return stands.correlate(RetentionTable)


def is_held(session: Session, document_id: str) -> bool:
    """Whether a hold stands on a document."""
    wanted = select(HoldTable.id).where(HoldTable.document_id == document_id, HoldTable.lifted_at.is_(None)).limit(1)
    return session.scalar(wanted) is not None


def place_hold(session: Session, store: ObjectStore, document_id: str, *, reason: str, by: str) -> bool:
    """Keep a document whatever its period, until the hold is lifted; whether the store holds its files too.

    The records hold in any case. Raises StoreUnreachable: then nothing is held.
    """
    session.add(HoldTable(document_id=document_id, reason=reason, placed_by=by, placed_at=datetime.now(UTC)))
    session.flush()
    known = [store.hold(key, on=True) for key in _keys(session, document_id)]  # every one, also after a `no`
    in_store = all(known)
    detail = {"in_store": in_store}
    record_event(session, type="held back", object_kind="document", object_id=document_id, agent=by, detail=detail)
    return in_store


def lift_hold(session: Session, store: ObjectStore, document_id: str, *, by: str) -> int:
    """Lift every hold on a document; how many there were. Raises UnderHold where there was none."""
    standing = (HoldTable.document_id == document_id, HoldTable.lifted_at.is_(None))
    count = len(session.scalars(select(HoldTable.id).where(*standing)).all())
    if not count:
        raise UnderHold(f"{document_id}: no hold stands on it")
    session.execute(update(HoldTable).where(*standing).values(lifted_by=by, lifted_at=datetime.now(UTC)))
    for key in _keys(session, document_id):
        store.hold(key, on=False)
    record_event(session, type="let go", object_kind="document", object_id=document_id, agent=by)
    return count


def _keys(session: Session, document_id: str) -> list[str]:
    return list(session.scalars(select(PartTable.key).where(PartTable.document_id == document_id)))
