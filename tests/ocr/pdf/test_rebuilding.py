"""A paper whose PDF fails its check is made again more plainly: it reaches its citizen, and nothing false does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pikepdf
import PIL.Image
import pytest

from ocr.errors import PdfInvalid, TextLayerDiffers
from ocr.geometry import Box
from ocr.page import Line, Word
from ocr.pdf import assemble, assemble_checked, check
from ocr.pdf.assembly import Plainly
from ocr.pdf.placing import text_content
from tests.ocr.pdf.made import METADATA, page, poppler_words


def test_a_paper_that_passes_is_made_once(tmp_path: Path) -> None:
    """A note on every paper would be read by nobody."""
    made = [page(tmp_path, ["Quyết định", "về việc thử"])]
    assert assemble_checked(made, METADATA, tmp_path / "a.pdf") is None
    check(tmp_path / "a.pdf", made)


def test_an_image_that_pdf_does_not_take_is_encoded_anew(tmp_path: Path) -> None:
    """A press scanner's CMYK JPEG kept its whole paper from being published."""
    made = page(tmp_path, ["Quyết định"])
    with PIL.Image.open(made.image) as image:
        image.convert("CMYK").save(made.image, format="JPEG")
    with pytest.raises(PdfInvalid, match="4 colours"):
        assemble([made], METADATA, tmp_path / "a.pdf")
    rebuilt = assemble_checked([made], METADATA, tmp_path / "a.pdf")
    assert rebuilt is not None
    assert (rebuilt.error, rebuilt.images, rebuilt.pages) == ("PdfInvalid", True, ())
    assert "encoded anew" in rebuilt.notes[0]
    check(tmp_path / "a.pdf", [made])
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert pdf.pages[0].Resources.XObject["/I"].ColorSpace in (pikepdf.Name.DeviceRGB, pikepdf.Name.DeviceGray)


def test_text_that_comes_back_changed_is_placed_by_lines_on_that_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page that a reader takes apart must not hold up a decision of many."""

    def torn(lines: tuple[Line, ...], *rest: object, **more: object) -> bytes:
        shorter = [replace(line, words=line.words[:-1]) for line in lines]
        return text_content(shorter if "hai" in lines[0].text else lines, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("ocr.pdf.assembly.text_content", torn)
    made = [page(tmp_path, ["Trang một"]), page(tmp_path, ["Trang số hai của tờ giấy này"], number=7)]
    rebuilt = assemble_checked(made, METADATA, tmp_path / "a.pdf")
    assert rebuilt is not None
    assert (rebuilt.error, rebuilt.images, rebuilt.pages) == ("TextLayerDiffers", False, (7,))
    check(tmp_path / "a.pdf", made)
    words = dict(poppler_words(tmp_path / "a.pdf")[1])
    (line,) = made[1].lines
    for word in line.words:  # still found where it is, if not to the point
        assert abs(words[word.text].x0 - word.box.x0 * 0.72) < 12
        assert abs(words[word.text].y1 - word.box.y1 * 0.72) < 6


def test_what_fails_plainly_too_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong must not lie about under the name of a finished paper."""
    monkeypatch.setattr("ocr.pdf.assembly.text_content", lambda *_, **__: b"")
    monkeypatch.setattr("ocr.pdf.assembly.plain_text_content", lambda *_, **__: b"")
    with pytest.raises(TextLayerDiffers):
        assemble_checked([page(tmp_path, ["Quyết định"])], METADATA, tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_plain_lines_hold_odd_boxes(tmp_path: Path) -> None:
    """A word without width or beside the page is what recognisers give for specks; its text must come back."""
    boxes = (Box(10, 10, 10, 40), Box(-50, 100, -20, 130), Box(700, 500, 2000, 530))
    words = [
        Word(text=text, box=box, confidence=0.2) for text, box in zip(("a b", "ĐẾN", "ngày"), boxes, strict=True)
    ]
    lines = tuple(Line(words=(word,), box=word.box, block=index) for index, word in enumerate(words))
    made = replace(page(tmp_path, ["x"]), lines=lines)
    assemble([made], METADATA, tmp_path / "a.pdf", plainly=Plainly(images=True, text_of=frozenset((1,))))
    check(tmp_path / "a.pdf", [made])
