"""The search index: tantivy in a folder, fed from the outbox, built again from the records at any time.

A document of the index is a page. Each build lies in a folder of its own, and the link `current` names the one
that counts; a build is swapped in by renaming that link, so that readers see the old one or the new one, whole.
"""

from __future__ import annotations

import fcntl
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import tantivy

from storage.errors import IndexBusy, IndexDamaged, IndexOutdated
from storage.index.building import Source, build, unfinished
from storage.index.entries import FACETS, FORMAT, SCHEMA, stored
from storage.index.matching import engine_query, together, together_query
from storage.index.only import EARLIEST, LATEST, Only
from storage.index.query import LONG_WORD, Asked, understand
from storage.index.snippets import Sought, snippet, sought
from storage.index.values import Hit, IndexedDocument, Order, SearchResult
from storage.index.writing import HEAP, told, write

__all__ = ["MOST_PAGES", "Hit", "IndexedDocument", "Only", "Order", "SearchIndex", "SearchResult"]

WAIT_SECONDS = 60.0  # for another writer
MOST_PAGES = 1000  # page hits looked at for one answer
MOST_VALUES = 50  # of a facet
TOGETHER_PAGES = 250  # of those best by their words, which are looked at for words standing together


class SearchIndex:
    """The index in a folder; made when first written to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: tuple[str, tantivy.Index] | None = None
        self._seen: tuple[int, int, int] | None = None  # commit that the open build shows
        self._values: dict[int, str] = {}  # of facets, by their numbers; some thousand in a province

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
                self._seen = None
            except (ValueError, OSError) as error:
                raise IndexDamaged(f"{self._folder}: the index cannot be opened; run `sohoa reindex`") from error
        index = self._open[1]
        committed = _committed(self._folder / name)
        if committed is None or committed != self._seen:
            index.reload()  # it reads the list of segments, which most questions find as the last one did
            self._seen = committed
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

    def size(self) -> int:
        """How many pages it holds. Raises IndexOutdated, IndexDamaged."""
        index = self._index()
        return 0 if index is None else int(index.searcher().num_docs)

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
            return write(index, documents, self._folder, gone=gone)

    def remove(self, document_id: str) -> None:
        """Take a document out."""
        with self._writing():
            index = self._index()
            if index is not None:
                with told(self._folder):
                    writer = index.writer(HEAP, 1)
                    writer.delete_documents_by_term("id", document_id)
                    writer.commit()
                    writer.wait_merging_threads()

    def rebuild(self, documents: Iterable[IndexedDocument]) -> int:
        """Build anew beside what is there and swap; how many documents. A kill leaves the old one."""
        with self._writing():
            folder = self._new()
            count = write(tantivy.Index.open(str(folder)), documents, folder, fresh=True)
            self._swap(folder)
        return count

    def rebuild_from(self, source: Source) -> int:
        """As `rebuild`, but a build that was killed goes on where it was; how many documents."""
        with self._writing():
            folder = unfinished(self._folder, f"v{FORMAT}-*") or self._new()
            count = build(folder, source)
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
        if index is None or not (asked.asks or only.asks):
            return SearchResult(total=0, hits=())
        if prefix:
            asked = asked.begun()
        searcher = index.searcher()
        found = _best_pages(searcher, asked, only)
        near = not found and any(len(word.fold) >= LONG_WORD for word in asked.words)
        if near:
            found = searcher.search(engine_query(asked, only, near=True), limit=MOST_PAGES, count=False).hits
        best = _by_document(searcher, found)
        papers = [pages[0][1] for pages in best]
        days = _numbers(searcher, "issued", papers)
        chosen = _sorted(best, days, order)[offset : offset + limit]
        wanted = sought(asked, near=near)
        return SearchResult(
            total=len(best),
            hits=tuple(_hit(searcher, pages, wanted) for pages in chosen),
            complete=len(found) < MOST_PAGES,
            facets=_facets(searcher, papers, days, self._values),
            near=near and bool(best),
        )


def _committed(build: Path) -> tuple[int, int, int] | None:
    """What tells a commit of a build from the one before: the engine puts a new file in the place of the old one."""
    try:
        told = (build / "meta.json").stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns, told.st_size


PageHit = tuple[float, tantivy.DocAddress]  # its score and where it is
Pages = list[PageHit]  # of one document, best first


def _best_pages(searcher: tantivy.Searcher, asked: Asked, only: Only) -> list[PageHit]:
    """Page hits, best first; those with the words together in the order typed count more.

    Which pages those are is asked of the best documents found only, by a query of its own (see `together_query`).
    """
    hits: list[PageHit] = searcher.search(engine_query(asked, only), limit=MOST_PAGES, count=False).hits
    words = together(asked)
    if not (hits and words):
        return hits
    best = _addresses(hits[:TOGETHER_PAGES])
    within = {number for number in _numbers(searcher, "document", best) if number is not None}
    ordered = searcher.search(together_query(words, within), limit=MOST_PAGES, count=False).hits
    if not ordered:
        return hits
    more = {(address.segment_ord, address.doc): score for score, address in ordered}
    better = [(score + more.get((address.segment_ord, address.doc), 0.0), address) for score, address in hits]
    return sorted(better, key=lambda hit: -hit[0])


def _by_document(searcher: tantivy.Searcher, hits: Sequence[PageHit]) -> list[Pages]:
    """Page hits by document, in the order of each one's best page."""
    documents: dict[int | None, Pages] = {}
    for number, hit in zip(_numbers(searcher, "document", _addresses(hits)), hits, strict=True):
        documents.setdefault(number, []).append(hit)
    return list(documents.values())


def _sorted(best: Sequence[Pages], days: Sequence[int | None], order: Order) -> Sequence[Pages]:
    """In the order asked for; papers of one day, and those without a date, stay best first."""
    if order is Order.RELEVANCE:
        return best
    undated = EARLIEST if order is Order.NEWEST else LATEST
    issued = [undated if day is None else day for day in days]
    sign = -1 if order is Order.NEWEST else 1
    return [best[place] for place in sorted(range(len(best)), key=lambda place: sign * issued[place])]


def _facets(
    searcher: tantivy.Searcher,
    papers: Sequence[tantivy.DocAddress],
    days: Sequence[int | None],
    known: dict[int, str],
) -> dict[str, dict[str, int]]:
    """How many documents have each value, most first.

    papers: the best page of each; days: when they were issued. known: number → value of those met before. A page is
    read for each new value, and not for each document.
    """
    facets: dict[str, dict[str, int]] = {}
    for name, key in FACETS.items():
        numbers = _numbers(searcher, f"{name}_number", papers)
        most = Counter(numbers).most_common(MOST_VALUES + 1)
        counted = [(number, count) for number, count in most if number is not None]
        for number, _ in counted:
            if number not in known:
                known[number] = str(stored(searcher, papers[numbers.index(number)])[key])
        facets[name] = {known[number]: count for number, count in counted}
    years = Counter(day // 10_000 for day in days if day is not None)
    facets["year"] = {str(year): count for year, count in years.most_common()}
    return facets


def _addresses(hits: Sequence[PageHit]) -> list[tantivy.DocAddress]:
    return [address for _, address in hits]


def _numbers(searcher: tantivy.Searcher, name: str, pages: Sequence[tantivy.DocAddress]) -> list[int | None]:
    """A number of each page, None where it has none."""
    return cast("list[int | None]", searcher.fast_field_values(name, list(pages)))


def _hit(searcher: tantivy.Searcher, pages: Pages, wanted: Sought) -> Hit:
    about = stored(searcher, pages[0][1])
    shown, marks = snippet(about["text"], wanted)
    numbers = [about["page"]] if len(pages) == 1 else _numbers(searcher, "page", _addresses(pages))
    return Hit(
        document_id=about["id"],
        page=about["page"],
        score=float(pages[0][0]),
        snippet=shown,
        marks=marks,
        pages=tuple(page for page in numbers if page is not None),
        title=about["title"],
        type=about["type"],
        dossier_code=about["dossier_code"],
        issued_on=about["issued_on"],
        status=about["status"],
        procedure_code=about["procedure_code"],
        agency_code=about["agency_code"],
    )
