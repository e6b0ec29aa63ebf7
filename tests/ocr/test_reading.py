"""A page from pixels to text and stored image."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.engines import Reading
from ocr.engines.tesseract import Tesseract
from ocr.errors import EngineFailed
from ocr.geometry import Box
from ocr.opening.raw import Image
from ocr.page import Colour, Engine, Line, ReadPage, TextLayer, Word, dump_page, load_page
from ocr.reading import ReadingSettings, keep_unread, read_page
from tests.ocr.imaging.paper import RED, Sheet, leaning, scanned, turned

SETTINGS = ReadingSettings(jpeg_quality=85, min_dpi=200)


class Pretender:
    """A recogniser that does what a test says: for order of calls and faults, not for text."""

    def __init__(self, answer: Callable[[Image], tuple[Line, ...]]) -> None:
        self.answer = answer
        self.pages: list[tuple[int, int]] = []

    def describe(self) -> Engine:
        return Engine(name="pretender", version="1", model="", settings="")

    def read(self, grey: Image, **_: object) -> Reading:
        assert grey.ndim == 2
        self.pages.append(grey.shape)
        return Reading(lines=self.answer(grey))


def one_line(text: str, box: Box, confidence: float = 0.9) -> tuple[Line, ...]:
    return (Line(words=(Word(text=text, box=box, confidence=confidence),), box=box, block=0),)


def nothing(_: Image) -> tuple[Line, ...]:
    return ()


def never(_: Image) -> tuple[Line, ...]:
    raise AssertionError("this page is not to be recognised")


@pytest.fixture(scope="module")
def head_down(tmp_path_factory: pytest.TempPathFactory) -> tuple[ReadPage, Path]:
    """A stamped page that was scanned head down and leaning, read by Tesseract."""
    out = tmp_path_factory.mktemp("head-down")
    sheet = Sheet(dpi=200).print(y=50).write("HỎA TỐC", 30, 30, ink=RED, font="Serif-Bold", points=15)
    image = turned(leaning(sheet.seal(120, 200).colour, 1.8), 180)
    raw = scanned(image, dpi=200, jpeg=b"as scanned")
    return read_page(raw, Tesseract(), SETTINGS, source="a.pdf", out=out), out


def test_a_page_scanned_head_down_and_leaning_is_read(head_down: tuple[ReadPage, Path]) -> None:
    """The commonest faults of feeding, together."""
    page, _ = head_down
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in page.text
    assert "Trân trọng cảm ơn sự hợp tác" in page.text
    assert page.facts.rotation == 180
    assert page.facts.skew == pytest.approx(1.8, abs=0.05)
    assert page.confidence > 0.7


def test_red_print_is_in_the_text(head_down: tuple[ReadPage, Path]) -> None:
    """An urgent paper must be found by its urgency."""
    assert "HỎA TỐC" in head_down[0].text


def test_words_lie_on_the_stored_page(head_down: tuple[ReadPage, Path]) -> None:
    """A search hit is shown on the stored image."""
    page, _ = head_down
    stored = cv2.imread(str(page.image), cv2.IMREAD_GRAYSCALE)
    assert stored.shape == (page.facts.height, page.facts.width)
    for line in page.lines:
        for word in line.words:
            x0, y0, x1, y1 = (round(value) for value in word.box)
            assert stored[y0:y1, x0:x1].min() < 150, word.text


def test_the_stored_image_is_whole_coloured_and_alone(head_down: tuple[ReadPage, Path]) -> None:
    """What is stored is the faithful page with its seal; no working copy stays behind."""
    page, out = head_down
    assert [file.name for file in out.iterdir()] == ["page-00001.jpg"]
    assert hashlib.sha256(page.image.read_bytes()).hexdigest() == page.image_sha256
    (seal,) = page.facts.seals
    x, y = (round(value) for value in seal.centre)
    blue, _, red = cv2.imread(str(page.image))[y, x].tolist()
    assert red > blue + 80
    assert not page.facts.kept_bytes


def test_a_page_survives_its_journey_through_json(head_down: tuple[ReadPage, Path]) -> None:
    """Pages are kept over kills as JSON."""
    assert load_page(dump_page(head_down[0])) == head_down[0]


def test_a_good_scan_keeps_the_scanners_own_bytes(tmp_path: Path) -> None:
    """Encoding a JPEG again loses a little each time, and the law asks for the scan as it is."""
    image = Sheet(dpi=200).print().colour
    data = cv2.imencode(".jpg", image)[1].tobytes()
    page = read_page(scanned(image, dpi=200, jpeg=data), Pretender(nothing), SETTINGS, source="a.pdf", out=tmp_path)
    assert page.facts.kept_bytes
    assert page.image.read_bytes() == data


def test_a_blank_back_is_kept_and_not_recognised(tmp_path: Path) -> None:
    """Every second page of a pile may be one."""
    page = read_page(scanned(Sheet().colour), Pretender(never), SETTINGS, source="a.pdf", out=tmp_path)
    assert page.facts.blank
    assert page.engine is None
    assert page.image.exists()


def test_a_born_digital_page_keeps_its_own_text(tmp_path: Path) -> None:
    """Text that is there is better than text that was recognised."""
    lines = one_line("Quyết định", Box(40, 40, 200, 60))
    raw = replace(scanned(Sheet().print().colour), text_layer=TextLayer.GOOD, lines=lines)
    page = read_page(raw, Pretender(never), SETTINGS, source="a.pdf", out=tmp_path)
    assert page.lines == lines
    assert page.engine is not None
    assert page.engine.name == "pdf text"


def test_a_doubtful_turn_is_settled_by_reading(tmp_path: Path) -> None:
    """A page of figures looks alike both ways up: the way that reads better is kept."""
    figures = Sheet(dpi=100).print(["180 690 808 111", "960 018 881 609", "606 989 010 818"] * 3, font="SansMono")
    upright: list[bool] = []

    def answer(grey: Image) -> tuple[Line, ...]:
        upright.append(bool((grey[: len(grey) // 2] < 128).sum() > (grey[len(grey) // 2 :] < 128).sum()))
        return one_line("180690808111", Box(10, 10, 90, 30), 0.95 if upright[-1] else 0.45)

    raw = scanned(turned(figures.grey, 180), dpi=100)
    page = read_page(raw, Pretender(answer), SETTINGS, source="a.pdf", out=tmp_path)
    assert len(upright) > 1
    assert page.facts.rotation == 180


def test_a_black_and_white_scan_is_stored_as_one(tmp_path: Path) -> None:
    """A fax as JPEG is four times as large and dirty."""
    fax = np.where(leaning(Sheet(dpi=200).print().grey, 1.2) < 140, 0, 255).astype(np.uint8)
    raw = scanned(fax, dpi=200, bilevel=True)
    page = read_page(raw, Pretender(nothing), SETTINGS, source="a.pdf", out=tmp_path)
    assert page.image.suffix == ".png"
    assert set(np.unique(cv2.imread(str(page.image), cv2.IMREAD_GRAYSCALE))) == {0, 255}
    assert page.facts.colour is Colour.BILEVEL
    assert any("black and white" in note for note in page.facts.notes)


def test_a_scan_of_few_dots_is_enlarged_and_flagged(tmp_path: Path) -> None:
    """At 100 dpi accents are a pixel wide: a clerk is told to scan it again."""
    box = Box(100, 100, 300, 140)
    recogniser = Pretender(lambda _: one_line("chữ", box))
    page = read_page(
        scanned(Sheet(dpi=100).print().colour, dpi=100), recogniser, SETTINGS, source="a.pdf", out=tmp_path
    )
    assert recogniser.pages[0][0] > page.facts.height
    assert page.lines[0].box.x0 == pytest.approx(100 * page.facts.height / recogniser.pages[0][0])
    assert "scan it again" in page.facts.scan_again
    assert "below 200 dpi" in page.facts.notes


def test_a_page_that_the_engine_fails_on_is_kept_as_an_image(tmp_path: Path) -> None:
    """One bad page is one bad page: it is shown to a person, not lost."""

    def fail(_: Image) -> tuple[Line, ...]:
        raise EngineFailed("a.pdf", 1, "Tesseract was killed by signal 9", mend="run again")

    raw = scanned(Sheet().print().colour)
    with pytest.raises(EngineFailed) as caught:
        read_page(raw, Pretender(fail), SETTINGS, source="a.pdf", out=tmp_path)
    assert list(tmp_path.iterdir()) == [], "no working copy stays behind"
    page = keep_unread(raw, caught.value, out=tmp_path, quality=85)
    assert page.kind == "EngineFailed"
    assert page.image is not None
    assert page.image.exists()
    assert (page.width, page.height) == (raw.image.shape[1], raw.image.shape[0])
