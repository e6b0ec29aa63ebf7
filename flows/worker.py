"""What runs in the reading processes: one page, one pile's papers, one finished paper at a time.

Everything that comes in or goes out is a small frozen value or a file; pages never travel through a pipe.
"""

from __future__ import annotations

import ctypes
import logging
import os
import select
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flows.work import StoredPages, finished_page, keep_page
from ocr.beside import Beside
from ocr.engines import Recogniser
from ocr.engines.choice import TESSERACT, recogniser
from ocr.errors import EngineFailed, EngineTimeout, OcrError, PageBroken
from ocr.opening import Kind, Limits, Source, identify, open_page
from ocr.page import Engine, FailedPage, Page, ReadPage, dump_page
from ocr.papers import Paper, read_papers
from ocr.pdf import PaperMetadata, Profile, Rebuilt, assemble_checked
from ocr.reading import ReadingSettings, keep_unread, read_page
from ocr.readings import load_reading
from ocr.rules import Rules, load_rules
from ocr.signatures import Signature, find_signatures

PR_SET_PDEATHSIG = 1  # linux/prctl.h

log = logging.getLogger("sohoa")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a reading process needs to know, once."""

    languages: str
    reading: ReadingSettings
    limits: Limits
    raster_dpi: int
    engine: str = TESSERACT  #: see ocr.engines.choice
    config_dir: Path
    profile: Profile = Profile.ARCHIVE  #: how page images are stored in the finished PDF
    roots: tuple[Path, ...] = ()  #: certificates that signers are trusted by


@dataclass(frozen=True, slots=True, kw_only=True)
class PageJob:
    """Read one page of a scan into its working folder."""

    source: Source  #: files are the copies in the working folder, `name` is what people know it by
    number: int  #: from 1
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesJob:
    """Cut a scan's pages into papers."""

    folder: Path
    pages: tuple[int, ...]
    failed: tuple[FailedPage, ...]
    one_paper: bool

    def stored(self) -> StoredPages:
        """The pages, read as they are asked for."""
        return StoredPages(self.folder, self.pages, {page.number: page for page in self.failed})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainJob:
    """Read a finished paper's kind and fields again from its pages as they were recognised."""

    readings: tuple[Path, ...]  #: files of `ocr.readings` that hold its pages
    pages: tuple[int, ...]  #: of the paper; one that no file holds could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperJob:
    """Make the finished files of one paper."""

    pages: PagesJob  #: of the paper alone, blank backs among them
    metadata: PaperMetadata
    to: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperAgain:
    """A paper as newer rules read it."""

    paper: Paper
    dpi: Mapping[int, float]  #: of each page, by number
    engines: tuple[str, ...]  #: names of what had recognised its pages


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedPaper:
    """The files that will be published."""

    pdf: Path
    alto: Path
    text: Path
    reading: Path  #: the pages as they were recognised (ocr.readings)
    previews: Path  #: small pictures of the pages (ocr.previews)
    page_texts: tuple[tuple[int, str], ...]  #: page within the source, its text
    rebuilt: Rebuilt | None = None  #: why the PDF was made a second time, by a plainer way


_settings: WorkerSettings | None = None


def begin(settings: WorkerSettings, owner: int | None = None) -> None:
    """Prepare a reading process. Its Ctrl-C is the parent's business, and it dies with its parent.

    owner: process that uses it. Its parent is only a server of forks, which a kill of the owner leaves behind.
    """
    global _settings
    _settings = settings
    if owner is not None:
        threading.Thread(target=_die_with, args=(owner,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ["OMP_THREAD_LIMIT"] = "1"
    from ocr.process import settle

    settle()


def _die_with(owner: int) -> None:
    """End this process when another one has ended, however it did."""
    try:
        watched = os.pidfd_open(owner)
    except ProcessLookupError:
        os._exit(1)
    except OSError:  # a kernel without such a thing: the processes stay until somebody ends them
        return
    ended = select.poll()
    ended.register(watched, select.POLLIN)
    ended.poll()
    os._exit(1)


def _given() -> WorkerSettings:
    if _settings is None:
        raise RuntimeError("begin() has not run in this process")
    return _settings


@cache
def _recogniser() -> Recogniser:
    given = _given()
    return recogniser(given.engine, languages=given.languages, timeout_s=given.limits.page_seconds)


@cache
def _rules() -> Rules:
    return load_rules(_given().config_dir)


def engine(_: None) -> Engine:
    """The recogniser as records name it. Raises EngineMissing, ProgramMissing, LanguageMissing."""
    return _recogniser().describe()


def read_one(job: PageJob) -> FailedPage | None:
    """Read a page and keep it; None where that went well, or where an earlier run had kept it.

    A page that the recogniser fails on is returned with its image. Raises PageError for a page that has none,
    ScanError where the source cannot be opened, SetupError where no page could be read, OSError for a full disk.
    """
    if finished_page(job.folder, job.number) is not None:
        return None
    try:
        return _read(job)
    except (OcrError, OSError, MemoryError):
        raise
    except Exception as error:
        log.exception("page failed", extra={"page": job.number, "folder": job.folder.parent.name})
        what = f"the program failed on it ({type(error).__name__}: {error})"
        raise PageBroken(job.source.name, job.number, what, mend="keep the scan and tell its makers") from error


def _read(job: PageJob) -> FailedPage | None:
    given = _given()
    raw = open_page(job.source, job.number, limits=given.limits, raster_dpi=given.raster_dpi)
    try:
        page = read_page(raw, _recogniser(), given.reading, source=job.source.name, out=job.folder)
    except (EngineFailed, EngineTimeout) as error:
        return keep_unread(raw, error, out=job.folder, quality=given.reading.jpeg_quality)
    keep_page(job.folder, page, dump_page(page))
    return None


def read_signatures(source: Source) -> tuple[Signature, ...]:
    """The electronic signatures of a scan's own PDF files, as facts; none is ever changed."""
    files = [file for file in source.files if identify(file, name=source.name) is Kind.PDF]
    return tuple(one for file in files for one in find_signatures(file, roots=_given().roots))


def cut(job: PagesJob) -> tuple[Paper, ...]:
    """The papers of a scan, their kinds and fields."""
    return read_papers(job.stored(), _rules(), one_paper=job.one_paper)


def cut_again(job: AgainJob) -> PaperAgain:
    """The kind and fields of one finished paper, by the rules as they are now. Raises ValueError, OSError."""
    read: dict[int, ReadPage] = {}
    for file in job.readings:
        read |= load_reading(file)
    pages: list[Page] = [
        read.get(number) or FailedPage(number=number, error="was not recognised", kind="") for number in job.pages
    ]
    (paper,) = read_papers(pages, _rules(), one_paper=True)
    dpi = {number: page.facts.dpi for number, page in read.items()}
    engines = sorted({page.engine.name for page in read.values() if page.engine})
    return PaperAgain(paper=paper, dpi=dpi, engines=tuple(engines))


def finish(job: PaperJob) -> FinishedPaper:
    """Assemble a paper's PDF, check the written file; ALTO, text, the reading and previews are written on the way.

    Raises PdfInvalid, TextLayerDiffers where a second, plainer PDF fails too: then nothing may be published.
    """
    job.to.mkdir(parents=True, exist_ok=True)
    pdf, beside = job.to / "document.pdf", Beside(job.to, job.metadata)
    pages = job.pages.stored()
    rebuilt = assemble_checked(pages, job.metadata, pdf, profile=_given().profile, beside=beside.writing)
    return FinishedPaper(
        pdf=pdf,
        alto=beside.alto,
        text=beside.text,
        reading=beside.reading,
        previews=beside.previews,
        page_texts=beside.page_texts,
        rebuilt=rebuilt,
    )
