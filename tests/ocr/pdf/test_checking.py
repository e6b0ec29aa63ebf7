"""The last look before a paper is published: what is wrong must be seen, whatever made it wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from ocr.errors import PdfInvalid, TextLayerDiffers
from ocr.geometry import Box
from ocr.page import Line, ReadPage, Word
from ocr.pdf import assemble, check
from ocr.pdf.wording import order_is_free
from tests.ocr.pdf.made import METADATA, page


@pytest.fixture
def paper(tmp_path: Path) -> tuple[Path, list[ReadPage]]:
    """A finished paper of two pages."""
    pages = [page(tmp_path, ["Quyết định", "về việc thử"]), page(tmp_path, ["Trang hai"], number=2)]
    assemble(pages, METADATA, tmp_path / "a.pdf")
    check(tmp_path / "a.pdf", pages)
    return tmp_path / "a.pdf", pages


def rewritten(pdf: Path, change: dict[bytes, bytes], *, page_index: int = 1) -> None:
    """Save the file with another content stream on a page, as PDF/A again."""
    with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
        content = opened.pages[page_index].Contents.read_bytes()
        for old, new in change.items():
            assert old in content
            content = content.replace(old, new)
        opened.pages[page_index].Contents.write(content)
        opened.save(pdf, **pikepdf.pdfa.resolve_save_kwargs("2b"))


def test_a_lost_letter_is_seen(paper: tuple[Path, list[ReadPage]]) -> None:
    """Text that was silently lost makes a paper that nobody finds again (OCRmyPDF #1747)."""
    pdf, pages = paper
    with pikepdf.open(pdf) as opened:
        shown = opened.pages[1].Contents.read_bytes().split(b"<")[1].split(b">")[0]
    rewritten(pdf, {b"<" + shown + b">": b"<" + shown[4:] + b">"})
    with pytest.raises(TextLayerDiffers, match=r"a\.pdf: page 2 .*rang hai.*Trang hai"):
        check(pdf, pages)


def test_words_in_another_order_are_seen(paper: tuple[Path, list[ReadPage]]) -> None:
    """Who copies a sentence would get its words mixed up."""
    pdf, pages = paper
    first, second = pages[0].lines
    with pytest.raises(TextLayerDiffers, match="page 1"):
        check(pdf, [replace(pages[0], lines=(second, first)), pages[1]])


def test_a_map_to_other_letters_is_seen(paper: tuple[Path, list[ReadPage]]) -> None:
    """The page looks right and the text is wrong: only extracting it shows that."""
    pdf, pages = paper
    with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
        mapping = next(iter(opened.pages[0].Resources.Font.as_dict().values())).ToUnicode
        letter = "ế".encode("utf-16-be").hex().upper().encode()
        mapping.write(mapping.read_bytes().replace(b"<" + letter, b"<0065"))
        opened.save(pdf, **pikepdf.pdfa.resolve_save_kwargs("2b"))
    with pytest.raises(TextLayerDiffers, match="Quyet định"):
        check(pdf, pages)


def test_a_missing_page_is_seen(paper: tuple[Path, list[ReadPage]]) -> None:
    """A decision without its second page is another decision."""
    pdf, pages = paper
    with pytest.raises(PdfInvalid, match="2 pages instead of 3"):
        check(pdf, [*pages, pages[1]])


def test_a_file_that_is_not_pdfa_is_seen(paper: tuple[Path, list[ReadPage]]) -> None:
    """The archive would send it back."""
    pdf, pages = paper
    with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
        del opened.Root["/OutputIntents"]
        opened.save(pdf)
    with pytest.raises(PdfInvalid, match="not PDF/A-2b"):
        check(pdf, pages)


@pytest.mark.parametrize("size", [0, 100, 5000])
def test_a_file_that_was_cut_off_is_seen(paper: tuple[Path, list[ReadPage]], size: int) -> None:
    """A disk that fills up while the file is written."""
    pdf, pages = paper
    pdf.write_bytes(pdf.read_bytes()[:size])
    with pytest.raises(PdfInvalid):
        check(pdf, pages)


def line(text: str, box: Box, block: int = 0) -> Line:
    """A line of one word."""
    return Line(words=(Word(text=text, box=box, confidence=0.5),), box=box, block=block)


def test_lines_recognised_over_one_another_do_not_hold_a_paper_up(tmp_path: Path) -> None:
    """Readers sort letters that lie over one another as they like; nothing is lost, so the paper may go out."""
    pile = tuple(
        line(text, Box(100 + 9 * i, 100, 160 + 9 * i, 130), i) for i, text in enumerate(("abc", "đef", "ghi"))
    )
    made = replace(page(tmp_path, ["x"]), lines=pile)
    assemble([made], METADATA, tmp_path / "a.pdf")
    check(tmp_path / "a.pdf", [made])
    lost = replace(made, lines=(*pile, line("jkl", Box(100, 102, 160, 130), 3)))
    with pytest.raises(TextLayerDiffers):
        check(tmp_path / "a.pdf", [lost])


def test_shreds_of_a_seal_read_from_right_to_left_do_not_hold_a_paper_up(tmp_path: Path) -> None:
    """A scribble read as two lines at one height kept a whole pile of six papers from being published."""
    shreds = (line("‡", Box(286, 100, 300, 121), 0), line("Z", Box(186, 101, 229, 124), 1))
    made = replace(page(tmp_path, ["x"]), lines=shreds)
    assemble([made], METADATA, tmp_path / "a.pdf")
    check(tmp_path / "a.pdf", [made])
    assert order_is_free(made)
    assert not order_is_free(replace(made, lines=shreds[::-1]))


def test_right_to_left_words_do_not_hold_a_paper_up(tmp_path: Path) -> None:
    """A recogniser that sees Hebrew in a scribble must not keep the decision from its citizen."""
    made = page(tmp_path, ["Quyết שלום định"])
    assemble([made], METADATA, tmp_path / "a.pdf")
    check(tmp_path / "a.pdf", [made])
