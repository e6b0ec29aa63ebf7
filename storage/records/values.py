"""What goes into the records and comes out of them: frozen values, never rows that still hang on a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureRow:
    """A procedure of the procedures system."""

    code: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyRow:
    """A name that an agency's code had, from one day to another; None is open."""

    code: str  #: in either shape, see storage.agencies
    name: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRow:
    """A dossier of the procedures system."""

    code: str
    procedure_code: str | None = None
    owner_name: str | None = None
    owner_id: str | None = None
    received_on: date | None = None
    agency_code: str | None = None
    status: int | None = None  #: TrangThaiHoSo of the national portal: 1 new … 9 finished, 10 handed over
    channel: int | None = None  #: KenhThucHien: 1 at the counter, 2 online, 3 by post
    due_on: date | None = None
    finished_on: date | None = None
    written_result: bool | None = None  #: its procedure ends with a paper
    reused: bool | None = None  #: a component was used again
    from_store: bool | None = None  #: a component came from the citizen's own store


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A run over some inputs."""

    id: str  #: readable and sorted by time
    key: str
    resumed: bool  #: an earlier run of the same command had not ended
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentBatch:
    """A batch that has not ended and whose process is silent."""

    id: str
    key: str
    operator: str
    request: Mapping[str, Any] | None  #: what was asked for


class ScanState(StrEnum):
    """How far a scan is."""

    STORED = "stored"  #: its original is safe
    PUBLISHED = "published"  #: its papers can be found
    FAILED = "failed"  #: for a reason on record; the next run tries again
    DISPOSED = "disposed"  #: all its papers were destroyed when their time was over, and its original with them


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Bytes that came in."""

    id: int
    sha256: str
    state: ScanState
    page_count: int
    known: bool  #: published by an earlier batch, or under another name in this one
    registered_at: datetime  #: when its original was first stored


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """A source of a batch and what became of it."""

    source: str
    error: str | None
    reason: str | None  #: which error, by its class
    sha256: str | None  #: None where it never was a scan
    state: ScanState | None
    known: bool  #: its bytes were published by another batch
    pages: int
    failed_pages: tuple[int, ...]  #: kept as images, and could not be read


class DocumentStatus(StrEnum):
    """What may be done with a document."""

    PUBLISHED = "published"
    REVIEW = "review"  #: published, and a person must confirm something
    HELD = "held"  #: not indexed nor handed out: it bears a state-secret mark
    DISPOSED = "disposed"  #: destroyed when its time was over; that it was there is all that is left


UNSEEN = (DocumentStatus.HELD, DocumentStatus.DISPOSED)  # neither found nor shown nor told of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewField:
    """A field to be recorded."""

    name: str
    value: str | None
    confidence: float
    status: str
    page: int | None
    box: Sequence[float] | None  #: points from the top left
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A binding to be recorded."""

    dossier_code: str
    method: str
    confidence: float
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of a document."""

    name: str  #: pdf, text, alto
    key: str
    path: Path  #: where it lies until it is stored
    sha256: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something that happened to a document while it was made; no personal data in it."""

    type: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """Everything of a paper that is published at once."""

    id: str
    version: int
    batch_id: str
    source: str
    pages: tuple[int, ...]
    blank_pages: tuple[int, ...]
    type: str | None
    title: str
    issued_on: date | None
    dossier_code: str | None
    procedure_code: str | None
    link: NewLink | None
    fields: tuple[NewField, ...]
    page_texts: tuple[tuple[int, str], ...]
    confidence: float
    status: str
    reasons: tuple[str, ...]
    parts: tuple[Part, ...]
    report: Mapping[str, Any]
    agency_code: str | None = None  #: told by who brought it; else that of its accepted dossier
    events: tuple[NewEvent, ...] = ()  #: before it was published


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    """A file of a document, as it lies in the store."""

    name: str
    key: str
    sha256: str
    size: int
    content_type: str
    version: int  #: of the document, that it came with


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredField:
    """A field on record."""

    name: str
    value: str | None
    confidence: float
    status: str
    page: int | None
    box: tuple[float, ...] | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLink:
    """A binding on record."""

    dossier_code: str
    method: str
    confidence: float
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecord:
    """A document with everything that is known of it but its text."""

    id: str
    version: int
    scan_sha256: str
    batch_id: str
    source: str
    pages: tuple[int, ...]
    blank_pages: tuple[int, ...]
    type: str | None
    title: str
    issued_on: date | None
    dossier_code: str | None
    procedure_code: str | None
    agency_code: str | None
    confidence: float
    status: DocumentStatus
    reasons: tuple[str, ...]
    published_at: datetime
    parts: tuple[StoredPart, ...]
    fields: tuple[StoredField, ...]
    links: tuple[StoredLink, ...]
    report: Mapping[str, Any]

    @property
    def order(self) -> tuple[int, ...]:
        """All its pages, the blank ones too, as they stand in the PDF."""
        return tuple(self.report.get("page_order") or sorted((*self.pages, *self.blank_pages)))
