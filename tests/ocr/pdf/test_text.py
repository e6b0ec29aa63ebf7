"""The text under the image: a citizen who copies, searches or has a page read aloud gets what stands on the paper."""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from ocr.geometry import Box
from ocr.page import Line, ReadPage, Word
from ocr.pdf import assemble, check
from ocr.pdf.checking import extracted_text
from ocr.pdf.wording import folded
from tests.ocr.pdf.made import DPI, METADATA, page, poppler_text, poppler_words
from tests.verapdf import pdfjs_text

TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
LETTERS = [
    unicodedata.normalize("NFC", letter + tone)
    for letter, tone in itertools.product("aăâeêioôơuưy", TONES)
    if letter + tone not in set("aeiouy")
] + ["đ"]
ALL_LETTERS = LETTERS + [letter.upper() for letter in LETTERS]


def texts_of(pdf: Path) -> dict[str, list[str]]:
    """Every page's text, folded, by the name of the reader that was asked."""
    with pypdfium2.PdfDocument(pdf) as document:
        by_pdfium = [extracted_text(document, index) for index in range(len(document))]
    return {
        "pdfium": by_pdfium,
        "poppler": [folded(text) for text in poppler_text(pdf)],
        "poppler in the file's order": [folded(text) for text in poppler_text(pdf, "-raw")],
        "pdf.js": [folded(text) for text in pdfjs_text(pdf)],
    }


def test_every_vietnamese_letter_comes_back_from_every_reader(tmp_path: Path) -> None:
    """Ghostscript's PDF/A lost letters of files with many of them; nobody could search those papers."""
    assert len(set(ALL_LETTERS)) == 134
    rows = ["".join(ALL_LETTERS[start : start + 12]) for start in range(0, 134, 12)]
    made = page(tmp_path, [*rows, "Số: 12/QĐ-UBND - “abc” (xyz); 50% & <0123456789>"])
    assemble([made], METADATA, tmp_path / "a.pdf")
    check(tmp_path / "a.pdf", [made])
    for reader, texts in texts_of(tmp_path / "a.pdf").items():
        assert texts == [folded(made.text)], reader


def test_letters_that_stand_alone_are_kept(tmp_path: Path) -> None:
    """Item letters (a, b, c) and dashes would vanish from lists when pdfium copies them."""
    made = page(tmp_path, ["Mục a - b", "c", "1", "Độc lập - Tự do - Hạnh phúc"])
    assemble([made], METADATA, tmp_path / "a.pdf")
    for reader, texts in texts_of(tmp_path / "a.pdf").items():
        assert texts == [folded(made.text)], reader


def test_words_whose_boxes_touch_stay_apart(tmp_path: Path) -> None:
    """A search for one of two words that the recogniser put edge to edge would find nothing."""
    words = tuple(
        Word(text=text, box=Box(x0, 100, x1, 130), confidence=1)
        for text, x0, x1 in (("Ủy", 100, 140), ("ban", 140, 200), ("nhân", 195, 270), ("dân", 270, 330))
    )
    made = replace(page(tmp_path, ["x"]), lines=(Line(words=words, box=Box(100, 100, 330, 130), block=0),))
    assemble([made], METADATA, tmp_path / "a.pdf")
    for reader, texts in texts_of(tmp_path / "a.pdf").items():
        assert texts == ["Ủy ban nhân dân"], reader


@pytest.mark.parametrize("text", ["ßæøœ ñ Ω Ж 漢字 ²½№ ™", "𝒳😀 𝟙", "xa\u0323\u0306 ne\u0302\u0301"])
def test_any_other_letter_comes_back_too(tmp_path: Path, text: str) -> None:
    """Papers quote foreign names; a letter outside the font must not spoil the page."""
    made = page(tmp_path, [text])
    assemble([made], METADATA, tmp_path / "a.pdf")
    check(tmp_path / "a.pdf", [made])
    assert texts_of(tmp_path / "a.pdf")["poppler"] == [folded(text)]


def test_decomposed_letters_are_written_composed(tmp_path: Path) -> None:
    """A search for Hội, typed composed, would not find the same letters decomposed."""
    made = page(tmp_path, [unicodedata.normalize("NFD", "Hội đồng nhân dân")])
    assemble([made], METADATA, tmp_path / "a.pdf")
    assert poppler_text(tmp_path / "a.pdf")[0].strip() == "Hội đồng nhân dân"


def test_blocks_are_read_in_reading_order(tmp_path: Path) -> None:
    """A screen reader would mix the two heads of a letter that stand side by side."""
    made = page(tmp_path, ["ỦY BAN", "NHÂN DÂN", "CỘNG HÒA", "XÃ HỘI"])
    moved = [
        replace(line, words=tuple(replace(word, box=moved_box(word.box, 400, -96)) for word in line.words))
        for line in made.lines[2:]
    ]
    made = replace(made, lines=(*made.lines[:2], *moved))
    assemble([made], METADATA, tmp_path / "a.pdf")
    check(tmp_path / "a.pdf", [made])
    assert texts_of(tmp_path / "a.pdf")["pdf.js"] == ["ỦY BAN NHÂN DÂN CỘNG HÒA XÃ HỘI"]


def moved_box(box: Box, right: float, down: float) -> Box:
    """The same box elsewhere."""
    return Box(box.x0 + right, box.y0 + down, box.x1 + right, box.y1 + down)


def test_words_lie_over_their_print(tmp_path: Path) -> None:
    """Selecting a word would mark its neighbour; a redaction would black out the wrong one."""
    made = page(tmp_path, ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA", "Độc lập Tự do Hạnh phúc", "xem mưa năm nay"])
    assemble([made], METADATA, tmp_path / "a.pdf")
    wanted = [(word.text, word.box.in_points(DPI)) for line in made.lines for word in line.words]
    found = poppler_words(tmp_path / "a.pdf")[0]
    assert [text for text, _ in found] == [text for text, _ in wanted]
    for (text, box), (_, place) in zip(wanted, found, strict=True):
        assert max(abs(a - b) for a, b in zip(box, place, strict=True)) <= 5, text
        assert abs(box.x0 - place.x0) <= 0.5, text
        assert abs(box.x1 - place.x1) <= 2.5, text


def test_a_leaning_line_is_followed_by_its_text(tmp_path: Path) -> None:
    """On a page that was not levelled the end of a line would be marked a line too high."""
    made = page(tmp_path, ["hai ba bốn năm sáu tám chín"])
    line = made.lines[0]
    words = tuple(replace(word, box=moved_box(word.box, 0, word.box.x0 * 0.05)) for word in line.words)
    leaning: ReadPage = replace(made, lines=(replace(line, words=words),))
    assemble([leaning], METADATA, tmp_path / "a.pdf")
    found = poppler_words(tmp_path / "a.pdf")[0]
    drop = (found[-1][1].y1 - found[0][1].y1) / (found[-1][1].x0 - found[0][1].x0)
    assert drop == pytest.approx(0.05, abs=0.005)


def test_a_hyphen_that_ends_a_line_holds_no_paper_up(tmp_path: Path):
    """Codes and rules of print end lines with hyphens; a pile of twenty papers must not wait for one."""
    read = page(tmp_path, ["Mã số A1-S-", "hồ sơ", "các huyện-", "thành phố", "12-", "34"])
    finished = tmp_path / "document.pdf"
    assemble([read], METADATA, finished)
    check(finished, [read])
    assert texts_of(finished)["pdfium"] == ["Mã số A1-S- hồ sơ các huyện- thành phố 12- 34"]
