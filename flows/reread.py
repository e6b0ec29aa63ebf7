"""`sohoa reread`: kinds, fields and links again by newer rules, from what was recognised, without recognising."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from flows.cores import usable_cores
from flows.errors import WrongUse
from flows.installation import Installation, opened
from flows.link import Method, Told, link, link_entry
from flows.making import OF_SIGNATURE, iso_date, new_field, new_link, reasons_of, title_of
from flows.owners import Said
from flows.pool import Pool, Promise, WorkerDied
from flows.reading import worker_settings
from flows.report import field_entries, signature_of
from flows.settings import Settings
from flows.worker import AgainJob, PaperAgain, cut_again
from ocr.papers import IN_PILE, Paper
from ocr.papers.signed import with_signatures
from storage.errors import DocumentChanged, ObjectDiffers, ObjectMissing
from storage.records import (
    DocumentRecord,
    DossierRow,
    documents_after,
    dossiers_of_owner,
    find_dossier,
    get_document,
)
from storage.rereading import Again, Change, changes, read_again, readings_of_scan, was_arranged

AT_ONCE = 4  # papers under way for each core
CHUNK = 200  # papers asked of the records at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which papers are read again; all of them where nothing is said."""

    documents: tuple[str, ...] = ()  #: ids, or how they begin
    since: date | None = None  #: published on that day or later
    type: str | None = None
    model: str | None = None  #: recognised by the engine of this name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What became of one paper."""

    document_id: str
    changes: tuple[Change, ...] = ()
    unread: str = ""  #: why it was left as it is; empty where it was read


def reread(
    wanted: Wanted, settings: Settings, tell: Callable[[Reread], None], *, dry_run: bool = False
) -> tuple[int, int]:
    """Read papers again; how many were looked at, and how many have a new version.

    tell: hears of every paper that changed or could not be read. dry_run: nothing is written.
    Raises StorageError, UnknownDocument.
    """
    looked = changed = 0
    cores = settings.run.workers or usable_cores()
    with opened(settings) as house, Pool(worker_settings(settings), cores) as pool:
        papers = _chosen(house, wanted)
        while batch := list(islice(papers, AT_ONCE * cores)):
            with tempfile.TemporaryDirectory(dir=house.data_dir, prefix=".reread-") as folder:
                promises = [_begun(house, pool, document, Path(folder)) for document in batch]
                for document, promise in zip(batch, promises, strict=True):
                    done = _ended(house, document, promise, wanted, dry_run=dry_run)
                    if done is None:
                        continue
                    looked += 1
                    changed += bool(done.changes)
                    if done.changes or done.unread:
                        tell(done)
    return looked, changed


def _chosen(house: Installation, wanted: Wanted) -> Iterator[DocumentRecord]:
    if wanted.documents:
        with house.database.reading() as session:
            yield from [get_document(session, begin) for begin in wanted.documents]
        return
    after = ""
    while True:
        with house.database.reading() as session:
            papers = documents_after(session, after, limit=CHUNK, since=wanted.since, type=wanted.type)
        if not papers:
            return
        yield from papers
        after = papers[-1].id


def _begun(
    house: Installation, pool: Pool, document: DocumentRecord, folder: Path
) -> Promise[AgainJob, PaperAgain] | str:
    """Start reading a paper; or why that cannot be."""
    with house.database.reading() as session:
        parts = readings_of_scan(session, document.scan_sha256)
        if was_arranged(session, document.id):
            return "a person turned or ordered its pages"
    files = []
    for part in parts:
        file = folder / part.sha256
        try:
            if not file.exists():
                house.store.fetch(part.key, file)
        except (ObjectMissing, ObjectDiffers) as error:
            return f"{error}; `sohoa fixity` checks every object"
        files.append(file)
    if not files:
        return "nothing was kept of how its pages were recognised"
    return pool.submit(cut_again, AgainJob(readings=tuple(files), pages=document.order))


def _ended(
    house: Installation,
    document: DocumentRecord,
    promise: Promise[AgainJob, PaperAgain] | str,
    wanted: Wanted,
    *,
    dry_run: bool,
) -> Reread | None:
    """Put on record what differs; None for a paper of another engine than the wanted one."""
    if isinstance(promise, str):
        return Reread(document_id=document.id, unread=promise)
    try:
        read = promise.result()
    except (WorkerDied, ValueError, OSError) as error:
        return Reread(document_id=document.id, unread=f"its pages could not be read ({error})")
    if wanted.model is not None and wanted.model not in read.engines:
        return None
    if read.paper.secret:
        return Reread(document_id=document.id, unread="it seems to bear a mark of secrecy: see to it by hand")
    again = _again(house, document, read)
    found = tuple(changes(document, again))
    if found and not dry_run:
        try:
            with house.database.transaction() as session:
                read_again(session, document, again, tools=f"sohoa {version('sohoa')}")
        except DocumentChanged:
            return Reread(document_id=document.id, unread="a person is at work on it; read it again later")
    return Reread(document_id=document.id, changes=found)


def _again(house: Installation, document: DocumentRecord, read: PaperAgain) -> Again:
    def known(code: str) -> bool:
        with house.database.reading() as session:
            return find_dossier(session, code) is not None

    def owned(said: Said) -> list[DossierRow]:
        with house.database.reading() as session:
            return dossiers_of_owner(session, numbers=said.numbers, name=said.name, near=said.day)

    signatures = [signature_of(entry) for entry in document.report.get("signatures") or ()]
    (signed,) = with_signatures([read.paper], signatures)
    paper = _with_its_scan(signed, document)
    linked = link(paper, document.source, Told(), known, owned)
    entries = field_entries(paper, read.dpi)
    date_field = paper.fields.get("date")
    return Again(
        type=paper.kind.code,
        confidence=paper.kind.confidence,
        title=title_of(paper, document.source),
        issued_on=iso_date(date_field.value if date_field else None),
        fields=tuple(new_field(name, entry) for name, entry in entries.items()),
        entries=entries,
        link=new_link(linked),
        link_entry=link_entry(linked),
        reasons=tuple(reasons_of(paper, linked)),
    )


def _with_its_scan(paper: Paper, document: DocumentRecord) -> Paper:
    """The paper with what its scan told when it was cut: the receipt of its pile, signatures that are broken."""
    pile = next((link.dossier_code for link in document.links if link.method == Method.RECEIPT), None)
    if pile is not None and paper.dossier_code is None:
        paper = replace(paper, dossier_code=pile, dossier_code_from="receipt")
    beside = tuple(reason for reason in document.reasons if IN_PILE in reason or reason.startswith(OF_SIGNATURE))
    return replace(paper, reasons=(*paper.reasons, *beside))


def parsed_day(value: str | None) -> date | None:
    """A day of the command line. Raises WrongUse."""
    if value is None:
        return None
    day = iso_date(value)
    if day is None:
        raise WrongUse(f"--since {value}: is no day; write it like 2026-11-24")
    return day
