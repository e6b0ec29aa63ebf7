"""Publishes a scan's documents, whole or not at all (decision 3 of the design).

    1. every object is put and read back
    2. one transaction: the scan moves to `published`, documents, texts, fields, links, events, outbox
    3. index and webhooks are told from the outbox, by others

A kill before 2 leaves objects that nobody can see; the same publication again finds them there and goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from storage.agencies import agency_code, agency_of_dossier
from storage.correlation import correlation
from storage.events import record_event
from storage.objects import ObjectStore
from storage.outbox import DOCUMENT_READY, INDEX, tell
from storage.records.database import Database
from storage.records.models import DocumentPageTable, DocumentTable, FieldTable, LinkTable, PartTable, ScanTable
from storage.records.register import find_dossier
from storage.records.values import DocumentStatus, NewDocument, NewEvent, ScanState


def publish_scan(
    database: Database,
    store: ObjectStore,
    scan_id: int,
    documents: Sequence[NewDocument],
    *,
    events: Sequence[NewEvent] = (),
) -> bool:
    """Make a scan's documents visible; False where another worker was first.

    events: what happened to the scan itself.
    Safe to repeat after a kill at any line. Raises ObjectDiffers, StoreUnreachable, StoreFull, RecordsUnreachable.
    """
    for document in documents:
        for part in document.parts:
            store.put(part.key, part.path, sha256=part.sha256, content_type=part.content_type, tags=_tags(document))
    with database.transaction() as session:
        moved = session.execute(
            update(ScanTable)
            .where(ScanTable.id == scan_id, ScanTable.state != ScanState.PUBLISHED)
            .values(state=ScanState.PUBLISHED, published_in=documents[0].batch_id if documents else None, error=None)
        )
        if not cast("CursorResult[Any]", moved).rowcount:
            return False
        if events:
            _record(session, "scan", session.get_one(ScanTable, scan_id).sha256, events)
        for document in documents:
            _add(session, scan_id, document, _agency(session, document))
    return True


def _tags(document: NewDocument) -> dict[str, str]:
    """For people who look into the bucket: codes, which are ASCII, and the request that brought the scan."""
    tags = {"dossier": document.dossier_code, "procedure": document.procedure_code, "request": correlation()}
    return {name: value for name, value in tags.items() if value and value.isascii() and len(value) <= 128}


def _agency(session: Session, document: NewDocument) -> str | None:
    """Whose paper it is: told, or its accepted dossier's. A doubtful dossier shows a paper to nobody new."""
    if document.agency_code:
        return agency_code(document.agency_code)
    if document.link is None or document.link.status != "accepted":
        return None
    dossier = find_dossier(session, document.link.dossier_code)
    return (dossier.agency_code if dossier else None) or agency_of_dossier(document.link.dossier_code)


def _add(session: Session, scan_id: int, document: NewDocument, agency: str | None) -> None:
    session.add(_row(scan_id, document, agency))
    session.flush()
    for part in document.parts:
        session.add(
            PartTable(
                document_id=document.id,
                version=document.version,
                name=part.name,
                key=part.key,
                sha256=part.sha256,
                size=part.size,
                content_type=part.content_type,
            )
        )
    for page, text in document.page_texts:
        session.add(DocumentPageTable(document_id=document.id, page=page, text=text.replace("\x00", "")))
    for field in document.fields:
        session.add(
            FieldTable(
                document_id=document.id,
                version=document.version,
                name=field.name,
                value=field.value,
                confidence=field.confidence,
                status=field.status,
                page=field.page,
                box=list(field.box) if field.box else None,
                evidence=field.evidence,
            )
        )
    if document.link is not None:
        link = document.link
        session.add(
            LinkTable(
                document_id=document.id,
                dossier_code=link.dossier_code,
                method=link.method,
                confidence=link.confidence,
                status=link.status,
                reason=link.reason,
            )
        )
    _record(session, "document", document.id, document.events)
    held = document.status == DocumentStatus.HELD
    record_event(
        session,
        type="held" if held else "published",
        object_kind="document",
        object_id=document.id,
        agent="sohoa",
        detail={"version": document.version, "parts": {part.name: part.sha256 for part in document.parts}},
    )
    if not held:
        tell(session, INDEX, document.id)
        tell(session, DOCUMENT_READY, document.id)


def _record(session: Session, kind: str, identity: str, events: Sequence[NewEvent]) -> None:
    for event in events:
        record_event(
            session, type=event.type, object_kind=kind, object_id=identity, agent="sohoa", detail=event.detail
        )


def _row(scan_id: int, document: NewDocument, agency: str | None) -> DocumentTable:
    return DocumentTable(
        id=document.id,
        version=document.version,
        scan_id=scan_id,
        batch_id=document.batch_id,
        source=document.source,
        first_page=min((*document.pages, *document.blank_pages)),
        pages=list(document.pages),
        blank_pages=list(document.blank_pages),
        type=document.type,
        title=document.title,
        issued_on=document.issued_on,
        dossier_code=document.dossier_code,
        procedure_code=document.procedure_code,
        agency_code=agency,
        confidence=document.confidence,
        status=document.status,
        reasons=list(document.reasons),
        report=dict(document.report),
        published_at=datetime.now(UTC),
    )
