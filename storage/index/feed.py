"""Feeds the index from the outbox. Told twice is told once: a document replaces what was there of it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.errors import UnknownDocument
from storage.index import IndexedDocument, SearchIndex
from storage.index.entries import entries
from storage.outbox import INDEX, claim, mark_done
from storage.records import Database, DocumentRecord, get_document, iter_documents, page_texts
from storage.records.models import OutboxTable
from storage.records.values import UNSEEN

AT_ONCE = 50  # documents between two commits of the index; a commit costs some 20 ms


def feed(database: Database, index: SearchIndex) -> int:
    """Index what waits; how many documents.

    The items are marked as told after the index holds them: a kill in between tells them again.
    """
    fed = 0
    while True:
        with database.transaction() as session:
            items = claim(session, INDEX, limit=AT_ONCE)
        if not items:
            return fed
        with database.transaction() as session:
            documents = {item.document_id: _indexed(session, item.document_id) for item in items}
        index.add(
            [document for document in documents.values() if document is not None],
            gone=[document_id for document_id, document in documents.items() if document is None],
        )
        with database.transaction() as session:
            mark_done(session, items)
        fed += len(items)


def sizes(database: Database, index: SearchIndex) -> tuple[int, int]:
    """(pages that the records would index, pages that the index holds). Raises IndexOutdated, IndexDamaged."""
    wanted = sum(1 for document in indexed_documents(database) for _ in entries(document))
    return wanted, index.size()


def _indexed(session: Session, document_id: str) -> IndexedDocument | None:
    try:
        record = get_document(session, document_id)
    except UnknownDocument:
        return None
    return None if record.status in UNSEEN else _from(session, record)


def _from(session: Session, record: DocumentRecord) -> IndexedDocument:
    values = {field.name: field.value for field in record.fields}
    return IndexedDocument(
        id=record.id,
        title=record.title,
        type=record.type,
        number=values.get("number"),
        issuer=values.get("issuer"),
        dossier_code=record.dossier_code,
        procedure_code=record.procedure_code,
        issued_on=record.issued_on.isoformat() if record.issued_on else None,
        source=record.source,
        status=str(record.status),
        agency_code=record.agency_code,
        pages=tuple(page_texts(session, record.id)),
    )


def indexed_documents(database: Database, after: str = "") -> Iterator[IndexedDocument]:
    """Everything that may be found, from the records, in the order of ids from behind one."""
    with database.reading() as session:
        for record in iter_documents(session, after):
            if record.status not in UNSEEN:
                yield _from(session, record)


def rebuild(database: Database, index: SearchIndex) -> int:
    """Build the index anew from the records, beside what is there, and swap; how many documents.

    A build that was killed goes on where it was.
    """
    return index.rebuild_from(_Records(database))


class _Records:
    """The records as the source of a build."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self) -> int:
        """The last item of the outbox."""
        with self._database.reading() as session:
            return session.scalar(select(func.max(OutboxTable.id))) or 0

    def after(self, document_id: str) -> Iterator[IndexedDocument]:
        """Documents in the order of ids."""
        return indexed_documents(self._database, document_id)

    def told_since(self, mark: int) -> tuple[list[IndexedDocument], list[str]]:
        """What the outbox told the index of since, told already or not."""
        wanted = select(OutboxTable.document_id).where(OutboxTable.id > mark, OutboxTable.topic == INDEX).distinct()
        with self._database.transaction() as session:
            found = {document_id: _indexed(session, document_id) for document_id in session.scalars(wanted).all()}
        return [one for one in found.values() if one], [document_id for document_id, one in found.items() if not one]
