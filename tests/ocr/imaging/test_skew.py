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


def test_halves_of_a_spread_that_lean_differently_are_told() -> None:
    """One half is levelled and the other left askew: who looks for a word there should know why it is not found."""
    sheet = Sheet().print().grey
    spread = np.hstack([leaning(sheet, 1.0), leaning(sheet, -1.0)])
    assert any("lean differently" in note for note in prepare(scanned(spread), min_dpi=100).facts.notes)
    even = np.hstack([leaning(sheet, 1.0), leaning(sheet, 1.0)])
    assert not any("lean differently" in note for note in prepare(scanned(even), min_dpi=100).facts.notes)
