"""Mending on record: papers taken apart, put together, their pages turned, ordered or called blank.

Each is a new version with files of its own, and an event. A paper that was joined to another leaves an empty row, so
that its id still says where it went; its files go to the other's history and are disposed of with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from storage.corrections import copied_fields, new_version, note_version
from storage.errors import UnderHold, WrongMending
from storage.outbox import INDEX, tell
from storage.records.documents import JOINED
from storage.records.keeping_models import RetentionTable
from storage.records.models import DocumentPageTable, DocumentTable, FieldTable, LinkTable, PartTable, ScanTable
from storage.records.service_models import VersionTable
from storage.records.values import DocumentRecord, DocumentStatus, Part
from storage.retention import is_held

APART = "taken apart by a person"  # the reason for review of papers whose pages were moved
ARRANGED = "pages arranged"  # the reason of a version whose pages a person ordered or turned
RESCAN = "scan again: "  # before the reason that a person gave
EXPECTED = ("number", "date", "issuer", "subject", "signer")  # fields that a new paper is asked for
LONGEST_REASON = 200  # letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves:
    """A paper's pages as they will stand, and the files made of them."""

    order: tuple[int, ...]  #: all pages within the source, blank ones too
    blank: frozenset[int]
    parts: tuple[Part, ...]
    turned: Mapping[int, int]  #: degrees clockwise, of pages that were turned just now
    sizes: Mapping[int, tuple[float, float]]  #: width and height in points before the turn, of those pages


def id_of_paper(scan_sha256: str, first_page: int) -> str:
    """The id that a paper beginning with that page has, whoever cut it."""
    return hashlib.sha256(f"{scan_sha256}:{first_page}".encode()).hexdigest()[:16]


def arrange(session: Session, document_id: str, *, version: int, leaves: Leaves, agent: str) -> int:
    """Pages ordered, turned or called blank anew. Raises UnknownDocument, DocumentChanged."""
    row = new_version(session, document_id, version=version, agent=agent, reason=ARRANGED, changed=["pages"])
    fields = copied_fields(session, document_id, version)
    for field in fields.values():
        if field.page is not None and field.page in leaves.turned and field.box:
            width, height = leaves.sizes[field.page]
            field.box = _turned_box(field.box, width, height, leaves.turned[field.page])
    _stand(session, row, leaves)
    detail = {
        "what": "arranged",
        "order": list(leaves.order),
        "turned": {str(k): v for k, v in leaves.turned.items()},
    }
    note_version(session, row, type="mended", agent=agent, detail=detail)
    return row.version


def split(session: Session, document_id: str, *, version: int, kept: Leaves, gone: Leaves, agent: str) -> str:
    """The pages `gone` become a paper of their own; its id. Both wait for review.

    Raises UnknownDocument, DocumentChanged, WrongMending.
    """
    row = new_version(session, document_id, version=version, agent=agent, reason="split", changed=["pages"])
    scan = session.get_one(ScanTable, row.scan_id)
    new_id = id_of_paper(scan.sha256, min(gone.order))
    fields = copied_fields(session, document_id, version)
    moved = {name: field for name, field in fields.items() if field.page in gone.order}
    for field in moved.values():
        session.expunge(field)
    infos = list(row.report.get("page_info") or ())
    new = _new_paper(session, row, new_id, gone)
    _take_fields(session, new, moved, first_page=gone.order[0])
    session.execute(
        update(DocumentPageTable)
        .where(DocumentPageTable.document_id == row.id, DocumentPageTable.page.in_(gone.order))
        .values(document_id=new_id)
    )
    for paper, leaves in ((row, kept), (new, gone)):
        paper.report = paper.report | {"page_info": [one for one in infos if one.get("page") in leaves.order]}
        _stand(session, paper, leaves)
        _doubt(paper, APART)
    detail = {"what": "split", "pages": list(gone.order)}
    note_version(session, row, type="mended", agent=agent, detail=detail | {"into": new_id})
    note_version(session, new, type="mended", agent=agent, detail=detail | {"from": row.id})
    return new_id


def _new_paper(session: Session, row: DocumentTable, new_id: str, leaves: Leaves) -> DocumentTable:
    """A paper of the same scan and dossier; where one of that id was joined away before, it comes back."""
    new = session.get(DocumentTable, new_id)
    if new is None:
        new = DocumentTable(id=new_id, version=1)
        session.add(new)
    elif "joined_to" in new.report:
        new.version += 1
        session.add(
            VersionTable(
                document_id=new_id,
                version=new.version,
                at=datetime.now(UTC),
                agent="sohoa",
                reason="split",
                changed=["pages"],
            )
        )
    else:
        raise WrongMending(f"page {min(leaves.order)} begins another paper already")
    new.scan_id, new.batch_id, new.source, new.first_page = row.scan_id, row.batch_id, row.source, min(leaves.order)
    new.type, new.title, new.issued_on, new.confidence = None, row.title, None, 0.0
    new.dossier_code, new.procedure_code, new.agency_code = row.dossier_code, row.procedure_code, row.agency_code
    new.status, new.reasons, new.published_at = "review", [], datetime.now(UTC)
    new.pages, new.blank_pages = list(leaves.order), []
    new.report = {"id": new_id, "source": row.source, "split_from": row.id}
    session.flush()
    for link in session.scalars(select(LinkTable).where(LinkTable.document_id == row.id)).all():
        session.merge(
            LinkTable(
                document_id=new_id,
                dossier_code=link.dossier_code,
                method=link.method,
                confidence=link.confidence,
                status=link.status,
                reason=link.reason,
            )
        )
    return new


def _take_fields(session: Session, new: DocumentTable, moved: Mapping[str, FieldTable], *, first_page: int) -> None:
    """Fields that stood on the pages go along; what such a paper usually has besides is asked for."""
    for name in dict.fromkeys((*moved, *EXPECTED)):
        before = moved.get(name)
        session.add(
            FieldTable(
                document_id=new.id,
                version=new.version,
                name=name,
                value=before.value if before else None,
                confidence=before.confidence if before else 0.0,
                status=before.status if before else "review",
                page=before.page if before else first_page,
                box=before.box if before else None,
                evidence=before.evidence if before else "",
            )
        )
        if before is None:
            _doubt(new, f"{name}: not found")


def join(
    session: Session, first_id: str, second_id: str, *, versions: tuple[int, int], leaves: Leaves, agent: str
) -> int:
    """The second paper's pages go to the first, which is of the same scan and before it; the first's new version.

    Raises UnknownDocument, DocumentChanged, UnderHold, WrongMending.
    """
    row = new_version(session, first_id, version=versions[0], agent=agent, reason="joined", changed=["pages"])
    gone = new_version(session, second_id, version=versions[1], agent=agent, reason="joined", changed=["pages"])
    if row.scan_id != gone.scan_id or row.first_page > gone.first_page:
        raise WrongMending("only papers of one scan can be joined, the later to the earlier")
    if is_held(session, second_id) or is_held(session, first_id):
        raise UnderHold(f"{second_id}: a legal hold stands on one of the two papers")
    copied_fields(session, first_id, versions[0])
    session.execute(
        update(DocumentPageTable).where(DocumentPageTable.document_id == second_id).values(document_id=first_id)
    )
    for part in session.scalars(select(PartTable).where(PartTable.document_id == second_id)).all():
        session.execute(
            update(PartTable)
            .where(PartTable.document_id == second_id, PartTable.version == part.version, PartTable.name == part.name)
            .values(
                document_id=first_id,
                version=row.version,
                name=f"{JOINED}{second_id[:16]}.{part.version}.{part.name}"[:40],
            )
        )
    row.report = row.report | {
        "page_info": [*(row.report.get("page_info") or ()), *(gone.report.get("page_info") or ())]
    }
    _empty(session, gone, into=first_id)
    _stand(session, row, leaves)
    detail = {"what": "joined", "papers": [first_id, second_id]}
    note_version(session, row, type="mended", agent=agent, detail=detail)
    tell(session, INDEX, second_id)
    return row.version


def _empty(session: Session, gone: DocumentTable, *, into: str) -> None:
    """Nothing is left of a paper but where it went."""
    for table in (FieldTable, LinkTable, RetentionTable):
        session.execute(delete(table).where(table.document_id == gone.id))
    gone.status, gone.reasons, gone.title = DocumentStatus.DISPOSED, [], ""
    gone.issued_on = gone.dossier_code = gone.type = None
    gone.report = {"id": gone.id, "joined_to": into}


def scan_again(session: Session, document_id: str, *, version: int, why: str | None, agent: str) -> int:
    """Ask for a new scan, with the reason; None: it was done, or is not needed. Raises as `arrange` does."""
    reason = "scan again" if why else "scanned again"
    row = new_version(session, document_id, version=version, agent=agent, reason=reason, changed=[])
    fields = copied_fields(session, document_id, version)
    row.reasons = [reason for reason in row.reasons if not reason.startswith(RESCAN)]
    if why:
        _doubt(row, f"{RESCAN}{why[:LONGEST_REASON]}")
    elif row.status == "review" and not row.reasons and all(one.status != "review" for one in fields.values()):
        row.status = "published"
    row.report = row.report | {"status": row.status, "reasons": row.reasons}
    note_version(session, row, type="mended", agent=agent, detail={"what": reason})
    return row.version


def neighbours(session: Session, document: DocumentRecord) -> tuple[str | None, str | None]:
    """The papers before and after in the same scan, that can be joined with this one."""
    scan = select(DocumentTable.scan_id).where(DocumentTable.id == document.id).scalar_subquery()
    first = min(document.order)
    others = (
        select(DocumentTable.id, DocumentTable.first_page)
        .where(DocumentTable.scan_id == scan, DocumentTable.status.in_(("published", "review")))
        .order_by(DocumentTable.first_page)
    )
    before = after = None
    for identity, page in session.execute(others):
        if page < first:
            before = identity
        elif page > first and after is None:
            after = identity
    return before, after


def _stand(session: Session, row: DocumentTable, leaves: Leaves) -> None:
    """Pages, files and text of the version as they are now."""
    row.pages = [page for page in leaves.order if page not in leaves.blank]
    row.blank_pages = [page for page in leaves.order if page in leaves.blank]
    row.first_page = min(leaves.order)
    row.report = row.report | {
        "pages": row.pages,
        "blank_pages": row.blank_pages,
        "page_order": list(leaves.order),
        "status": row.status,
        "reasons": row.reasons,
        "objects": (row.report.get("objects") or {}) | {part.name: part.key for part in leaves.parts},
    }
    for part in leaves.parts:
        session.add(
            PartTable(
                document_id=row.id,
                version=row.version,
                name=part.name,
                key=part.key,
                sha256=part.sha256,
                size=part.size,
                content_type=part.content_type,
            )
        )


def _doubt(row: DocumentTable, reason: str) -> None:
    row.reasons = [*(one for one in row.reasons if one != reason), reason]
    row.status = "review"


def _turned_box(box: Collection[float], width: float, height: float, degrees: int) -> list[float]:
    """A box on a page of that size once the page is turned clockwise."""
    x0, y0, x1, y1 = box
    for _ in range(degrees // 90 % 4):
        x0, y0, x1, y1 = height - y1, x0, height - y0, x1
        width, height = height, width
    return [round(value, 1) for value in (x0, y0, x1, y1)]
