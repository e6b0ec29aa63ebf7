"""Disposal: papers whose time is over go, by a list that a second person approves, and leave a tombstone.

    1. one transaction takes the document out of sight: texts, fields, links and names go, its tombstone stays
    2. its objects are removed, in every store that is named; the scan's original when all its papers are gone
    3. the list notes that it is done

A kill in between loses nothing and hides nothing: the same command goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from storage.errors import WrongDisposal
from storage.events import record_event
from storage.keys import original_key
from storage.objects import ObjectStore
from storage.outbox import INDEX, tell
from storage.records.database import Database
from storage.records.keeping_models import DisposalItemTable, DisposalTable, FixityTable
from storage.records.models import (
    BatchScanTable,
    DocumentPageTable,
    DocumentTable,
    FieldTable,
    LinkTable,
    PartTable,
    ScanTable,
)
from storage.records.service_models import DeliveryTable, VersionTable
from storage.records.values import DocumentStatus, ScanState
from storage.retention import due, is_held
from storage.sweep import listed_originals

MOST = 1000  # documents of one list; a person reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposal:
    """A list."""

    id: int
    state: str
    proposed_by: str
    decided_by: str | None
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalReport:
    """What carrying out a list did."""

    disposed: int
    held: tuple[str, ...]  #: that a hold was placed on since; they stay


def propose(session: Session, *, by: str, on: date) -> Disposal | None:
    """Make a list of what is due and on no other open list; None where nothing is."""
    on_a_list = set(
        session.scalars(
            select(DisposalItemTable.document_id)
            .join(DisposalTable)
            .where(DisposalTable.state.in_(("proposed", "approved")))
        )
    )
    items = [item for item in due(session, on, limit=MOST + len(on_a_list)) if item.document_id not in on_a_list]
    if not items:
        return None
    row = DisposalTable(state="proposed", proposed_by=by, proposed_at=datetime.now(UTC))
    session.add(row)
    session.flush()
    session.add_all(
        DisposalItemTable(
            disposal_id=row.id, document_id=one.document_id, class_code=one.class_code, keep_until=one.keep_until
        )
        for one in items[:MOST]
    )
    session.flush()
    _event(session, row, "disposal proposed", by, documents=len(items[:MOST]))
    return get_disposal(session, row.id)


def get_disposal(session: Session, disposal_id: int) -> Disposal:
    """A list by its number. Raises WrongDisposal."""
    row = session.get(DisposalTable, disposal_id)
    if row is None:
        raise WrongDisposal(f"there is no disposal {disposal_id}")
    wanted = select(DisposalItemTable.document_id).where(DisposalItemTable.disposal_id == disposal_id)
    documents = tuple(session.scalars(wanted.order_by(DisposalItemTable.document_id)))
    return Disposal(
        id=row.id, state=row.state, proposed_by=row.proposed_by, decided_by=row.decided_by, documents=documents
    )


def decide(session: Session, disposal_id: int, *, by: str, approve: bool) -> None:
    """Approve or refuse a list. Raises WrongDisposal for who proposed it, and for one that is decided."""
    found = get_disposal(session, disposal_id)
    if found.state != "proposed":
        raise WrongDisposal(f"disposal {disposal_id} is {found.state} already")
    if found.proposed_by == by:
        raise WrongDisposal(f"disposal {disposal_id} was proposed by {by}; another person must decide")
    state = "approved" if approve else "refused"
    row = session.get_one(DisposalTable, disposal_id)
    row.state, row.decided_by, row.decided_at = state, by, datetime.now(UTC)
    _event(session, row, f"disposal {state}", by, documents=len(found.documents))


def carry_out(
    database: Database, store: ObjectStore, disposal_id: int, *, by: str, copies: Sequence[ObjectStore] = ()
) -> DisposalReport:
    """Destroy what an approved list names; safe to repeat after a kill.

    copies: other stores that hold the same objects. Raises WrongDisposal, StoreUnreachable, RecordsUnreachable.
    """
    with database.reading() as session:
        found = get_disposal(session, disposal_id)
    if found.state != "approved":
        raise WrongDisposal(f"disposal {disposal_id} is {found.state}, and not approved")
    held, disposed = [], 0
    for document_id in found.documents:
        with database.transaction() as session:
            keys = _out_of_sight(session, store, disposal_id, document_id, by=by)
        if keys is None:
            held.append(document_id)
            continue
        for one in (store, *copies):
            for key in keys:
                one.remove(key)
        disposed += 1
        with database.transaction() as session:
            session.execute(delete(FixityTable).where(FixityTable.key.in_(keys)))
            session.get_one(DisposalItemTable, (disposal_id, document_id)).disposed_at = datetime.now(UTC)
    with database.transaction() as session:
        row = session.get_one(DisposalTable, disposal_id)
        row.state, row.done_at = "done", datetime.now(UTC)
        _event(session, row, "disposal done", by, documents=disposed, held=len(held))
    return DisposalReport(disposed=disposed, held=tuple(held))


def _out_of_sight(
    session: Session, store: ObjectStore, disposal_id: int, document_id: str, *, by: str
) -> list[str] | None:
    """Leave nothing of a document but its tombstone; the keys to be removed, None where a hold stands on it."""
    item = session.get_one(DisposalItemTable, (disposal_id, document_id))
    if item.tombstone is not None:  # a run that was killed came this far
        return [str(key) for key in item.tombstone["keys"]]
    if is_held(session, document_id):
        return None
    row = session.get_one(DocumentTable, document_id)
    scan = session.get_one(ScanTable, row.scan_id)
    parts = session.execute(select(PartTable.key, PartTable.sha256).where(PartTable.document_id == document_id)).all()
    row.status = DocumentStatus.DISPOSED
    session.flush()
    last = not session.scalar(
        select(func.count()).where(DocumentTable.scan_id == scan.id, DocumentTable.status != DocumentStatus.DISPOSED)
    )
    keys = [part.key for part in parts] + (_originals(session, store, scan) if last else [])
    item.tombstone = _tombstone(row, item, scan, {part.key: part.sha256 for part in parts}, keys)
    _forget(session, row)
    if last:
        scan.state, scan.first_source, scan.error = ScanState.DISPOSED, "", None
        session.execute(delete(BatchScanTable).where(BatchScanTable.scan_id == scan.id))
    record_event(
        session,
        type="disposed",
        object_kind="document",
        object_id=document_id,
        agent=by,
        detail={"disposal": disposal_id, "class": item.class_code, "kept_until": item.keep_until.isoformat()},
    )
    tell(session, INDEX, document_id)
    return keys


def _originals(session: Session, store: ObjectStore, scan: ScanTable) -> list[str]:
    """A scan's own bytes, but for page images that another scan, still there, lists too."""
    own = {scan.object_key, *(one.key for one in listed_originals(store, scan.object_key))}
    if len(own) > 1:
        others = select(ScanTable.object_key).where(
            ScanTable.kind == scan.kind, ScanTable.id != scan.id, ScanTable.state != ScanState.DISPOSED
        )
        for key in session.scalars(others):
            own -= {one.key for one in listed_originals(store, key)}
    alone = {key.rsplit("/", 1)[1] for key in own} - {scan.sha256}
    shared = session.scalars(select(ScanTable.sha256).where(ScanTable.sha256.in_(alone)))
    return sorted(own - {original_key(sha256) for sha256 in shared})


def _tombstone(
    row: DocumentTable, item: DisposalItemTable, scan: ScanTable, parts: dict[str, str], keys: list[str]
) -> dict[str, Any]:
    """What may be known for ever: that there was such a paper, and by whose decision it went. No person's name."""
    return {
        "type": row.type,
        "issued_on": row.issued_on.isoformat() if row.issued_on else None,
        "dossier_code": row.dossier_code,
        "agency_code": row.agency_code,
        "pages": len(row.pages),
        "scan_sha256": scan.sha256,
        "parts": parts,
        "keys": keys,
        "class": item.class_code,
        "kept_until": item.keep_until.isoformat(),
    }


def _forget(session: Session, row: DocumentTable) -> None:
    row.title, row.source, row.report, row.reasons = "", "", {}, []
    for table in (DocumentPageTable, FieldTable, LinkTable, PartTable, VersionTable):
        session.execute(delete(table).where(table.document_id == row.id))
    session.execute(update(DeliveryTable).where(DeliveryTable.document_id == row.id).values(body=""))


def _event(session: Session, row: DisposalTable, what: str, by: str, **detail: int) -> None:
    record_event(session, type=what, object_kind="disposal", object_id=str(row.id), agent=by, detail=detail)


def open_disposals(session: Session) -> list[Disposal]:
    """Lists that wait for a decision or for being carried out, oldest first."""
    wanted = select(DisposalTable.id).where(DisposalTable.state.in_(("proposed", "approved")))
    return [get_disposal(session, one) for one in session.scalars(wanted.order_by(DisposalTable.id))]
