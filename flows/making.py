"""From papers to what is published: link each, make its files, describe it for the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flows.link import Linked, Told, link
from flows.owners import Said
from flows.report import document_entry
from flows.work import CopiedScan, StoredPages
from flows.worker import FinishedPaper, PagesJob, PaperJob, finish
from flows.workshop import Workshop, patiently
from ocr.opening import PAGES_LOST, Source
from ocr.papers import Paper
from ocr.papers.signed import with_signatures
from ocr.pdf import PaperMetadata
from ocr.signatures import Integrity, Signature
from storage.keys import original_key
from storage.mending import RESCAN, id_of_paper
from storage.parts import PREVIEWS, READING, part_of
from storage.records import (
    DocumentStatus,
    DossierRow,
    NewDocument,
    NewField,
    NewLink,
    Part,
    dossiers_of_owner,
    find_dossier,
)
from storage.records.values import NewEvent

OF_SIGNATURE = "an electronic signature of the original"  # how a reason that is about one begins
VERSION = 1  # of a document made from a scan for the first time


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadScan:
    """A scan whose pages were all read, and where they lie."""

    source: Source
    copied: CopiedScan
    job: PagesJob
    told: Told
    made_at: datetime
    repaired: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  #: notes by page
    signatures: tuple[Signature, ...] = ()  #: of the scan's own file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """A paper with its id and its dossier."""

    paper: Paper
    id: str
    linked: Linked


def make_documents(shop: Workshop, scan: ReadScan, papers: Sequence[Paper]) -> list[NewDocument]:
    """Link the papers, make their files side by side, and describe what is to be published.

    A paper with a state-secret mark gets no files, and nothing that it says is written anywhere.
    Raises PdfInvalid, TextLayerDiffers, WorkerDied after all that had begun has ended.
    """
    bound = [
        _Bound(
            paper=paper,
            id=document_id(scan.copied.sha256, paper),
            linked=link(
                paper,
                scan.source.name,
                scan.told,
                lambda code: known_dossier(shop, code),
                lambda said: owned_dossiers(shop, said),
            ),
        )
        for paper in with_signatures(papers, scan.signatures)
    ]
    promises = {
        one.id: shop.pool.submit(finish, _paper_job(shop, scan, number, one))
        for number, one in enumerate(bound, 1)
        if not one.paper.secret
    }
    try:
        finished = {identity: promise.result() for identity, promise in promises.items()}
    finally:
        for promise in promises.values():
            promise.settle()  # nobody writes into the working folder behind a scan that has failed
    return [_document(shop, scan, one, finished.get(one.id)) for one in bound]


def document_id(scan_sha256: str, paper: Paper) -> str:
    """The same paper of the same bytes has the same id in every run."""
    first = min((*paper.pages, *paper.blank_pages))
    return id_of_paper(scan_sha256, first)


def known_dossier(shop: Workshop, code: str) -> bool:
    """Whether the procedures system has a dossier of that code."""

    def ask() -> bool:
        with shop.database.transaction() as session:
            return find_dossier(session, code) is not None

    return patiently(shop, ask)


def owned_dossiers(shop: Workshop, said: Said) -> list[DossierRow]:
    """The procedures system's dossiers of the owner that a paper names."""

    def ask() -> list[DossierRow]:
        with shop.database.reading() as session:
            return dossiers_of_owner(session, numbers=said.numbers, name=said.name, near=said.day)

    return patiently(shop, ask)


def _paper_job(shop: Workshop, scan: ReadScan, number: int, one: _Bound) -> PaperJob:
    pages = tuple(sorted((*one.paper.pages, *one.paper.blank_pages)))
    failed = tuple(page for page in scan.job.failed if page.number in pages)
    return PaperJob(
        pages=replace(scan.job, pages=pages, failed=failed),
        metadata=_metadata(shop, scan, one),
        to=scan.job.folder / f"paper-{number}",
    )


def _value(paper: Paper, name: str) -> str | None:
    field = paper.fields.get(name)
    return field.value if field else None


def title_of(paper: Paper, source_name: str) -> str:
    """What a paper is called: its kind, number and subject; its file's name where nothing was read."""
    if paper.secret:
        return paper.kind.name or "–"
    parts = [paper.kind.name, _value(paper, "number"), _value(paper, "subject")]
    return " ".join(part for part in parts if part) or Path(source_name).stem


def _metadata(shop: Workshop, scan: ReadScan, one: _Bound) -> PaperMetadata:
    paper = one.paper
    return PaperMetadata(
        title=title_of(paper, scan.source.name),
        type=paper.kind.name,
        number=_value(paper, "number"),
        date=_value(paper, "date"),
        issuer=_value(paper, "issuer"),
        subject=_value(paper, "subject"),
        dossier_code=one.linked.dossier_code if one.linked.accepted else None,
        source_name=scan.source.name,
        source_sha256=scan.copied.sha256,
        document_id=one.id,
        tools=shop.tools,
        created=scan.made_at,
        source_signatures=len(scan.signatures),
    )


def _document(shop: Workshop, scan: ReadScan, one: _Bound, finished: FinishedPaper | None) -> NewDocument:
    paper, linked = one.paper, one.linked
    parts = _parts(one.id, finished) if finished else []
    failed = {page.number: page for page in scan.job.failed}
    reasons = [*reasons_of(paper, linked), *_scan_reasons(paper, scan)]
    status = DocumentStatus.HELD if paper.secret else DocumentStatus.REVIEW if reasons else DocumentStatus.PUBLISHED
    report = document_entry(
        one.id,
        source=scan.source.name,
        paper=paper,
        pages=StoredPages(scan.job.folder, sorted((*paper.pages, *paper.blank_pages)), failed),
        linked=linked,
        objects={"original": original_key(scan.copied.sha256)} | {part.name: part.key for part in parts},
        status=str(status),
        reasons=reasons,
        notes=finished.rebuilt.notes if finished and finished.rebuilt else (),
        signatures=scan.signatures,
    )
    return NewDocument(
        id=one.id,
        version=VERSION,
        batch_id=shop.batch.id,
        source=scan.source.name,
        pages=paper.pages,
        blank_pages=paper.blank_pages,
        type=paper.kind.code,
        title=title_of(paper, scan.source.name),
        issued_on=None if paper.secret else iso_date(_value(paper, "date")),
        dossier_code=linked.dossier_code,
        procedure_code=scan.told.procedure_code or _value(paper, "procedure_code"),
        agency_code=scan.told.agency_code,
        link=new_link(linked),
        fields=tuple(new_field(name, entry) for name, entry in report["fields"].items()),
        page_texts=finished.page_texts if finished else (),
        confidence=paper.kind.confidence,
        status=str(status),
        reasons=tuple(reasons),
        parts=tuple(parts),
        report=report,
        events=tuple(_events(finished)),
    )


def _events(finished: FinishedPaper | None) -> Iterator[NewEvent]:
    if finished and finished.rebuilt:
        rebuilt = finished.rebuilt
        yield NewEvent(
            type="rebuilt", detail={"error": rebuilt.error, "images": rebuilt.images, "pages": list(rebuilt.pages)}
        )


def scan_events(scan: ReadScan) -> list[NewEvent]:
    """What happened to the scan before its papers were made."""
    events = []
    if scan.repaired:
        notes = {str(page): list(notes) for page, notes in sorted(scan.repaired.items())}
        events.append(NewEvent(type="repaired", detail={"pages": notes}))
    if scan.signatures:
        found = Counter(str(one.integrity) for one in scan.signatures)
        events.append(NewEvent(type="signatures read", detail={"found": dict(sorted(found.items()))}))
    return events


def _scan_reasons(paper: Paper, scan: ReadScan) -> Iterator[str]:
    """Why a person must look at the file that a paper came in."""
    lost = any(note.endswith(PAGES_LOST) for notes in scan.repaired.values() for note in notes)
    if lost and max(scan.job.pages) in (*paper.pages, *paper.blank_pages):
        yield f"{RESCAN}the file was damaged, {PAGES_LOST} at its end"
    if any(one.integrity is Integrity.BROKEN for one in scan.signatures):
        yield f"{OF_SIGNATURE} is broken: it was changed after it was signed"
    if any(one.integrity is Integrity.NOT_CHECKED for one in scan.signatures):
        yield f"{OF_SIGNATURE} could not be checked"


def reasons_of(paper: Paper, linked: Linked) -> list[str]:
    """Why a person must look, in the order in which one would ask."""
    reasons = [*paper.reasons, *([linked.reason] if linked.reason else [])]
    if not paper.secret:
        held = (field for field in paper.fields.values() if field.status == "review")
        reasons += [f"{field.name}: {', '.join(field.doubts) or field.rule}" for field in held]
    return reasons


def new_link(linked: Linked) -> NewLink | None:
    """A binding for the records; None where no dossier is named."""
    if not linked.dossier_code:
        return None
    return NewLink(
        dossier_code=linked.dossier_code,
        method=str(linked.method),
        confidence=linked.confidence,
        status="accepted" if linked.accepted else "review",
        reason=linked.reason,
    )


def new_field(name: str, entry: dict[str, Any]) -> NewField:
    """A field for the records, from its entry in the report."""
    return NewField(
        name=name,
        value=entry["value"],
        confidence=entry["confidence"],
        status=entry["status"],
        page=entry["page"],
        box=entry["box"],
        evidence=entry["evidence"],
    )


def iso_date(value: str | None) -> date | None:
    """A day written as 2026-11-24; None for anything else."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def _parts(identity: str, finished: FinishedPaper) -> list[Part]:
    files = {"pdf": finished.pdf, "alto": finished.alto, "text": finished.text}
    files |= {READING: finished.reading, PREVIEWS: finished.previews}
    return [part_of(identity, VERSION, name, file) for name, file in files.items()]
