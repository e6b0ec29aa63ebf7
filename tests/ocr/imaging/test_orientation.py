"""Which way is up."""

from __future__ import annotations

import pytest

from ocr.imaging.orientation import find_turn
from ocr.imaging.pieces import find_pieces
from ocr.imaging.preparing import prepare
from tests.ocr.imaging.paper import TEXT, Sheet, grainy, scanned, turned

TURNS = (0, 90, 180, 270)
FACES = ("Serif", "Sans", "SansMono", "Serif-Bold")


@pytest.mark.parametrize("degrees", TURNS)
@pytest.mark.parametrize("font", FACES)
def test_a_page_left_on_its_side_or_head_is_turned_once(font: str, degrees: int) -> None:
    """A reader would get scrambled text, a clerk a page that stands on its head."""
    points = 11 if font == "SansMono" else 13
    page = prepare(scanned(turned(grainy(Sheet().print(font=font, points=points).grey), degrees)), min_dpi=100)
    assert page.facts.rotation == degrees
    assert page.facts.rotation_confidence > 0.95
    assert page.grey.shape[0] > page.grey.shape[1]


@pytest.mark.parametrize("degrees", TURNS)
def test_a_wide_table_scanned_sideways_stands_upright(degrees: int) -> None:
    """Annexes are wide tables fed short side first; their figures must not be lost."""
    rows = [["Đơn vị", "Số hồ sơ", "Tỷ lệ", "Ghi chú"], *[["Phường Thử", "1.204", "97,5%", "đúng hạn"]] * 16]
    table = Sheet().table(20, 30, rows, wide=42).grey
    assert prepare(scanned(turned(table, degrees)), min_dpi=100).facts.rotation == degrees


@pytest.mark.parametrize("degrees", TURNS)
def test_a_page_with_a_heading_alone_is_turned_or_doubted(degrees: int) -> None:
    """Covers bear three lines. Where that is too little to be sure, the others must be offered for trial."""
    turn = find_turn(find_pieces(turned(Sheet().print(TEXT[:3], y=120).grey, degrees), 150))
    assert turn.rotation == degrees or degrees in turn.others


def test_figures_alone_leave_doubt() -> None:
    """A page of bare figures looks alike both ways up: a sure answer would be a lie."""
    figures = Sheet().print(["180 690 808 111", "960 018 881 609", "606 989 010 818"] * 3, font="SansMono").grey
    turn = find_turn(find_pieces(figures, 150))
    assert turn.confidence < 0.98
    assert 180 in (turn.rotation, *turn.others)


def test_a_page_without_letters_is_left_as_it_lay() -> None:
    """Nothing to tell up by: turning a photo or a drawing at random would be damage."""
    turn = find_turn(find_pieces(Sheet().seal(100, 100).grey, 150))
    assert turn.confidence <= 0.5 or turn.rotation == 0
