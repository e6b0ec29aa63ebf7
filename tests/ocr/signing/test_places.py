"""Where stamps go: a signature over a number or a QR code makes both useless."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pikepdf
import PIL.Image
import pytest

from ocr.signing.places import Corner, Place, find_place
from ocr.signing.stamp import make_stamp, write_stamp
from tests.ocr.pdf.made import rendered

WIDE, HIGH = 160.0, 30.0  # points of a stamp
A4 = (595, 842)


def drawn(folder: Path, *black: tuple[int, int, int, int], turn: int = 0) -> Path:
    """A page, seen upright after a turn, with black boxes (points from its top left)."""
    seen = np.full((A4[1] * 2, A4[0] * 2, 3), 250, np.uint8)
    for x0, y0, x1, y1 in black:
        for x in range(x0 * 2, x1 * 2, 6):  # strokes, as of print: a solid area is a picture's own paper
            seen[y0 * 2 : y1 * 2, x : x + 3] = 20
    PIL.Image.fromarray(np.rot90(seen, turn // 90).copy()).save(folder / "a.pdf", resolution=144)
    if turn:
        with pikepdf.open(folder / "a.pdf", allow_overwriting_input=True) as pdf:
            pdf.pages[0].Rotate = turn
            pdf.save(folder / "a.pdf")
    return folder / "a.pdf"


def test_a_stamp_stands_in_its_corner_of_an_empty_page(tmp_path: Path) -> None:
    """The rule says where: people look there first."""
    pdf = drawn(tmp_path)
    left = find_place(pdf, Corner.TOP_LEFT, WIDE, HIGH)
    right = find_place(pdf, Corner.TOP_RIGHT, WIDE, HIGH)
    assert left.box == pytest.approx((14, 842 - 14 - HIGH, 14 + WIDE, 842 - 14), abs=1)
    assert right.box == pytest.approx((595 - 14 - WIDE, 842 - 14 - HIGH, 595 - 14, 842 - 14), abs=1)
    assert (left.covers, right.covers, left.scale) == (False, False, 1.0)


def test_print_and_codes_are_gone_round(tmp_path: Path) -> None:
    """The procedures system prints its QR code top left, where the officer signs."""
    code = (10, 10, 90, 90)
    place = find_place(drawn(tmp_path, code, (60, 95, 280, 110)), Corner.TOP_LEFT, WIDE, HIGH)
    assert not place.covers
    x0, _, _, y1 = place.box
    assert x0 >= 90 or 842 - y1 >= 110


def test_a_crowded_corner_gets_a_smaller_stamp(tmp_path: Path) -> None:
    """A smaller stamp beside the print is read; a larger one over it spoils both."""
    place = find_place(drawn(tmp_path, (180, 0, 300, 240), (0, 40, 180, 240)), Corner.TOP_LEFT, WIDE, HIGH)
    assert not place.covers
    assert place.scale < 1


def test_a_full_head_is_covered_where_least_is_lost(tmp_path: Path) -> None:
    """Every paper can be signed; that something is covered is known."""
    place = find_place(drawn(tmp_path, (0, 0, 595, 190), (0, 200, 595, 300)), Corner.TOP_RIGHT, WIDE, HIGH)
    assert place.covers
    assert 842 - place.box[1] > 185  # about the lines' gap


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_stamp_stands_upright_on_a_turned_page(tmp_path: Path, turn: int) -> None:
    """A page that a clerk turned is signed as it is seen, and not on its side."""
    pdf = drawn(tmp_path, (0, 60, 595, 80), turn=turn)
    stamp = make_stamp(["Ký bởi: Trần Thị Cán Bộ", "24/11/2026"])
    place = find_place(pdf, Corner.TOP_LEFT, stamp.width, stamp.height)
    assert place.turn == turn
    write_stamp(stamp, tmp_path / "stamp.pdf", turn=place.turn, scale=place.scale)
    seen = with_stamp(pdf, tmp_path / "stamp.pdf", place)
    region = seen[14 : 14 + int(stamp.height), 14 : 14 + int(stamp.width)]
    rows = (region.min(axis=2) < 128).any(axis=1)
    lines = np.count_nonzero(np.diff(rows.astype(int)) == 1) + int(rows[0])
    assert lines >= 2  # of print that runs across; on its side it would be one block
    assert (seen[:58].min(axis=2) < 128).sum() == (region.min(axis=2) < 128).sum()


def with_stamp(pdf: Path, stamp: Path, place: Place) -> np.ndarray:
    """The page as poppler shows it, a pixel a point, once the stamp lies on it."""
    both = pdf.with_name("both.pdf")
    with pikepdf.open(pdf) as opened, pikepdf.open(stamp) as laid:
        page = opened.pages[0]
        name = page.add_resource(opened.copy_foreign(laid.pages[0].as_form_xobject()), pikepdf.Name.XObject)
        x, y = place.box[:2]
        page.contents_add(f"q 1 0 0 1 {x} {y} cm {name} Do Q".encode())
        opened.save(both)
    return np.asarray(cv2.resize(rendered(both, width=2 * A4[0]), A4, interpolation=cv2.INTER_AREA))
