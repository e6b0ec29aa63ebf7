"""The index: a clerk finds the paper whatever keyboard, accents or spelling of the tone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.errors import IndexBusy, IndexDamaged, IndexOutdated, QueryTooLong
from storage.index import IndexedDocument, Order, SearchIndex, building
from storage.index.feed import feed, indexed_documents, rebuild
from storage.index.fold import one_tone, tokens, without_accents
from storage.index.query import understand
from storage.index.snippets import found_in, sought
from storage.index.writing import write
from storage.outbox import INDEX, pending, tell
from storage.publication import publish_scan
from storage.records import Database
from storage.records.models import DocumentTable
from tests.conftest import Pair
from tests.storage.papers import a_batch, a_document, a_scan

DECISION = "ỦY BAN NHÂN DÂN\nSố: 12/QĐ-UBND\nQUYẾT ĐỊNH\nVề việc cấp giấy phép môi trường cho Công ty Hòa Bình"
SECOND = "Điều 2. Công ty Hòa Bình chịu trách nhiệm thi hành Quyết định này; thuỷ lợi, đường bộ."


def entry(document_id: str = "a", *pages: str, **about: object) -> IndexedDocument:
    """A document for the index."""
    known: dict[str, object] = {
        "title": "Quyết định 12/QĐ-UBND",
        "type": "QĐ",
        "number": "12/QĐ-UBND",
        "dossier_code": "H21.14-240315-0012",
        "procedure_code": "1.000123",
        "issued_on": "2024-03-15",
        "source": "in/a.pdf",
        "status": "published",
    }
    numbered = tuple(enumerate(pages or (DECISION, SECOND), 1))
    return IndexedDocument(id=document_id, pages=numbered, **(known | about))  # type: ignore[arg-type]


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    """An index with one decision of two pages."""
    made = SearchIndex(tmp_path / "index")
    made.add([entry()])
    return made


def found(index: SearchIndex, query: str) -> list[str]:
    """Ids that a query finds."""
    return [hit.document_id for hit in index.search(query).hits]


FINDING = (
    *("quyết định", "quyet dinh", "QUYET DINH", "QUYẾT ĐỊNH", "quyê\u0301t đi\u0323nh", "dinh quyet", "giấy phép"),
    *("giay phep moi truong", "hoà bình", "hòa bình", "hoa binh", "thủy lợi", "thuỷ lợi", "thuy loi", "duong bo"),
    *("đường bộ", "ðường bộ", "12/QĐ-UBND", "12/qd-ubnd", "uỷ ban", "số:12/QĐ-UBND", "so: 12/qd-ubnd", "loại:QĐ"),
    *("hồ sơ:H21.14-240315-0012", "H21.14-240315-0012", '"cấp giấy phép"', '"cap giay phep"', "quyết định -xây"),
)


@pytest.mark.parametrize("query", FINDING)
def test_a_paper_is_found_however_it_is_typed(index: SearchIndex, query: str) -> None:
    """Clerks type without accents, phones with combining ones, old papers with old tone placement."""
    assert found(index, query) == ["a"]


def test_words_that_stand_together_come_first_in_a_full_archive_too(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an archive "giấy phép" stands on every second page; the permit itself must lead, also where hits are cut."""
    apart = [entry(f"x{number:02}", "phép của giấy và " * 3) for number in range(9)]
    index.add(
        [*apart, entry("permit", "GIẤY PHÉP của phép và giấy giấy"), entry("both", "giấy thường", "phép thường")]
    )
    whole = index.search("giấy phép")
    assert {hit.document_id for hit in whole.hits[:2]} == {"a", "permit"}
    assert (whole.total, whole.complete) == (11, True)
    assert [hit.score for hit in whole.hits] == sorted((hit.score for hit in whole.hits), reverse=True)
    monkeypatch.setattr("storage.index.MOST_PAGES", 11)
    cut = index.search("giấy phép")
    assert {hit.document_id for hit in cut.hits[:2]} == {"a", "permit"}
    assert not cut.complete


NOT_FINDING = (
    *("quyết đinh", "hoá bình", '"giấy cấp phép"', "số:13/QĐ-UBND", "bưu điện", "", "   ", "!!!"),
    *("loại:CV", "môi trường -giấy", "giấy phép -quyet", "-giấy -điều", "\x00"),
)


@pytest.mark.parametrize("query", NOT_FINDING)
def test_what_does_not_stand_on_a_page_does_not_find_it(index: SearchIndex, query: str) -> None:
    """Accents typed are meant: `hoá` is not `hòa`, and a search that finds everything finds nothing."""
    assert found(index, query) == []


ODD = ('"', '""', "số:", ":", "a:b:c", "(", "*", "AND OR NOT", "[1 TO", "-", "--", "số: -", "từ:", "từ:x đến:y")


@pytest.mark.parametrize("query", ODD)
def test_nothing_that_is_typed_is_an_error(index: SearchIndex, query: str) -> None:
    """A clerk who types a quotation mark must not see a programmer's message."""
    index.search(query)


def test_a_beginning_finds_the_words_that_go_on(index: SearchIndex) -> None:
    """A clerk who remembers half a name types half a name."""
    for query in ("trươ*", "truo*", "TRƯỜ*", "trườ*", "giấy phe*", "giấ*"):
        assert found(index, query) == ["a"], query
    assert found(index, "trưa*") == []
    assert index.search("nghi*").total == 0
    [hit] = index.search("moi truo*").hits
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["môi", "trường"]
    assert found(index, "giấy ph") == []
    assert [hit.document_id for hit in index.search("giấy ph", prefix=True).hits] == ["a"]


@pytest.mark.parametrize("query", ["quyêt định", "quyét dinh", "truong moii nhiemm", "trach nhiêm", "trahc nhiệm"])
def test_a_long_word_with_a_letter_amiss_is_found_where_nothing_fits_exactly(index: SearchIndex, query: str) -> None:
    """A slip of the finger in a long word must not say that there is no such paper; and the answer tells of it."""
    if query == "truong moii nhiemm":
        assert index.search(query).total == 0
        return
    result = index.search(query)
    assert (result.total, result.near) == (1, True)
    assert result.hits[0].marks
    assert not index.search("quyết định").near


DATED = (
    "từ:2024-03-15",
    "từ:2024",
    "đến:15/03/2024",
    "từ:2024-03-01 đến:2024-03-31",
    "năm:2024",
    "nam:2024",
    "từ:03/2024",
)


@pytest.mark.parametrize("query", [*DATED, "giấy phép năm:2024"])
def test_papers_are_found_by_their_dates(index: SearchIndex, query: str) -> None:
    """`The decision of last spring` is how people ask."""
    assert found(index, query) == ["a"]


@pytest.mark.parametrize("query", ["từ:2024-03-16", "đến:14/03/2024", "năm:2023", "từ:2023-01-01 đến:2023-12-31"])
def test_papers_of_other_days_are_not(index: SearchIndex, query: str) -> None:
    """A range that lets others through is no range."""
    assert found(index, query) == []


def test_what_is_no_date_is_words(index: SearchIndex) -> None:
    """Letters after a colon must not empty the answer."""
    index.add([entry("b", "đi từ Hà Nội đến Huế", issued_on=None)])
    assert found(index, "từ: Hà") == ["b"]
    assert found(index, "từ:45/45/2024") == []


def test_papers_are_found_by_who_issued_them(index: SearchIndex) -> None:
    """By the agency's code with all below it, or by the name that stands on the paper, with or without accents."""
    index.add([entry("b", "văn bản", agency_code="H23.16.02", issuer="Sở Xây dựng")])
    for query in (
        "cơ quan:H23.16",
        "cơ quan:H23",
        "co quan:h23.16.02",
        'cơ quan:"Sở Xây dựng"',
        'coquan:"so xay dung"',
    ):
        assert found(index, query) == ["b"], query
    for query in ("cơ quan:H23.1", "cơ quan:H24", 'cơ quan:"Sở Nội vụ"'):
        assert found(index, query) == [], query


def test_an_answer_counts_kinds_agencies_and_years(index: SearchIndex) -> None:
    """The numbers beside the hits are documents, not pages, and add up."""
    index.add([entry("b", "quyết định", "quyết định", type="CV", agency_code="H23", issued_on="2023-01-02")])
    index.add([entry("c", "quyết định", type=None, issued_on=None)])
    result = index.search("quyết định")
    assert (result.total, result.complete) == (3, True)
    assert result.facets["type"] == {"QĐ": 1, "CV": 1}
    assert result.facets["agency"] == {"H23": 1}
    assert result.facets["year"] == {"2024": 1, "2023": 1}
    assert result.facets["status"] == {"published": 3}


def test_an_answer_is_sorted_by_date_with_undated_papers_last(index: SearchIndex) -> None:
    """The newest first is what a clerk scrolls through; a paper without a date is neither new nor old."""
    index.add([entry("b", "quyết định", issued_on="2023-01-02"), entry("c", "quyết định", issued_on=None)])
    newest = index.search("quyết định", order=Order.NEWEST)
    oldest = index.search("quyết định", order=Order.OLDEST)
    assert [hit.document_id for hit in newest.hits] == ["a", "b", "c"]
    assert [hit.document_id for hit in oldest.hits] == ["b", "a", "c"]
    assert [hit.document_id for hit in index.search("quyết định", order=Order.NEWEST, offset=1, limit=1).hits] == [
        "b"
    ]


def test_a_query_longer_than_anybody_types_is_refused(index: SearchIndex) -> None:
    """A pasted page must not hold the search up for everybody."""
    with pytest.raises(QueryTooLong):
        index.search("a" * 1001)


def test_a_hit_shows_the_page_and_its_words_with_accents(index: SearchIndex) -> None:
    """The clerk opens the right page of a volume, and sees at a glance why."""
    [hit] = index.search("thi hanh").hits
    assert hit.page == 2
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["thi", "hành"]
    [hit] = index.search("quyết định").hits
    assert sorted(hit.pages) == [1, 2]
    [hit] = index.search("giấy phép quyết định").hits
    assert (hit.page, hit.pages) == (1, (1,))
    assert [hit.snippet[start:end] for start, end in hit.marks][:2] == ["QUYẾT", "ĐỊNH"]
    assert "\n" not in hit.snippet


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("“Thi”—hành,\nTHI/HÀNH;_thi_ thiu", "thi hành", ["Thi", "hành", "THI", "HÀNH", "thi"]),
        ("ỦY ban; Uỷ-ban, ủy thác", "uỷ ban", ["ỦY", "ban", "Uỷ", "ban", "ủy"]),
        ("xâm, xây… xây-dựng, x xăm", "xâ*", ["xâm", "xây", "xây"]),
        ("😀thi 😀 hành𝐚, hành😀, đường", "thi hành đường", ["thi", "hành", "đường"]),  # beyond two bytes
        ("İ thi ß hành", "thi hành", ["thi", "hành"]),  # letters that grow in lower case
    ],
)
def test_marks_hold_their_places_beside_any_sign(text: str, query: str, marked: list[str]) -> None:
    """A mark that is a letter off, or on half a word, shows the clerk something that was not asked for."""
    wanted = sought(understand(query), near=False)
    assert [text[start:end] for start, end, _ in found_in(text, wanted)] == marked


def test_the_words_as_typed_rank_before_those_with_other_accents(index: SearchIndex) -> None:
    """Who types without accents means the plain word first, and whoever has words side by side means them so."""
    index.add([entry("apart", "hoa nở ở xa, cách xa nhiều chữ, tỉnh Thái Bình", title="x", number="1")])
    index.add([entry("near", "tỉnh hoa bình", title="y", number="2")])
    assert found(index, "hoa binh")[0] == "near"
    index.add([entry("plain", "ma", title="y", number="2"), entry("other", "mã", title="y", number="3")])
    assert found(index, "ma") == ["plain", "other"]
    assert found(index, "mã") == ["other"]


def test_a_document_told_again_takes_the_place_of_what_was_there(index: SearchIndex) -> None:
    """A correction must not leave the old words to be found."""
    index.add([entry("a", "bản mới")])
    assert found(index, "quyết định") == []
    assert index.search("bản mới").total == 1
    index.remove("a")
    assert index.search("bản mới").total == 0


def test_a_paper_without_text_is_found_by_its_number(index: SearchIndex) -> None:
    """A page that could not be read still belongs to a dossier."""
    index.add([entry("blank", "", number="77/TB-SXD")])
    assert found(index, "số:77/TB-SXD") == ["blank"]


def test_an_index_is_read_while_another_process_writes(index: SearchIndex, tmp_path: Path) -> None:
    """Clerks search all day while batches run: they see what is committed, at once, without opening anew."""
    writer = multiprocessing.get_context("spawn").Process(target=_add_elsewhere, args=(tmp_path / "index",))
    writer.start()
    writer.join()
    assert writer.exitcode == 0
    assert found(index, "tệp mới") == ["elsewhere"]


def _add_elsewhere(folder: Path) -> None:
    SearchIndex(folder).add([entry("elsewhere", "tệp mới")])


def test_two_writers_take_turns(index: SearchIndex, tmp_path: Path) -> None:
    """Two batches that end at the same time must both be found."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add_many, args=(tmp_path / "index", name)) for name in "xy"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert index.search("nhiều", limit=100).total == 6


def _add_many(folder: Path, name: str) -> None:
    for number in range(3):
        SearchIndex(folder).add([entry(f"{name}{number}", "nhiều")])


def test_a_writer_that_holds_on_is_told_and_nothing_waits_for_ever(
    index: SearchIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hung re-indexing must not hang every batch behind it."""
    monkeypatch.setattr("storage.index.WAIT_SECONDS", 0.2)
    with index._writing(), pytest.raises(IndexBusy):
        SearchIndex(tmp_path / "index").add([entry("b")])


def test_a_rebuild_is_swapped_in_whole_and_readers_follow(index: SearchIndex, tmp_path: Path) -> None:
    """A rebuild takes an hour for a province: until it ends the old answers are given, and then the new ones."""
    reader = SearchIndex(tmp_path / "index")
    assert found(reader, "quyết định") == ["a"]

    def documents() -> Iterator[IndexedDocument]:
        yield entry("b", "quyết định khác")
        assert found(reader, "quyết định") == ["a"]

    assert index.rebuild(documents()) == 1
    assert found(reader, "quyết định") == ["b"]
    assert len(list((tmp_path / "index").glob("v*-*"))) == 1


def test_a_rebuild_that_was_killed_leaves_the_old_index(index: SearchIndex, tmp_path: Path) -> None:
    """The operator who lost patience with a rebuild must not have lost the search."""
    child = multiprocessing.get_context("fork").Process(target=_rebuild_for_ever, args=(tmp_path / "index",))
    child.start()
    deadline = time.monotonic() + 30
    while not (tmp_path / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    assert found(index, "quyết định") == ["a"]
    index.rebuild([entry("b")])
    assert len(list((tmp_path / "index").glob("v*-*"))) == 1


def _rebuild_for_ever(folder: Path) -> None:
    def documents() -> Iterator[IndexedDocument]:
        yield entry("b")
        (folder.parent / "begun").touch()
        time.sleep(60)

    SearchIndex(folder).rebuild(documents())


def test_a_rebuild_that_was_killed_goes_on_where_it_was(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebuild may take long; what changed between the kill and the second run must be in it all the same."""
    monkeypatch.setattr("storage.index.building.COMMIT_EVERY", 1)
    batch = a_batch(pair.database)
    papers = sorted((a_document(tmp_path / "made", batch, name=name) for name in "abcd"), key=lambda paper: paper.id)
    for paper in papers:
        publish_scan(pair.database, pair.store, a_scan(pair.database, batch, paper.source.encode()).id, [paper])
    feed(pair.database, SearchIndex(tmp_path / "index"))
    pair.database.dispose()  # no connection may be shared with the child
    assert killed_at_write(3, tmp_path / "index", pair.database_url)
    with pair.database.transaction() as session:
        tell(session, INDEX, papers[0].id)
        session.get_one(DocumentTable, papers[0].id).status = "held"
    feed(pair.database, SearchIndex(tmp_path / "index"))

    read: list[str] = []
    monkeypatch.setattr("storage.index.building.write", _noting(read))
    index = SearchIndex(tmp_path / "index")
    assert rebuild(pair.database, index) == 4
    assert papers[1].id not in read, "what was there was read again"
    assert sorted(found(index, "giấy phép")) == [paper.id for paper in papers[1:]]
    assert not list((tmp_path / "index").rglob("reached.json"))
    assert len(list((tmp_path / "index").glob("v*-*"))) == 1


def killed_at_write(number: int, folder: Path, database_url: str) -> bool:
    """Rebuild in a child that dies after its n-th commit, before it is noted."""

    def work() -> None:
        left = iter(range(number - 1, -1, -1))

        def dying(*given: Any, **named: Any) -> int:
            count = write(*given, **named)
            if next(left) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return count

        building.write = dying  # type: ignore[attr-defined]
        rebuild(Database(database_url), SearchIndex(folder))

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    return child.exitcode == -signal.SIGKILL


def _noting(read: list[str]) -> Callable[..., int]:
    def noting(index: Any, documents: list[IndexedDocument], folder: Path, **named: Any) -> int:
        read.extend(document.id for document in documents)
        return write(index, documents, folder, **named)

    return noting


def test_an_index_of_another_format_or_a_damaged_one_says_how_to_mend_it(index: SearchIndex, tmp_path: Path) -> None:
    """After an update the operator must read `sohoa reindex`, and not a traceback."""
    current = tmp_path / "index" / "current"
    name = current.readlink().name
    current.unlink()
    current.symlink_to("v0-old")
    with pytest.raises(IndexOutdated, match="reindex"):
        SearchIndex(tmp_path / "index").check()
    current.unlink()
    current.symlink_to(name)
    for file in (tmp_path / "index" / name).iterdir():
        file.write_bytes(b"\0")
    with pytest.raises(IndexDamaged, match="reindex"):
        SearchIndex(tmp_path / "index").search("a")


def test_the_outbox_feeds_the_index_and_the_records_rebuild_it(pair: Pair, tmp_path: Path) -> None:
    """What is published is found, and found again from the records when the index is lost."""
    batch = a_batch(pair.database)
    ids = []
    for name, status in (("a", "published"), ("b", "review"), ("c", "held")):
        document = a_document(tmp_path / "made", batch, name=name, status=status)
        publish_scan(pair.database, pair.store, a_scan(pair.database, batch, name.encode()).id, [document])
        ids.append(document.id)
    index = SearchIndex(tmp_path / "index")
    assert feed(pair.database, index) == 2
    assert feed(pair.database, index) == 0
    assert sorted(found(index, "giấy phép")) == sorted(ids[:2])
    again = SearchIndex(tmp_path / "again")
    assert again.rebuild(indexed_documents(pair.database)) == 2
    assert sorted(found(again, "giấy phép")) == sorted(ids[:2])
    with pair.database.reading() as session:
        assert pending(session, INDEX) == 0


def test_what_a_killed_feeder_took_is_fed_again(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A paper that was published must be found even where the indexer died with it in its hands."""
    monkeypatch.setattr("storage.outbox.LEASE_SECONDS", 0.0)
    batch = a_batch(pair.database)
    document = a_document(tmp_path / "made", batch)
    publish_scan(pair.database, pair.store, a_scan(pair.database, batch).id, [document])

    class Died(Exception):
        pass

    class Dying(SearchIndex):
        def add(self, *_: object, **__: object) -> int:
            raise Died

    with pytest.raises(Died):
        feed(pair.database, Dying(tmp_path / "index"))
    with pair.database.reading() as session:
        assert pending(session, INDEX) == 1


def test_the_fold_is_one_for_all_spellings() -> None:
    """Index and query must fold alike, or nothing is found at all."""
    assert one_tone("hoá") == one_tone("hóa")
    assert one_tone("thuỷ") == one_tone("thủy")
    assert one_tone("hoa") != one_tone("hóa")
    assert without_accents("đặng thị quỳnh") == "dang thi quynh"
    text = "Số: 12/QĐ-UBND"
    assert [text[token.start : token.end] for token in tokens(text)] == ["Số", "12", "QĐ", "UBND"]
    assert [token.fold for token in tokens("ðiện")] == ["dien"]
