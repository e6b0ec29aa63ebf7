"""Mending pages: papers taken apart, put together, turned and ordered, with PDF, text and records that agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from pikepdf import pdfa

from flows.mending import Bench, arrange, join, split
from storage.errors import DocumentChanged, WrongMending
from storage.index.feed import feed
from storage.mending import scan_again
from storage.records import DocumentRecord, NewField, get_document, page_texts
from tests.api.conftest import house_of_pair
from tests.api.house import House, PaperText
from tests.web.conftest import house, records
from tests.web.papers import NUMBER_BOX, a_page, a_pdf, an_alto

__all__ = ["house", "house_of_pair", "records"]  # fixtures


def _alto(*pages: int) -> bytes:
    parts = [an_alto(f"trang {page}", page=page).decode() for page in pages]
    inner = "".join(part[part.index("<Page") : part.index("</Layout>")] for part in parts)
    return f'<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout>{inner}</Layout></alto>'.encode()


def _paper(house: House) -> str:
    """A paper of three pages."""
    pdf = a_pdf(*(a_page(f"trang {page}") for page in (1, 2, 3)))
    paper = PaperText(name="a", files={"pdf": pdf, "alto": _alto(1, 2, 3)})
    texts = ((1, "trang một"), (2, "trang hai"), (3, "trang ba"))
    signer = NewField(
        name="signer", value="Lê A", confidence=0.9, status="accepted", page=3, box=(10, 20, 30, 40), evidence=""
    )
    number = replace(signer, name="number", value="12/QĐ-UBND", page=1, box=NUMBER_BOX)
    return house.publish_pile(paper, pages=(1, 2, 3), page_texts=texts, fields=(number, signer))


def _bench(house: House) -> Bench:
    return Bench(database=house.door.database, store=house.door.store, folder=house.folder, agent="account lan")


def _seen(house: House, document: str) -> DocumentRecord:
    with house.door.database.reading() as session:
        return get_document(session, document)


def _texts(house: House, document: str) -> list[tuple[int, str]]:
    with house.door.database.reading() as session:
        return page_texts(session, document)


def _file(house: House, document: str, name: str) -> Path:
    part = next(part for part in _seen(house, document).parts if part.name == name)
    to = house.folder / f"{part.sha256}-{name}"
    if not to.exists():
        house.door.store.fetch(part.key, to)
    return to


def _found(house: House, query: str) -> set[str]:
    feed(house.door.database, house.door.index)
    return {hit.document_id for hit in house.door.index.search(query).hits}


def test_a_paper_is_split_with_its_text_its_fields_and_its_pdf(house: House) -> None:
    """A page that stays with the wrong paper is found under the wrong citizen."""
    paper = _paper(house)
    new = split(_bench(house), paper, version=1, pages=[3])
    kept, gone = _seen(house, paper), _seen(house, new)
    assert (kept.order, gone.order) == ((1, 2), (3,))
    assert (kept.version, gone.version, gone.status) == (2, 1, "review")
    assert (_texts(house, paper), _texts(house, new)) == ([(1, "trang một"), (2, "trang hai")], [(3, "trang ba")])
    assert "signer" not in {field.name for field in kept.fields}
    assert {field.name: field.value for field in gone.fields}["signer"] == "Lê A"
    for document, pages in ((paper, 2), (new, 1)):
        with pikepdf.open(_file(house, document, "pdf")) as pdf:
            assert len(pdf.pages) == pages
        assert pdfa.validate_written(_file(house, document, "pdf"), "2b").passed
        assert _file(house, document, "alto").read_text().count("<Page") == pages


def test_what_was_split_is_put_together_again_and_leaves_no_second_copy(house_of_pair: House) -> None:
    """A split by mistake must not leave two papers that both claim the page."""
    house = house_of_pair
    paper = _paper(house)
    new = split(_bench(house), paper, version=1, pages=[2, 3])
    assert join(_bench(house), paper, new, versions=(2, 1)) == 3
    whole, gone = _seen(house, paper), _seen(house, new)
    assert (whole.order, gone.status, gone.fields, gone.parts) == ((1, 2, 3), "disposed", (), ())
    assert [page for page, _ in _texts(house, paper)] == [1, 2, 3]
    again = split(_bench(house), paper, version=3, pages=[2, 3])
    assert (again, _seen(house, again).version) == (new, 3)


def test_a_turned_page_keeps_its_text_and_its_boxes_turn_with_it(house: House) -> None:
    """A box that stays behind points a clerk at the wrong place of the page."""
    paper = _paper(house)
    before = next(field for field in _seen(house, paper).fields if field.name == "number").box
    with pikepdf.open(_file(house, paper, "pdf")) as pdf:
        height = float(pdf.pages[0].mediabox[3])
    arrange(_bench(house), paper, version=1, order=[2, 1, 3], turns={1: 90}, blank=[3])
    seen = _seen(house, paper)
    after = next(field for field in seen.fields if field.name == "number").box
    assert before is not None
    assert after == pytest.approx((height - before[3], before[0], height - before[1], before[2]), abs=0.1)
    assert (seen.order, seen.pages, seen.blank_pages) == ((2, 1, 3), (2, 1), (3,))
    with pikepdf.open(_file(house, paper, "pdf")) as pdf:
        assert [int(page.get("/Rotate", 0)) for page in pdf.pages] == [0, 90, 0]


def test_pages_are_neither_lost_nor_doubled_nor_taken_from_elsewhere(house: House) -> None:
    """A page that a slip of the mouse drops is gone for ever once the paper is destroyed."""
    paper = _paper(house)
    bench = _bench(house)
    for order in ([1, 2], [1, 2, 3, 3], [1, 2, 4]):
        with pytest.raises(WrongMending):
            arrange(bench, paper, version=1, order=order, turns={}, blank=[])
    with pytest.raises(WrongMending):
        arrange(bench, paper, version=1, order=[1, 2, 3], turns={}, blank=[1, 2, 3])
    for pages in ([], [1, 2, 3], [4]):
        with pytest.raises(WrongMending):
            split(bench, paper, version=1, pages=pages)
    with pytest.raises(DocumentChanged):
        split(bench, paper, version=7, pages=[3])
    assert (_seen(house, paper).version, _seen(house, paper).order) == (1, (1, 2, 3))


def test_the_index_follows(house: House) -> None:
    """A search would lead to the paper that the page is no longer in."""
    paper = _paper(house)
    new = split(_bench(house), paper, version=1, pages=[3])
    assert _found(house, '"trang ba"') == {new}
    join(_bench(house), paper, new, versions=(2, 1))
    assert _found(house, '"trang ba"') == {paper}


def test_a_paper_that_must_be_scanned_again_waits_until_it_was(house: House) -> None:
    """A request on a yellow note is lost before the scanner is free."""
    paper = _paper(house)
    with house.door.database.transaction() as session:
        scan_again(session, paper, version=1, why="trang 2 bị gấp góc", agent="account lan")
    assert _seen(house, paper).reasons == ("scan again: trang 2 bị gấp góc",)
    assert _seen(house, paper).status == "review"
    with house.door.database.transaction() as session:
        scan_again(session, paper, version=2, why=None, agent="account lan")
    assert (_seen(house, paper).status, _seen(house, paper).reasons) == ("published", ())
