"""The shipped weights read typeset lines, and say where and how surely."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.engines.choice import READER, recogniser
from ocr.engines.reader import Reader
from ocr.engines.reader.letters import CLASS_OF, LETTERS, known
from ocr.engines.reader.network import WEIGHTS, patches
from ocr.engines.tesseract import Tesseract
from ocr.lines import CROP_HEIGHT
from tests.ocr.reader.sheet import DPI, page

LINES = ("Căn cứ Luật Tổ chức chính quyền địa phương", "Số tiền: 85.432.000 đồng, ngày 12/08/2021")


def test_typeset_lines_are_read_letter_for_letter():
    """Whoever searches a name finds it only if all its marks are right."""
    lines = Reader().read_image(page([(0.4, 0.6 + 0.4 * row, text) for row, text in enumerate(LINES)]), dpi=DPI).lines
    assert [line.text for line in sorted(lines, key=lambda line: line.box.y0)] == list(LINES)
    assert all(line.confidence > 0.8 for line in lines)


def test_word_boxes_hold_to_the_ink():
    """A search hit is shown on the page: its box must cover the word and no other."""
    grey = page([(0.4, 0.6, "Ủy ban nhân dân")])
    (line,) = Reader().read_image(grey, dpi=DPI).lines
    for word in line.words:
        inside = grey[:, round(word.box.x0) : round(word.box.x1)]
        assert inside.min() < 100
    for left, right in zip(line.words, line.words[1:], strict=False):
        assert left.box.x1 <= right.box.x0
        assert grey[:, round(left.box.x1) + 1 : round(right.box.x0) - 1].min() > 200


@pytest.mark.parametrize(
    "text", ["Cần Giuộc, ngày 08 tháng 6", "chính được sửa đổi năm 2015", "các phòng, ban, ngành và"]
)
def test_a_words_first_letter_is_not_given_to_the_word_before(text: str):
    """The network tells letters late: one word in ten lost its first letter to the box before it."""
    grey = page([(0.4, 0.6, text)])
    (line,) = Reader().read_image(grey, dpi=DPI).lines
    inked = np.flatnonzero((grey < 128).any(axis=0))
    gaps = np.sort(np.argsort(np.diff(inked))[-text.count(" ") :])  # the widest are the blanks
    starts, ends = inked[np.concatenate([[0], gaps + 1])], inked[np.concatenate([gaps, [-1]])] + 1
    assert [word.text for word in line.words] == text.split()
    assert np.abs(starts - [word.box.x0 for word in line.words]).max() <= 3
    assert np.abs(ends - [word.box.x1 for word in line.words]).max() <= 3


def test_the_engine_of_the_settings_names_the_weights_that_read(tmp_path: Path):
    """A result must name the weights that made it."""
    engine = recogniser(READER, languages="vie", timeout_s=10)
    (line,) = engine.read(page([(0.4, 0.6, LINES[0])]), dpi=DPI, source="a.pdf", page=1, scratch=tmp_path).lines
    assert line.text == LINES[0]
    assert engine.describe().model == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert list(tmp_path.iterdir()) == []


def test_letters_that_a_black_seal_crosses_are_read():
    """Without colour, ring and letter are one piece of ink; names and titles would lose their beginnings."""
    grey = page([(1.0, 1.0, "GIÁM ĐỐC"), (1.0, 1.6, "Nguyễn Thị Hà")])
    cv2.circle(grey, (round(0.63 * DPI), round(1.3 * DPI)), round(0.55 * DPI), 0, 3)
    lines = Reader().read_image(grey, dpi=DPI).lines
    assert {"GIÁM ĐỐC", "Nguyễn Thị Hà"} <= {line.text for line in lines}
    assert all(line.box.x0 < 1.08 * DPI for line in lines if line.text in ("GIÁM ĐỐC", "Nguyễn Thị Hà"))


def test_a_line_that_a_scratch_crosses_is_one_line():
    """A pen's stroke across the page would cut its lines in two and take a letter of each: names, numbers, titles."""
    grey = page([(0.4, 0.6, LINES[0]), (0.4, 1.2, LINES[1])])
    cv2.line(grey, (round(1.5 * DPI), 0), (round(2.5 * DPI), 2 * DPI), 0, 2)
    lines = Reader().read_image(grey, dpi=DPI).lines
    assert sorted(line.text for line in lines if line.confidence > 0.5) == sorted(LINES)


def test_columns_beside_each_other_under_one_seal_stay_two_lines():
    """The issuer's name and the nation's in one line would be neither."""
    grey = page([(0.4, 1.0, "ỦY BAN NHÂN DÂN"), (4.0, 1.0, "CỘNG HÒA XÃ HỘI")])
    cv2.circle(grey, (round(3.2 * DPI), DPI), round(0.86 * DPI), 0, 3)
    texts = {line.text for line in Reader().read_image(grey, dpi=DPI).lines}
    assert any(text.startswith("ỦY BAN") and "CỘNG" not in text for text in texts)


def test_other_languages_go_to_tesseract():
    """The reader would spell French in Vietnamese letters."""
    assert isinstance(recogniser(READER, languages="vie", timeout_s=10), Reader)
    assert isinstance(recogniser(READER, languages="vie+fra", timeout_s=10), Tesseract)


def test_patches_are_what_a_convolution_sees_at_every_second_pixel():
    """Bytes laid out wrongly would be read as other letters, without an error."""
    random = np.random.default_rng(1)
    crops = [random.integers(0, 256, (CROP_HEIGHT, width)).astype(np.uint8) for width in (13, 28, 31)]
    seen = patches(crops)
    assert seen.shape == (3, 9, CROP_HEIGHT // 2, 16)
    for place, crop in enumerate(crops):
        ink = np.zeros((CROP_HEIGHT + 2, 34), np.uint8)
        ink[1:-1, 1 : crop.shape[1] + 1] = 255 - crop
        around = np.lib.stride_tricks.sliding_window_view(ink, (3, 3))[::2, ::2]  # (20, 16, 3, 3)
        assert (seen[place] == around.reshape(CROP_HEIGHT // 2, 16, 9).transpose(2, 0, 1)).all()


def test_a_stroke_is_no_letter_and_a_page_number_is_one():
    """A signature's loop as `W` would stand in the text of a paper; its page's number must not go with it."""
    grey = page([(3.9, 0.6, "2"), (1.0, 1.4, LINES[0])])
    steps = np.random.default_rng(19).normal(0, 18, (6, 2))  # of a pen that the network takes for `/`
    stroke = np.round(np.cumsum(steps, axis=0) + np.array([4.6, 1.9]) * DPI).astype(np.int32)
    cv2.polylines(grey, [stroke], isClosed=False, color=0, thickness=3, lineType=cv2.LINE_AA)
    assert {line.text for line in Reader().read_image(grey, dpi=DPI).lines} == {"2", LINES[0]}


def test_the_model_card_names_these_weights():
    """Who audits a record must find out what its weights were trained on."""
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() in (WEIGHTS.parent / "MODEL_CARD.md").read_text()


def test_letters_are_each_one_class_and_unknown_ones_become_blanks():
    """A class twice would teach the network that one letter is two."""
    assert len(CLASS_OF) == len(LETTERS)
    assert known("a–b\u00a0Ж") == "a-b"
