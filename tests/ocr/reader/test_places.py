"""The measure of places (tests.benchmarks.unlike.places) tells a lost word and a box that lies off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ocr.geometry import Box
from ocr.page import Colour, Line, PageFacts, ReadPage, Word
from samples.sheet import BLACK, DPI, RED
from tests.benchmarks.unlike.places import places, share_near
from tests.benchmarks.unlike.sheet import Family, Printed, Sheet
from tests.ocr.reader.sheet import FONT

FAMILY = Family("DejaVu Serif", "serif", (FONT, FONT, FONT, FONT))


@pytest.fixture
def sheet() -> Sheet:
    made = Sheet(FAMILY)
    made.say("Điều 1. Kỳ - họp", 100, 50)
    return made


def as_read(words: list[Printed]) -> ReadPage:
    line = tuple(Word(text=word.text, box=word.box, confidence=1.0) for word in words)
    facts = PageFacts(number=1, width=595, height=842, dpi=72, colour=Colour.GREY)
    lines = (Line(words=line, box=Box(0, 0, 600, 200), block=0),)
    return ReadPage(facts=facts, image=Path(), image_sha256="", engine=None, lines=lines, barcodes=())


def test_a_printed_words_place_is_that_of_its_ink(sheet: Sheet):
    """A truth that is a point off would blame the reader, or excuse it."""
    ink = np.asarray(sheet.image.convert("L")) < 128
    for word in sheet.printed:
        x0, y0, x1, y1 = (round(value * DPI / 72) for value in word.box)
        ys, xs = np.nonzero(ink[y0 - 40 : y1 + 40, x0 - 4 : x1 + 4])
        assert np.abs([xs.min() - 4, ys.min() - 40, xs.max() - 3 - (x1 - x0), ys.max() - 39 - (y1 - y0)]).max() <= 1


def test_a_word_in_no_line_is_lost(sheet: Sheet):
    """The share that is printed is of these."""
    first, *_, last = (word.box for word in sheet.printed)
    line = Box(first.x0, first.y0 - 2, last.x0 - 1, first.y1 + 2)
    found = list(places(sheet, as_read(sheet.printed), [line], "grey"))
    assert [one.word.text for one in found if not one.in_line] == ["họp"]


def test_a_box_that_took_the_next_words_letter_is_off(sheet: Sheet):
    """One letter is wider than the two points that count as in place."""
    read = [*sheet.printed]
    read[0] = replace(read[0], box=read[0].box._replace(x1=read[0].box.x1 + 7))
    found = list(places(sheet, as_read(read), [], "grey"))
    assert [round(value) for value in found[0].off] == [0, 0, 7, 0]
    assert share_near(found)[:2] == (5, 0.8)


def test_coloured_print_is_left_out_and_covered_print_told_apart(sheet: Sheet):
    """A stamp's letters are no print, and a seal's ring is ink in every word that it crosses."""
    sheet.say("ĐẾN", 40, 90, colour=RED)
    place = sheet.printed[1].box.centre
    sheet.press(
        sheet.image.convert("L").resize((40, 40)).point(lambda _: 255), *(v / 72 * 25.4 for v in place), BLACK
    )
    found = list(places(sheet, as_read(sheet.printed), [], "grey"))
    assert [one.word.text for one in found] == ["Điều", "1.", "Kỳ", "-", "họp"]
    assert [one.covered for one in found] == [False, True, False, False, False]
