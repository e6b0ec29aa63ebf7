"""Seals, stamps, coloured print and pens are found and told apart."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.geometry import Box
from ocr.imaging.preparing import prepare
from ocr.page import PageFacts
from tests.ocr.imaging.paper import BLACK, BLUE, RED, Sheet, grainy, leaning, scanned


def facts_of(image: np.ndarray, dpi: float = 150) -> PageFacts:
    return prepare(scanned(image, dpi=dpi), min_dpi=100).facts


def millimetres(x0: float, y0: float, x1: float, y1: float, dpi: float = 150) -> Box:
    return Box(*(value / 25.4 * dpi for value in (x0, y0, x1, y1)))


def shared(one: Box, other: Box) -> float:
    both = one.overlap(other)
    return both / (one.width * one.height + other.width * other.height - both)


@pytest.mark.parametrize("radius", [11, 18, 21])
@pytest.mark.parametrize("dpi", [100, 200])
def test_a_red_seal_over_name_and_signature_is_found(radius: float, dpi: int) -> None:
    """Review and certified copies need to know where a seal is."""
    sheet = Sheet(dpi=dpi).print().write("Nguyễn Văn Thử", 112, 216).signature(120, 205).seal(118, 210, radius=radius)
    (seal,) = facts_of(grainy(sheet.colour), dpi).seals
    assert shared(seal, millimetres(118 - radius, 210 - radius, 118 + radius, 210 + radius, dpi)) > 0.8


def test_a_seal_on_a_grey_scan_is_found_by_its_ring() -> None:
    """Half of all archives were scanned without colour."""
    sheet = Sheet().print().write("Nguyễn Văn Thử", 112, 216).seal(118, 210, ink=(110, 110, 110))
    (seal,) = facts_of(grainy(sheet.grey)).seals
    assert shared(seal, millimetres(100, 192, 136, 228)) > 0.8


def test_print_alone_has_no_seal() -> None:
    """A seal that is not there would make a draft look signed."""
    sheet = Sheet().print().table(25, 130, [["1", "2", "3"]] * 6)
    assert facts_of(sheet.grey).seals == ()
    assert facts_of(sheet.colour).seals == ()


def test_a_framed_urgency_is_print_and_no_seal() -> None:
    """HỎA TỐC decides how fast a paper is worked on."""
    sheet = Sheet().print(y=60).write("HỎA TỐC", 31, 31, ink=RED, font="Serif-Bold", points=16)
    sheet.draw.rectangle([sheet.px(v) for v in (28, 29, 68, 41)], outline=RED, width=3)
    facts = facts_of(sheet.colour)
    assert facts.seals == ()
    (line,) = facts.red_print
    assert line.overlap(millimetres(31, 32, 62, 38)) > 0


def test_a_stamp_set_askew_is_known_with_its_angle() -> None:
    """Urgency stamps are set by hand at any angle, and must be turned to be read."""
    word = Sheet().write("HỎA TỐC", 85, 145, ink=RED, font="Serif-Bold", points=20)
    image = np.minimum(Sheet().print(y=190).colour, leaning(word.colour, 30))
    lines = prepare(scanned(image), min_dpi=100).coloured_print
    assert lines
    assert all(line.degrees == pytest.approx(30, abs=6) for line in lines)


def test_a_blue_signature_and_a_written_number_are_told_apart() -> None:
    """A number written by hand goes to a person; a signature is no text at all."""
    sheet = Sheet().print(y=60).signature(120, 200)
    sheet.draw.line([(sheet.px(x), sheet.px(y)) for x, y in ((40, 40), (42, 36), (42, 42))], fill=BLUE, width=3)
    facts = facts_of(sheet.colour)
    (signature,) = facts.signatures
    assert signature.overlap(millimetres(120, 195, 155, 205)) > 0
    assert any(box.overlap(millimetres(39, 35, 43, 43)) > 0 for box in facts.handwriting)


def test_a_black_signature_is_found_by_its_stroke() -> None:
    """In black ink, or on a grey scan, there is no colour to go by."""
    facts = facts_of(Sheet().print().signature(120, 200, ink=BLACK).grey)
    assert any(box.overlap(millimetres(120, 194, 155, 206)) > 0 for box in facts.signatures)


def test_a_table_is_found_with_its_rules() -> None:
    """Fields and layout must know that cells stand beside each other."""
    facts = facts_of(Sheet().print().table(25, 130, [["STT", "Tên", "Số"]] * 5).grey)
    (table,) = facts.tables
    assert shared(table, millimetres(25, 130, 115, 175)) > 0.9
    assert len(facts.rules) >= 10
