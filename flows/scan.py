"""One source from file to published papers: the body of a document's task, safe to repeat after a kill anywhere.

    copy and hash → original stored → pages read (each kept) → papers cut → linked → PDF made and checked → published

The order is the design's: nothing can be seen before everything of a scan is stored and checked.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from flows.errors import DiskNearlyFull, FlowError, SourceChanged
from flows.link import Told, code_in_path
from flows.making import ReadScan, known_dossier, make_documents, scan_events
from flows.outcome import Outcome, Problem
from flows.pool import WorkerDied
from flows.work import CopiedScan, copy_scan, page_file
from flows.worker import PageJob, PagesJob, cut, read_one, read_signatures
from flows.workshop import AWAY, Workshop, patiently
from ocr.errors import PageError, PdfError, ScanError, SetupError
from ocr.opening import REPAIRED, Kind, Source, count_pages
from ocr.page import FailedPage, load_page
from storage.correlation import correlation
from storage.errors import AlreadyDisposed, RecordsUnreachable, StoreFull
from storage.keys import original_key
from storage.publication import publish_scan
from storage.records import (
    Scan,
    ScanState,
    add_link,
    documents_of_scan,
    fail_scan,
    note_refused,
    register_scan,
    save_page,
)

log = logging.getLogger("sohoa.digitise")


def digitise_source(shop: Workshop, source: Source, told: Told) -> Outcome:
    """Do everything for one source and say what became of it.

    Raises only what no other source could survive either: DiskNearlyFull, SetupError.
    """
    try:
        return _digitise(shop, source, told)
    except (ScanError, SourceChanged, PdfError, WorkerDied, AlreadyDisposed) as error:
        return _refused(shop, source, _message(source.name, error), type(error).__name__)
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
        return _refused(shop, source, f"{source.name}: {error.strerror or error}; see to it", "OSError")
    except (SetupError, FlowError):
        raise
    except Exception as error:
        log.exception("document failed", extra={"fields": {"batch": shop.batch.id}})
        what = f"the program failed on it ({type(error).__name__}: {error}); nothing of it was published"
        return _refused(shop, source, f"{source.name}: {what}; keep the scan and tell its makers", "ProgramFailed")


def _refused(shop: Workshop, source: Source, error: str, reason: str) -> Outcome:
    problem = Problem(source=source.name, page=None, error=error)
    _note(shop, problem, reason)
    return Outcome(source=source.name, problems=(problem,))


def _message(name: str, error: Exception) -> str:
    text = str(error)
    return text if name in text else f"{name}: {text}"


def _note(shop: Workshop, problem: Problem, reason: str) -> None:
    """Keep a refusal in the records, where they can be reached; the report has it in any case."""
    try:
        with shop.database.transaction() as session:
            note_refused(session, shop.batch.id, source=problem.source, error=problem.error, reason=reason)
    except RecordsUnreachable:
        return


def _digitise(shop: Workshop, source: Source, told: Told) -> Outcome:
    copied = copy_scan(source, shop.work)
    with _turn(shop.work / f"{copied.sha256}.lock"):
        if not all(file.exists() for file, _ in copied.files):  # the same bytes, finished and cleared a moment ago
            copied = _copied_again(shop, source, copied.sha256)
        _store_original(shop, copied)
        ours = replace(source, files=tuple(file for file, _ in copied.files))
        scan = _register(shop, ours, copied)
        if scan.state is ScanState.PUBLISHED:
            outcome = _known(shop, source, scan, told)
        else:
            outcome = _work_through(shop, ours, copied, scan, told)
        shutil.rmtree(copied.folder, ignore_errors=True)
    return outcome


def _copied_again(shop: Workshop, source: Source, sha256: str) -> CopiedScan:
    """A second copy, under the turn of its hash. Raises SourceChanged where it is not what it was."""
    copied = copy_scan(source, shop.work)
    if copied.sha256 != sha256:
        shutil.rmtree(copied.folder, ignore_errors=True)
        raise SourceChanged(f"{source.name}: was written to while it was read; wait for the copy to end, then again")
    return copied


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """One at a time over all threads and processes: the same bytes may come twice in one batch."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _store_original(shop: Workshop, copied: CopiedScan) -> None:
    tags = {"request": correlation()} if correlation() else None
    for file, sha256 in copied.files:
        put = partial(shop.store.put, original_key(sha256), file, sha256=sha256, tags=tags)
        patiently(shop, partial(put, content_type="application/octet-stream"))
    if copied.manifest is not None:
        put = partial(shop.store.put, original_key(copied.sha256), copied.manifest, sha256=copied.sha256)
        patiently(shop, partial(put, tags=tags, content_type="application/json"))


def _register(shop: Workshop, source: Source, copied: CopiedScan) -> Scan:
    """Note a scan whose original is safe. One that does not open is noted as failed; then its ScanError is raised."""
    refused: ScanError | None = None
    try:
        pages = count_pages(source, limits=shop.limits)
    except ScanError as error:
        refused, pages = error, 0

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
                error=str(refused) if refused else None,
                reason=type(refused).__name__ if refused else None,
            )

    scan = patiently(shop, register)
    if refused is not None and scan.state is not ScanState.PUBLISHED:
        shutil.rmtree(copied.folder, ignore_errors=True)
        raise refused
    return scan


def _known(shop: Workshop, source: Source, scan: Scan, told: Told) -> Outcome:
    """The same bytes again: recognised, and linked to the dossier that they came with this time."""
    code = told.dossier_code or code_in_path(source.name)
    exists = code is not None and known_dossier(shop, code)

    def look() -> tuple[dict[str, Any], ...]:
        with shop.database.transaction() as session:
            documents = documents_of_scan(session, scan.id)
            for document in documents:
                if code is not None and code not in {one.dossier_code for one in document.links}:
                    add_link(
                        session,
                        document.id,
                        code,
                        method="told" if told.dossier_code else "path",
                        confidence=1.0 if exists else 0.5,
                        status="accepted" if exists else "review",
                        reason="" if exists else f"the procedures system has no dossier {code}",
                    )
            return tuple(dict(document.report) for document in documents)

    return Outcome(source=source.name, documents=patiently(shop, look), known=scan.known)


def _work_through(shop: Workshop, source: Source, copied: CopiedScan, scan: Scan, told: Told) -> Outcome:
    folder = copied.folder / shop.settings_key
    folder.mkdir(parents=True, exist_ok=True)
    failed, repaired = _read_pages(shop, source, scan, folder)
    if len(failed) == scan.page_count:
        first = failed[0]
        error = (
            f"{first.error} (none of its {scan.page_count} pages could be read)" if len(failed) > 1 else first.error
        )
        patiently(shop, partial(_fail, shop, scan, error))
        return Outcome(source=source.name, problems=_page_problems(source, failed))
    numbers = tuple(range(1, scan.page_count + 1))
    job = PagesJob(folder=folder, pages=numbers, failed=tuple(failed), one_paper=shop.one_paper)
    papers = shop.pool.run(cut, job)
    read = ReadScan(
        source=source,
        copied=copied,
        job=job,
        told=told,
        made_at=shop.made_at or scan.registered_at,
        repaired=repaired,
        signatures=shop.pool.run(read_signatures, source) if source.kind is Kind.PDF else (),
    )
    documents = make_documents(shop, read, papers)
    publish = partial(publish_scan, shop.database, shop.store, scan.id, documents)
    patiently(shop, partial(publish, events=scan_events(read)))
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


def _read_pages(
    shop: Workshop, source: Source, scan: Scan, folder: Path
) -> tuple[list[FailedPage], dict[int, tuple[str, ...]]]:
    """Read every page that is not there yet; the ones that could not be read, in order, and notes of repairs."""
    jobs = [PageJob(source=source, number=number, folder=folder) for number in range(1, scan.page_count + 1)]
    promises = [(job.number, shop.pool.submit(read_one, job)) for job in jobs]
    failed: list[FailedPage] = []
    repaired: dict[int, tuple[str, ...]] = {}
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
            if notes := _repairs(folder, number, bad):
                repaired[number] = notes
            patiently(shop, partial(_keep_state, shop, scan, folder, number, bad))
    except BaseException:
        for _, promise in promises:
            promise.cancel()
        raise
    return failed, repaired


def _repairs(folder: Path, number: int, bad: FailedPage | None) -> tuple[str, ...]:
    """Notes of what had to be repaired before a page could be opened."""
    if bad is not None:
        notes = bad.notes
    else:
        data = page_file(folder, number).read_bytes()
        notes = load_page(data).facts.notes if REPAIRED.encode() in data else ()
    return tuple(note for note in notes if note.startswith(REPAIRED))


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
