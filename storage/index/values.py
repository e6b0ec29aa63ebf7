"""What goes into the index and comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedDocument:
    """What the index knows of a document."""

    id: str
    title: str
    type: str | None
    number: str | None
    dossier_code: str | None
    procedure_code: str | None
    issued_on: str | None  #: ISO date
    source: str
    status: str
    pages: tuple[tuple[int, str], ...]  #: page within its source, text
    agency_code: str | None = None
    issuer: str | None = None  #: name of the agency that issued it


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document found, with the page that fits best."""

    document_id: str
    page: int
    score: float
    snippet: str  #: plain text of the page
    marks: tuple[tuple[int, int], ...]  #: places in `snippet`
    pages: tuple[int, ...]  #: all its pages that were found, best first
    title: str
    type: str | None
    dossier_code: str | None
    issued_on: str | None
    status: str
    procedure_code: str | None
    agency_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """An answer."""

    total: int  #: documents, exact up to what MOST_PAGES page hits hold
    hits: tuple[Hit, ...]
    complete: bool = True  #: whether every page hit was looked at, so that `total` and `facets` are exact
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  #: name → value → documents
    near: bool = False  #: nothing has the words as typed; long words are looked for with a letter amiss


class Order(StrEnum):
    """How an answer is sorted."""

    RELEVANCE = "relevance"
    NEWEST = "newest"  #: by the date of the paper; papers without a date come last
    OLDEST = "oldest"
