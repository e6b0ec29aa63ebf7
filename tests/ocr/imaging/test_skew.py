"""How lines lean, and what is done about it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.imaging.preparing import prepare
from tests.ocr.imaging.paper import Sheet, grainy, leaning, scanned


@pytest.mark.parametrize("degrees", [-15.0, -8.3, -2.25, 0.6, 4.0, 14.5])
def test_a_leaning_page_is_levelled(degrees: float) -> None:
    """Words on leaning lines are read wrong, and their boxes miss them in the PDF."""
    page = prepare(scanned(leaning(grainy(Sheet().print().colour), degrees)), min_dpi=100)
    assert page.facts.skew == pytest.approx(degrees, abs=0.06)
    assert page.facts.residual_skew == pytest.approx(0, abs=0.06)
    assert not page.facts.kept_bytes


def test_a_lean_that_nobody_sees_is_left_and_told() -> None:
    """Turning a page for a hair's breadth blurs it and throws the scanner's own bytes away."""
    page = prepare(scanned(leaning(Sheet(dpi=200).print().grey, 0.07), dpi=200, jpeg=b"scan"), min_dpi=100)
    assert page.facts.kept_bytes
    assert page.facts.skew == pytest.approx(0.07, abs=0.03)
    assert page.facts.residual_skew == page.facts.skew


@pytest.mark.parametrize("kind", ["seal", "noise"])
def test_a_page_without_lines_is_not_turned(kind: str) -> None:
    """A stamp or a photo has no lines: whatever angle came out would be made up."""
    noise = np.random.default_rng(3).integers(90, 255, (1754, 1240), dtype=np.uint8)
    image = Sheet().seal(100, 140).colour if kind == "seal" else np.asarray(cv2.blur(noise, (5, 5)), np.uint8)
    page = prepare(scanned(image), min_dpi=100)
    assert page.facts.skew == 0.0
    assert page.faithful.shape == image.shape


def test_no_word_falls_off_a_page_that_is_levelled() -> None:
    """A line that reaches the scan's corner must still be there after levelling, on a larger page."""
    sheet = Sheet().print().print(x=4, y=3, leading=290).print(x=4, y=286, leading=290)
    raw = scanned(leaning(sheet.colour, 6.0, ground=245))
    level = leaning(raw.image, -6.0)
    page = prepare(raw, min_dpi=100)
    assert page.facts.width >= level.shape[1]
    assert page.facts.height >= level.shape[0]
    kept, before = (np.count_nonzero(image < 120) for image in (page.faithful[:, :, 1], raw.image[:, :, 1]))
    assert kept > 0.9 * before


def test_parts_that_lean_differently_are_told() -> None:
    """A sheet that slipped in the feeder cannot be levelled as a whole: a person should know."""
    sheet = Sheet().print(leading=6).print(y=160, leading=6).grey
    half = sheet.shape[0] // 2
    slipped = np.vstack([leaning(sheet, 0.0)[:half], leaning(sheet, 2.5)[half:]])
    assert any("lean differently" in note for note in prepare(scanned(slipped), min_dpi=100).facts.notes)
    assert not any("lean differently" in note for note in prepare(scanned(sheet), min_dpi=100).facts.notes)


def spread(left: float, right: float, rotation: int = 0) -> np.ndarray:
    """Two leaves side by side that lean by so many degrees, turned counter-clockwise."""
    sheet = grainy(Sheet().print().print(y=160).colour)
    leaves = np.hstack([leaning(sheet, left, ground=245), leaning(sheet, right, ground=245)])
    return np.asarray(np.rot90(leaves, rotation // 90), np.uint8)


@pytest.mark.parametrize(("left", "right", "rotation"), [(1.0, -1.0, 0), (0.0, 2.2, 0), (-1.4, -0.8, 90)])
def test_leaves_of_a_spread_that_lean_differently_are_each_level(left: float, right: float, rotation: int) -> None:
    """A land certificate's fold: one leaf level and the other askew is read badly, and its words' boxes are off."""
    page = prepare(scanned(np.ascontiguousarray(spread(left, right, rotation))), min_dpi=100)
    assert page.facts.rotation == rotation
    assert any("each was levelled by itself" in note for note in page.facts.notes)
    assert not any("slipped" in note for note in page.facts.notes)
    middle = page.facts.width // 2
    for leaf in (page.faithful[:, :middle], page.faithful[:, middle:]):
        alone = prepare(scanned(np.ascontiguousarray(leaf)), min_dpi=100)
        assert alone.facts.skew == pytest.approx(0, abs=0.06)
    level = spread(0.0, 0.0)
    kept, before = (np.count_nonzero(image[:, :, 1] < 120) for image in (page.faithful, level))
    assert kept > 0.9 * before


def test_a_spread_whose_leaves_agree_is_levelled_as_one() -> None:
    """Two warps and a seam for nothing."""
    page = prepare(scanned(spread(1.0, 1.0)), min_dpi=100)
    assert page.facts.skew == pytest.approx(1.0, abs=0.06)
    assert not any("lean differently" in note for note in page.facts.notes)


def test_a_table_across_the_fold_is_one_sheet() -> None:
    """A wide table cut in two down its middle would lose a column's lines."""
    image = spread(1.0, -1.0)
    height, width = image.shape[:2]
    cv2.line(image, (width // 4, height // 2), (3 * width // 4, height // 2), (20, 20, 20), 3)
    page = prepare(scanned(image), min_dpi=100)
    assert any("slipped" in note for note in page.facts.notes)
