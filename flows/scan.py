"""One source from file to published papers: the body of a document's task, safe to repeat after a kill anywhere.

    copy and hash → original stored → pages read (each kept) → papers cut → linked → PDF made and checked → published

The order is the design's: nothing can be seen before everything of a scan is stored and checked.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from flows.errors import DiskNearlyFull, SourceChanged
from flows.link import Linked, Told, link
from flows.pool import Pool, WorkerDied
from flows.report import document_entry
from flows.work import CopiedScan, StoredPages, copy_scan, page_file
from flows.worker import FinishedPaper, PageJob, PagesJob, PaperJob, cut, finish, read_one
from ocr.errors import PageError, PdfError, ScanError
from ocr.opening import Limits, Source, count_pages
from ocr.page import Engine, FailedPage
from ocr.papers import Paper
from ocr.pdf import PaperMetadata
from storage.errors import RecordsUnreachable, StoreFull, StoreUnreachable
from storage.keys import derived_key, original_key
from storage.objects import ObjectStore
from storage.publication import publish_scan
from storage.records import (
    Batch,
    Database,
    Scan,
    ScanState,
    add_link,
    documents_of_scan,
    fail_scan,
    find_dossier,
    note_refused,
    register_scan,
    save_page,
)

Result = TypeVar("Result")

AWAY = (StoreUnreachable, RecordsUnreachable)  # they may come back
VERSION = 1  # of a document made from a scan for the first time


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every source of a batch is worked on with."""

    database: Database
    store: ObjectStore
    pool: Pool
    engine: Engine
    limits: Limits
    work: Path
    settings_key: str  #: short hash of everything that makes two readings of one page differ
    tools: tuple[str, ...]
    batch: Batch
    patience_s: float
    one_paper: bool
    made_at: datetime  #: stands in every file made; fixed by SOURCE_DATE_EPOCH where that is set


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that a person should know: of a whole source, or of one page."""

    source: str
    page: int | None
    error: str

    def entry(self) -> dict[str, Any]:
        """As the report has it."""
        return {"source": self.source, "page": self.page, "error": self.error}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a source."""

    source: str
    documents: tuple[dict[str, Any], ...] = ()  #: report entries
    problems: tuple[Problem, ...] = ()
    known: bool = False  #: these bytes had been published before
    put_off: bool = False  #: the store or the database was away; nothing is lost, the next run goes on


def digitise_source(shop: Workshop, source: Source, told: Told) -> Outcome:
    """Do everything for one source and say what became of it.

    Raises only what no other source could survive either: DiskNearlyFull, SetupError.
    """
    try:
        return _digitise(shop, source, told)
    except (ScanError, SourceChanged, PdfError, WorkerDied) as error:
        problem = Problem(source=source.name, page=None, error=_message(source.name, error))
        _note(shop, problem)
        return Outcome(source=source.name, problems=(problem,))
    except AWAY as error:
        problem = Problem(source=source.name, page=None, error=f"{source.name}: put off: {error}")
        return Outcome(source=source.name, problems=(problem,), put_off=True)
    except StoreFull as error:
        raise DiskNearlyFull(
            f"{source.name}: {error}; make room, then run the same command: it goes on here"
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskNearlyFull(
                f"{source.name}: the disk of {shop.work} is full; make room, then run the same command"
            ) from error
        problem = Problem(source=source.name, page=None, error=f"{source.name}: {error.strerror or error}; see to it")
        _note(shop, problem)
        return Outcome(source=source.name, problems=(problem,))


def _message(name: str, error: Exception) -> str:
    text = str(error)
    return text if name in text else f"{name}: {text}"


def _note(shop: Workshop, problem: Problem) -> None:
    """Keep a refusal in the records, where they can be reached; the report has it in any case."""
    try:
        with shop.database.transaction() as session:
            note_refused(session, shop.batch.id, source=problem.source, error=problem.error)
    except RecordsUnreachable:
        return


def _digitise(shop: Workshop, source: Source, told: Told) -> Outcome:
    pages = count_pages(source, limits=shop.limits)
    copied = copy_scan(source, shop.work)
    with _turn(shop.work / f"{copied.sha256}.lock"):
        _store_original(shop, copied)
        scan = _register(shop, source, copied, pages)
        if scan.state is ScanState.PUBLISHED:
            outcome = _known(shop, source, scan, told)
        else:
            ours = replace(source, files=tuple(file for file, _ in copied.files))
            outcome = _work_through(shop, ours, copied, scan, told)
        shutil.rmtree(copied.folder, ignore_errors=True)
    return outcome


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """One at a time over all threads and processes: the same bytes may come twice in one batch."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _patiently(shop: Workshop, act: Callable[[], Result]) -> Result:
    """Repeat what the store or the database would not do, for as long as the settings allow."""
    until = time.monotonic() + shop.patience_s
    pause = 0.5
    while True:
        try:
            return act()
        except AWAY:
            if time.monotonic() + pause > until:
                raise
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def _store_original(shop: Workshop, copied: CopiedScan) -> None:
    for file, sha256 in copied.files:
        key = original_key(sha256)
        _patiently(
            shop,
            lambda k=key, f=file, h=sha256: shop.store.put(k, f, sha256=h, content_type="application/octet-stream"),
        )
    if copied.manifest is not None:
        manifest, key = copied.manifest, original_key(copied.sha256)
        _patiently(shop, lambda: shop.store.put(key, manifest, sha256=copied.sha256, content_type="application/json"))


def _register(shop: Workshop, source: Source, copied: CopiedScan, pages: int) -> Scan:
    def register() -> Scan:
        with shop.database.transaction() as session:
            return register_scan(
                session,
                shop.batch.id,
                source=source.name,
                sha256=copied.sha256,
                kind=str(source.kind),
                size=copied.size,
                page_count=pages,
                object_key=original_key(copied.sha256),
            )

    return _patiently(shop, register)


def _known(shop: Workshop, source: Source, scan: Scan, told: Told) -> Outcome:
    """The same bytes again: recognised, and linked to the dossier that they came with this time."""

    def look() -> tuple[dict[str, Any], ...]:
        with shop.database.transaction() as session:
            documents = documents_of_scan(session, scan.id)
            if told.dossier_code:
                exists = find_dossier(session, told.dossier_code) is not None
                for document in documents:
                    if told.dossier_code not in {one.dossier_code for one in document.links}:
                        add_link(
                            session,
                            document.id,
                            told.dossier_code,
                            method="told",
                            confidence=1.0 if exists else 0.5,
                            status="accepted" if exists else "review",
                            reason="" if exists else f"the procedures system has no dossier {told.dossier_code}",
                        )
            return tuple(dict(document.report) for document in documents)

    return Outcome(source=source.name, documents=_patiently(shop, look), known=scan.known)


def _work_through(shop: Workshop, source: Source, copied: CopiedScan, scan: Scan, told: Told) -> Outcome:
    folder = copied.folder / shop.settings_key
    folder.mkdir(parents=True, exist_ok=True)
    failed = _read_pages(shop, source, scan, folder)
    if len(failed) == scan.page_count:
        first = failed[0]
        error = (
            f"{first.error} (none of its {scan.page_count} pages could be read)" if len(failed) > 1 else first.error
        )
        _patiently(shop, lambda: _fail(shop, scan, error))
        return Outcome(source=source.name, problems=_page_problems(source, failed))
    numbers = tuple(range(1, scan.page_count + 1))
    job = PagesJob(folder=folder, pages=numbers, failed=tuple(failed), one_paper=shop.one_paper)
    papers = shop.pool.run(cut, job)
    documents = _make(shop, source, copied, job, papers, told)
    _patiently(shop, lambda: publish_scan(shop.database, shop.store, scan.id, documents))
    return Outcome(
        source=source.name,
        documents=tuple(dict(document.report) for document in documents),
        problems=_page_problems(source, failed),
    )


def _fail(shop: Workshop, scan: Scan, error: str) -> None:
    with shop.database.transaction() as session:
        fail_scan(session, scan.id, error=error)


def _page_problems(source: Source, failed: Sequence[FailedPage]) -> tuple[Problem, ...]:
    return tuple(Problem(source=source.name, page=page.number, error=page.error) for page in failed)


def _read_pages(shop: Workshop, source: Source, scan: Scan, folder: Path) -> list[FailedPage]:
    """Read every page that is not there yet; the ones that could not be read, in order."""
    jobs = [PageJob(source=source, number=number, folder=folder) for number in range(1, scan.page_count + 1)]
    promises = [(job.number, shop.pool.submit(read_one, job)) for job in jobs]
    failed: list[FailedPage] = []
    try:
        for number, promise in promises:
            try:
                bad = promise.result()
            except PageError as error:
                bad = FailedPage(number=number, error=str(error), kind=type(error).__name__)
            except WorkerDied as error:
                text = f"{source.name}, page {number}: {error}; scan this page again, or give the machine more memory"
                bad = FailedPage(number=number, error=text, kind="WorkerDied")
            if bad is not None:
                failed.append(bad)
            _patiently(shop, lambda n=number, b=bad: _keep_state(shop, scan, folder, n, b))
    except BaseException:
        for _, promise in promises:
            promise.cancel()
        raise
    return failed


def _keep_state(shop: Workshop, scan: Scan, folder: Path, number: int, bad: FailedPage | None) -> None:
    file = page_file(folder, number)
    with shop.database.transaction() as session:
        save_page(
            session,
            scan.id,
            number,
            state="failed" if bad else "read",
            error=bad.error if bad else None,
            result_sha256=None if bad else hashlib.sha256(file.read_bytes()).hexdigest(),
        )


def _make(
    shop: Workshop, source: Source, copied: CopiedScan, job: PagesJob, papers: Sequence[Paper], told: Told
) -> list[NewDocument]:
    """Link the papers, make their files side by side, and describe what is to be published."""
    linked = [_linked(shop, paper, source, told) for paper in papers]
    ids = [document_id(copied.sha256, paper) for paper in papers]
    promises = []
    for number, (paper, binding, identity) in enumerate(zip(papers, linked, ids, strict=True), 1):
        if paper.secret:
            promises.append(None)
            continue
        pages = tuple(sorted((*paper.pages, *paper.blank_pages)))
        its_own = replace(job, pages=pages, failed=tuple(page for page in job.failed if page.number in pages))
        metadata = _metadata(shop, source, copied, paper, binding, identity)
        paper_job = PaperJob(pages=its_own, metadata=metadata, to=job.folder / f"paper-{number}")
        promises.append(shop.pool.submit(finish, paper_job))
    documents = []
    for paper, binding, identity, promise in zip(papers, linked, ids, promises, strict=True):
        finished = promise.result() if promise else None
        documents.append(_document(shop, source, copied, job, paper, binding, identity, told, finished))
    return documents


def document_id(scan_sha256: str, paper: Paper) -> str:
    """The same paper of the same bytes has the same id in every run."""
    first = min((*paper.pages, *paper.blank_pages))
    return hashlib.sha256(f"{scan_sha256}:{first}".encode()).hexdigest()[:16]


def _linked(shop: Workshop, paper: Paper, source: Source, told: Told) -> Linked:
    def known(code: str) -> bool:
        def ask() -> bool:
            with shop.database.transaction() as session:
                return find_dossier(session, code) is not None

        return _patiently(shop, ask)

    return link(paper, source.name, told, known)


def _value(paper: Paper, name: str) -> str | None:
    field = paper.fields.get(name)
    return field.value if field else None


def _title(paper: Paper, source: Source) -> str:
    parts = [paper.kind.name, _value(paper, "number"), _value(paper, "subject")]
    return " ".join(part for part in parts if part) or Path(source.name).stem


def _metadata(
    shop: Workshop, source: Source, copied: CopiedScan, paper: Paper, linked: Linked, identity: str
) -> PaperMetadata:
    return PaperMetadata(
        title=_title(paper, source),
        type=paper.kind.name,
        number=_value(paper, "number"),
        date=_value(paper, "date"),
        issuer=_value(paper, "issuer"),
        subject=_value(paper, "subject"),
        dossier_code=linked.dossier_code if linked.accepted else None,
        source_name=source.name,
        source_sha256=copied.sha256,
        document_id=identity,
        tools=shop.tools,
        created=shop.made_at,
    )


def _document(
    shop: Workshop,
    source: Source,
    copied: CopiedScan,
    job: PagesJob,
    paper: Paper,
    linked: Linked,
    identity: str,
    told: Told,
    finished: FinishedPaper | None,
) -> NewDocument:
    parts = _parts(identity, finished) if finished else []
    pages = StoredPages(job.folder, (*paper.pages, *paper.blank_pages), {page.number: page for page in job.failed})
    reasons = [*paper.reasons, *([linked.reason] if linked.reason else [])]
    reasons += [f"{field.name} needs a look" for field in paper.fields.values() if field.status == "review"]
    status = "held" if paper.secret else "review" if reasons else "published"
    report = document_entry(
        identity,
        source=source.name,
        paper=paper,
        pages=pages,
        linked=linked,
        objects={"original": original_key(copied.sha256)} | {part.name: part.key for part in parts},
        status=status,
        reasons=reasons,
    )
    procedure = told.procedure_code or _value(paper, "procedure_code")
    return NewDocument(
        id=identity,
        version=VERSION,
        batch_id=shop.batch.id,
        source=source.name,
        pages=paper.pages,
        blank_pages=paper.blank_pages,
        type=paper.kind.code,
        title=_title(paper, source),
        issued_on=_iso_date(_value(paper, "date")),
        dossier_code=linked.dossier_code,
        procedure_code=procedure,
        link=NewLink(
            dossier_code=linked.dossier_code,
            method=str(linked.method),
            confidence=linked.confidence,
            status="accepted" if linked.accepted else "review",
            reason=linked.reason,
        )
        if linked.dossier_code
        else None,
        fields=tuple(_new_field(name, entry) for name, entry in report["fields"].items()),
        page_texts=finished.page_texts if finished else (),
        confidence=paper.kind.confidence,
        status=status,
        reasons=tuple(reasons),
        parts=tuple(parts),
        report=report,
    )


def _new_field(name: str, entry: dict[str, Any]) -> NewField:
    return NewField(
        name=name,
        value=entry["value"],
        confidence=entry["confidence"],
        status=entry["status"],
        page=entry["page"],
        box_json=json.dumps(entry["box"]),
        evidence=entry["evidence"],
    )


def _iso_date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


_CONTENT_TYPES = {"pdf": "application/pdf", "alto": "application/xml", "text": "text/plain; charset=utf-8"}


def _parts(identity: str, finished: FinishedPaper) -> list[Part]:
    files = {"pdf": finished.pdf, "alto": finished.alto, "text": finished.text}
    parts = []
    for name, file in files.items():
        with file.open("rb") as reader:
            sha256 = hashlib.file_digest(reader, "sha256").hexdigest()
        parts.append(
            Part(
                name=name,
                key=derived_key(identity, VERSION, file.name),
                path=file,
                sha256=sha256,
                size=file.stat().st_size,
                content_type=_CONTENT_TYPES[name],
            )
        )
    return parts


def utc_now() -> datetime:
    """Now, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
