"""Documents: written by a publication, read by everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from storage import events  # the module: it imports this package's tables
from storage.errors import UnknownBatch, UnknownDocument
from storage.records.models import (
    BatchScanTable,
    BatchTable,
    DocumentPageTable,
    DocumentTable,
    FieldTable,
    LinkTable,
    PartTable,
    ScanTable,
)
from storage.records.values import DocumentRecord, DocumentStatus, StoredField, StoredLink, StoredPart

_HEX = re.compile(r"[0-9a-f]{1,64}")
JOINED = "joined."  # before the names of files that came with a paper that was joined to this one
AT_ONCE = 200  # documents read at a time where all of them are asked for


def get_document(session: Session, document_id: str) -> DocumentRecord:
    """A document by its id, or by a beginning of it that no other shares. Raises UnknownDocument."""
    # A range and not LIKE, which goes by the index in some of PostgreSQL's collations only; ids are hexadecimal.
    begins = (DocumentTable.id >= document_id, DocumentTable.id < f"{document_id}g")
    rows = list(session.scalars(select(DocumentTable).where(*begins).limit(2))) if _HEX.fullmatch(document_id) else []
    exact = [row for row in rows if row.id == document_id]
    if len(exact or rows) != 1:
        what = "more than one document begins so" if rows else "there is no such document"
        raise UnknownDocument(f"{document_id}: {what}; `sohoa search` shows ids")
    return _records(session, exact or rows)[0]


def documents_of_scan(session: Session, scan_id: int) -> list[DocumentRecord]:
    """A scan's papers in the order of their pages."""
    return _found(session, select(DocumentTable).where(DocumentTable.scan_id == scan_id))


def documents_of_batch(session: Session, batch_id: str) -> list[DocumentRecord]:
    """Papers of every scan that came in a batch, also of those known before. Raises UnknownBatch."""
    if session.get(BatchTable, batch_id) is None:
        raise UnknownBatch(f"{batch_id}: there is no such batch; the last line of `sohoa digitise` names it")
    scans = select(BatchScanTable.scan_id).where(BatchScanTable.batch_id == batch_id)
    return _found(session, select(DocumentTable).where(DocumentTable.scan_id.in_(scans)))


def documents_of_dossier(session: Session, dossier_code: str) -> list[DocumentRecord]:
    """Papers bound to a dossier, the doubtful ones too."""
    bound = select(LinkTable.document_id).where(LinkTable.dossier_code == dossier_code)
    return _found(session, select(DocumentTable).where(DocumentTable.id.in_(bound)))


def _found(session: Session, wanted: Select[tuple[DocumentTable]]) -> list[DocumentRecord]:
    rows = session.scalars(wanted.order_by(DocumentTable.scan_id, DocumentTable.first_page))
    return _records(session, list(rows))


def iter_documents(session: Session, after: str = "") -> Iterator[DocumentRecord]:
    """Every document behind an id, in the order of ids; some hundred in memory at a time."""
    while True:
        wanted = select(DocumentTable).where(DocumentTable.id > after).order_by(DocumentTable.id).limit(AT_ONCE)
        rows = list(session.scalars(wanted))
        if not rows:
            return
        yield from _records(session, rows)
        after = rows[-1].id
        session.expunge_all()


def documents_after(
    session: Session,
    after: str,
    *,
    limit: int,
    since: date | None = None,
    type: str | None = None,  # noqa: A002  (as records have it)
) -> list[DocumentRecord]:
    """Documents that people can see, by id from behind `after`: published on a day or later, of a type."""
    wanted = select(DocumentTable).where(DocumentTable.id > after)
    wanted = wanted.where(DocumentTable.status.in_((DocumentStatus.PUBLISHED, DocumentStatus.REVIEW)))
    if since is not None:
        wanted = wanted.where(DocumentTable.published_at >= datetime.combine(since, time(), UTC))
    if type is not None:
        wanted = wanted.where(DocumentTable.type == type)
    return _records(session, list(session.scalars(wanted.order_by(DocumentTable.id).limit(limit))))


def page_texts(session: Session, document_id: str) -> list[tuple[int, str]]:
    """(page, text) of a document, in order."""
    rows = session.scalars(
        select(DocumentPageTable).where(DocumentPageTable.document_id == document_id).order_by(DocumentPageTable.page)
    )
    return [(row.page, row.text) for row in rows]


def add_link(
    session: Session,
    document_id: str,
    dossier_code: str,
    *,
    method: str,
    confidence: float,
    status: str,
    reason: str = "",
) -> None:
    """Bind a document to one more dossier, or correct the binding to the same one."""
    session.merge(
        LinkTable(
            document_id=document_id,
            dossier_code=dossier_code,
            method=method,
            confidence=confidence,
            status=status,
            reason=reason,
        )
    )
    events.record_event(
        session,
        type="linked",
        object_kind="document",
        object_id=document_id,
        agent="sohoa",
        detail={"dossier": dossier_code, "method": method, "status": status},
    )


def counts(session: Session) -> dict[str, int]:
    """Rows of the tables that an operator asks for."""
    tables: Sequence[type[Any]] = (BatchTable, ScanTable, DocumentTable, LinkTable)
    return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def _records(session: Session, rows: Sequence[DocumentTable]) -> list[DocumentRecord]:
    """Rows with their parts, fields and links, in a query each for all of them."""
    ids = [row.id for row in rows]
    scans = session.execute(select(ScanTable.id, ScanTable.sha256).where(ScanTable.id.in_({r.scan_id for r in rows})))
    hashes: dict[int, str] = {row.id: row.sha256 for row in scans}
    parts = _by_document(
        session.scalars(select(PartTable).where(PartTable.document_id.in_(ids)).order_by(PartTable.name))
    )
    fields = _by_document(
        session.scalars(select(FieldTable).where(FieldTable.document_id.in_(ids)).order_by(FieldTable.name))
    )
    links = _by_document(
        session.scalars(select(LinkTable).where(LinkTable.document_id.in_(ids)).order_by(LinkTable.dossier_code))
    )
    return [
        _record(
            row,
            hashes[row.scan_id],
            _newest(parts.get(row.id, [])),
            [field for field in fields.get(row.id, []) if field.version == row.version],
            links.get(row.id, []),
        )
        for row in rows
    ]


def _newest(parts: Sequence[PartTable]) -> list[PartTable]:
    """The newest file of each name: a version that only changed fields has no files of its own.

    Files of papers that were joined to this one are kept for its history, and are not its own.
    """
    chosen: dict[str, PartTable] = {}
    for part in parts:
        if part.name.startswith(JOINED):
            continue
        if part.name not in chosen or part.version > chosen[part.name].version:
            chosen[part.name] = part
    return list(chosen.values())


def _by_document(rows: Any) -> dict[str, list[Any]]:  # noqa: ANN401  (rows of any table with document_id)
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.document_id, []).append(row)
    return grouped


def _record(
    row: DocumentTable, sha256: str, parts: list[PartTable], fields: list[FieldTable], links: list[LinkTable]
) -> DocumentRecord:
    return DocumentRecord(
        id=row.id,
        version=row.version,
        scan_sha256=sha256,
        batch_id=row.batch_id,
        source=row.source,
        pages=tuple(row.pages),
        blank_pages=tuple(row.blank_pages),
        type=row.type,
        title=row.title,
        issued_on=row.issued_on,
        dossier_code=row.dossier_code,
        procedure_code=row.procedure_code,
        agency_code=row.agency_code,
        confidence=row.confidence,
        status=DocumentStatus(row.status),
        reasons=tuple(row.reasons),
        published_at=row.published_at,
        parts=tuple(
            StoredPart(
                name=p.name,
                key=p.key,
                sha256=p.sha256,
                size=p.size,
                content_type=p.content_type,
                version=p.version,
            )
            for p in parts
        ),
        fields=tuple(
            StoredField(
                name=f.name,
                value=f.value,
                confidence=f.confidence,
                status=f.status,
                page=f.page,
                box=tuple(f.box) if f.box else None,
                evidence=f.evidence,
            )
            for f in fields
        ),
        links=tuple(
            StoredLink(
                dossier_code=one.dossier_code,
                method=one.method,
                confidence=one.confidence,
                status=one.status,
                reason=one.reason,
            )
            for one in links
        ),
        report=row.report,
    )
