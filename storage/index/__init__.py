"""The search index: tantivy in a folder, fed from the outbox, built again from the records at any time.

A document of the index is a page. Each build lies in a folder of its own, and the link `current` names the one
that counts; a build is swapped in by renaming that link, so that readers see the old one or the new one, whole.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from storage.agencies import levels
from storage.errors import IndexBusy, IndexDamaged, IndexOutdated, StoreFull
from storage.index.fold import Token, tokens
from storage.index.only import Only, as_number
from storage.index.query import Asked, Clause, as_kept, understand
from storage.index.snippets import snippet

FORMAT = "2"  # of what is written here; another one must be built again
HEAP = 64 << 20  # bytes that the writer collects before it writes a segment
WAIT_SECONDS = 60.0  # for another writer
MOST_PAGES = 1000  # page hits looked at for one answer
EXACT_BOOST = 2.0  # of a word that stands with just the accents typed
TOGETHER_BOOST = 2.0  # of all words standing together in the order typed


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


class Order(StrEnum):
    """How an answer is sorted."""

    RELEVANCE = "relevance"
    NEWEST = "newest"  #: by the date of the paper; papers without a date come last
    OLDEST = "oldest"


FACETS = {
    "type": "type",
    "status": "status",
    "agency": "agency_code",
    "procedure": "procedure_code",
    "year": "issued_on",
}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("number", "type", "dossier", "procedure", "status", "agency"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("raw", "fold"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("stored", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("issued", indexed=True, fast=True)
    return builder.build()


SCHEMA = _schema()


class SearchIndex:
    """The index in a folder; made when first written to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: tuple[str, tantivy.Index] | None = None

    @property
    def _current(self) -> Path:
        return self._folder / "current"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer over all processes. Raises IndexBusy after a while."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "writer.lock").open("w") as lock:
            until = time.monotonic() + WAIT_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise IndexBusy(
                            f"{self._folder}: another process writes to the index; nothing is lost, it is told later"
                        ) from None
                    time.sleep(0.05)
            yield

    def _index(self) -> tantivy.Index | None:
        """The build that counts, None before anything was written."""
        if not self._current.is_symlink():
            return None
        name = self._current.readlink().name
        if not name.startswith(f"v{FORMAT}-"):
            raise IndexOutdated(f"{self._folder}: the index is of another format; run `sohoa reindex`")
        if self._open is None or self._open[0] != name:
            try:
                self._open = name, tantivy.Index.open(str(self._folder / name))
            except (ValueError, OSError) as error:
                raise IndexDamaged(f"{self._folder}: the index cannot be opened; run `sohoa reindex`") from error
        index = self._open[1]
        index.reload()
        return index

    def _new(self) -> Path:
        folder = self._folder / f"v{FORMAT}-{uuid.uuid4().hex[:12]}"
        folder.mkdir()
        tantivy.Index(SCHEMA, path=str(folder))
        return folder

    def _swap(self, folder: Path) -> None:
        link = self._folder / f".{uuid.uuid4().hex}"
        link.symlink_to(folder.name)
        link.replace(self._current)
        for other in self._folder.glob("v*-*"):
            if other.name != folder.name:
                shutil.rmtree(other, ignore_errors=True)  # readers keep what they have mapped

    def check(self) -> None:
        """Raise IndexOutdated or IndexDamaged where it must be built again."""
        self._index()

    def add(self, documents: Iterable[IndexedDocument], *, gone: Iterable[str] = ()) -> int:
        """Put documents in, in place of what was there of the same ids; how many. Seen when this returns.

        gone: ids of those that must not be found any more.
        """
        with self._writing():
            if self._index() is None:
                self._swap(self._new())
            index = self._index()
            if index is None:
                raise IndexDamaged(f"{self._folder}: the index cannot be made; see to the folder")
            return _write(index, documents, self._folder, gone=gone)

    def remove(self, document_id: str) -> None:
        """Take a document out."""
        with self._writing():
            index = self._index()
            if index is not None:
                with _told(self._folder):
                    writer = index.writer(HEAP, 1)
                    writer.delete_documents_by_term("id", document_id)
                    writer.commit()
                    writer.wait_merging_threads()

    def rebuild(self, documents: Iterable[IndexedDocument]) -> int:
        """Build anew beside what is there and swap; how many documents. A kill leaves the old one."""
        with self._writing():
            folder = self._new()
            count = _write(tantivy.Index.open(str(folder)), documents, folder)
            self._swap(folder)
        return count

    def search(
        self,
        query: str,
        *,
        limit: int = 20,
        offset: int = 0,
        only: Only | None = None,
        order: Order = Order.RELEVANCE,
        prefix: bool = False,
    ) -> SearchResult:
        """Find documents, best first. Words typed with accents must stand so; words without may have any.

        prefix: the last word is only the beginning of one.

        Raises QueryTooLong, IndexOutdated, IndexDamaged.
        """
        asked = understand(query)
        index = self._index()
        only = only or Only()
        if index is None or not (asked.words or asked.filters or only.asks):
            return SearchResult(total=0, hits=())
        searcher = index.searcher()
        found = searcher.search(_query(asked, only, prefix=prefix), limit=MOST_PAGES)
        best: dict[str, list[tuple[float, Any]]] = {}
        for score, address in found.hits:
            page = searcher.doc(address)
            best.setdefault(page["id"][0], []).append((score, page))
        abouts = {document_id: json.loads(pages[0][1]["stored"][0]) for document_id, pages in best.items()}
        ids = _sorted(abouts, order)[offset : offset + limit]
        return SearchResult(
            total=len(best),
            hits=tuple(_hit(document_id, best[document_id], asked.words) for document_id in ids),
            complete=len(found.hits) < MOST_PAGES,
            facets={name: _counted(abouts.values(), key) for name, key in FACETS.items()},
        )


def _sorted(abouts: Mapping[str, Mapping[str, Any]], order: Order) -> list[str]:
    """Ids in the order asked for; `abouts` come best first, and equal dates stay so."""
    if order is Order.RELEVANCE:
        return list(abouts)
    undated = "" if order is Order.NEWEST else "9999"
    return sorted(abouts, key=lambda one: abouts[one]["issued_on"] or undated, reverse=order is Order.NEWEST)


def _counted(abouts: Iterable[Mapping[str, Any]], key: str) -> dict[str, int]:
    """How many documents have each value, most first; of a date its year."""
    values = (about.get(key) for about in abouts)
    return dict(Counter(value[:4] if key == "issued_on" else value for value in values if value).most_common())


def _write(
    index: tantivy.Index, documents: Iterable[IndexedDocument], folder: Path, *, gone: Iterable[str] = ()
) -> int:
    count = 0
    with _told(folder):
        writer = index.writer(HEAP, 1)
        for document_id in gone:
            writer.delete_documents_by_term("id", document_id)
    for document in documents:
        count += 1
        about = {name: value for name, value in asdict(document).items() if name != "pages"}
        pages = [_page(document, about, page, text) for page, text in document.pages or ((0, ""),)]
        with _told(folder):
            writer.delete_documents_by_term("id", document.id)
            for page in pages:
                writer.add_document(page)
    with _told(folder):
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
    return count


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """The engine's errors in the index's words; it does not say why it could not write."""
    try:
        yield
    except (ValueError, OSError) as error:
        if shutil.disk_usage(folder).free < HEAP:
            raise StoreFull(f"{folder}: no room left for the index; make room, then run it again") from error
        raise IndexDamaged(f"{folder}: the index cannot be written ({error}); run `sohoa reindex`") from error


def _page(document: IndexedDocument, about: dict[str, Any], page: int, text: str) -> tantivy.Document:
    entry = tantivy.Document()
    entry.add_text("id", document.id)
    kept = {
        "number": document.number,
        "type": document.type,
        "dossier": document.dossier_code,
        "procedure": document.procedure_code,
        "status": document.status,
    }
    for name, value in kept.items():
        if value:
            entry.add_text(name, as_kept(value))
    for level in levels(document.agency_code) if document.agency_code else ():
        entry.add_text("agency", level)
    if document.issued_on:
        entry.add_integer("issued", as_number(date.fromisoformat(document.issued_on)))
    first = not document.pages or page == document.pages[0][0]
    codes = f"{document.dossier_code or ''} {document.number or ''}" if first else ""
    words = tokens(f"{text}\n{codes}")
    entry.add_text("raw", " ".join(word.raw for word in words))
    entry.add_text("fold", " ".join(word.fold for word in words))
    entry.add_text("stored", json.dumps(about | {"page": page, "text": text}, ensure_ascii=False))
    return entry


def _query(asked: Asked, only: Only, *, prefix: bool) -> Query:
    parts: list[tuple[Occur, Query]] = [
        (Occur.Must, Query.term_query(SCHEMA, name, value)) for name, value in asked.filters
    ]
    wanted = [clause for clause in asked.clauses if not clause.without]
    begun = wanted.pop() if prefix and wanted else None
    parts += [(Occur.Must, _clause(clause)) for clause in wanted]
    parts += [(Occur.Must, _begun(clause)) for clause in (begun,) if clause]
    parts += [(Occur.MustNot, _clause(clause)) for clause in asked.clauses if clause.without]
    words = [word.fold for clause in wanted for word in clause.words]
    if len(wanted) > 1:
        together = Query.phrase_query(SCHEMA, "fold", list(words))
        parts.append((Occur.Should, Query.boost_query(together, TOGETHER_BOOST)))
    parts += only.conditions(SCHEMA)
    if all(occur is Occur.MustNot for occur, _ in parts):
        parts.append((Occur.Must, Query.all_query()))
    return Query.boolean_query(parts)


def _clause(clause: Clause) -> Query:
    """A word, or words in a row: each as its accents ask for it."""
    parts: list[tuple[Occur, Query]] = []
    if len(clause.words) > 1:
        parts.append((Occur.Must, Query.phrase_query(SCHEMA, "fold", [word.fold for word in clause.words])))
    parts += [_word(word, alone=len(clause.words) == 1) for word in clause.words]
    return Query.boolean_query(parts)


def _begun(clause: Clause) -> Query:
    """As a clause whose last word may go on."""
    *whole, last = clause.words
    field, letters = ("raw", last.raw) if last.accented else ("fold", last.fold)
    parts = [(Occur.Must, Query.regex_query(SCHEMA, field, f"{letters}.*"))]  # a token is letters and digits only
    return Query.boolean_query([*parts, *(_word(word, alone=True) for word in whole)])


def _word(word: Token, *, alone: bool) -> tuple[Occur, Query]:
    raw = Query.boost_query(Query.term_query(SCHEMA, "raw", word.raw), EXACT_BOOST)
    if word.accented:
        return Occur.Must, raw
    if alone:
        fold = Query.term_query(SCHEMA, "fold", word.fold)
        return Occur.Must, Query.boolean_query([(Occur.Must, fold), (Occur.Should, raw)])
    return Occur.Should, raw


def _hit(document_id: str, pages: Sequence[tuple[float, Any]], words: Sequence[Token]) -> Hit:
    stored = [json.loads(page["stored"][0]) for _, page in pages]
    about = stored[0]
    shown, marks = snippet(about["text"], words)
    return Hit(
        document_id=document_id,
        page=about["page"],
        score=float(pages[0][0]),
        snippet=shown,
        marks=marks,
        pages=tuple(page["page"] for page in stored),
        title=about["title"],
        type=about["type"],
        dossier_code=about["dossier_code"],
        issued_on=about["issued_on"],
        status=about["status"],
        procedure_code=about["procedure_code"],
        agency_code=about["agency_code"],
    )
