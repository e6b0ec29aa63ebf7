"""Lines of print are found whole, and nothing else is taken for one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from ocr.lines import CROP_HEIGHT, cut_out, find_lines
from ocr.lines.grouping import _joined, group_of
from ocr.lines.pieces import InkPieces, _upright_runs
from tests.ocr.reader.sheet import DPI, FONT, page


def test_two_columns_of_a_head_stay_two_lines():
    """A head read across its columns gives an office that does not exist."""
    grey = page(
        [(0.3, 0.6, "SỞ TƯ PHÁP"), (3.5, 0.6, "Độc lập - Tự do"), (0.3, 1.0, "PHÒNG"), (3.5, 1.0, "Hạnh phúc")]
    )
    assert len(find_lines(grey, DPI).lines) == 4


def test_a_typewriters_dashes_stay_in_their_line():
    """A list whose dashes are gone runs into one, and a motto parted at its dash is two lines."""
    grey = page([(0.34, 0.6, "-"), (0.54, 0.6, "xao"), (0.95, 0.6, "-"), (1.20, 0.6, "xao")])
    (line,) = find_lines(grey, DPI).lines
    assert line.box.x0 < 0.36 * DPI
    assert line.box.x1 > 1.5 * DPI


def test_a_quotation_mark_between_two_blanks_does_not_part_its_line():
    """`trọng điểm ” tỉnh` was two lines, the second one read after the line below; the mark was in neither."""
    parts = [(0.5, 0.6, "ba xã trong mười"), (2.26, 0.6, "xã ven sông")]
    assert len(find_lines(page(parts), DPI).lines) == 2
    grey = page(parts)
    for x in (2.10, 2.13):
        grey[round(0.47 * DPI) : round(0.47 * DPI) + 6, round(x * DPI) : round(x * DPI) + 4] = 0
    (line,) = find_lines(grey, DPI).lines
    assert line.box.x1 > 3.0 * DPI


def test_a_justified_lines_widest_blank_does_not_part_it():
    """Where the lines around it happen to have a blank too, half of a sentence was read after the next line."""
    font = ImageFont.truetype(FONT, round(13 * DPI / 72), layout_engine=ImageFont.Layout.BASIC)
    widest = 0.12  # inches

    def line(y: float, words: str, blank: float) -> list[tuple[float, float, str]]:
        x, placed = 0.5, []
        for word in words.split():
            placed.append((x, y, word))
            x += font.getlength(word) / DPI + (widest if word == "xong" else blank)
        return placed

    text, fifth = "ba xã nơi xong một năm nay", 4  # the word behind the widest blank
    cells = [part for y in (0.35, 0.85) for part in line(y, text, 0.05)]

    def lines_with(blank: float) -> int:
        middle = line(0.6, text, blank)
        shift = middle[fifth][0] - cells[fifth][0]
        return len(find_lines(page([*middle, *((x + shift, y, word) for x, y, word in cells)]), DPI).lines)

    assert lines_with(0.08) == 3
    assert lines_with(0.05) == 6  # beside narrow blanks the same white parts two columns


def test_what_reaches_into_the_next_part_of_a_line_is_no_mark_behind_the_one_before():
    """A digit's broken off piece parted `Giai đoạn` from `2012`, and a year from its day."""
    letters = [(x, 10, x + 8, 24) for start in (20, 129) for x in range(start, start + 99, 11)]
    pieces = ink([*letters, (121, 15, 134, 19)])
    halves = [group_of(pieces, np.arange(first, first + 9)) for first in (0, 9)]
    assert halves[0].x1 < 121 < halves[1].x0 < 134
    assert len(_joined(pieces, halves)) == 1


def ink(boxes: list[tuple[int, int, int, int]]) -> InkPieces:
    x0, y0, x1, y1 = np.array(boxes, np.float64).T
    paper = np.zeros((60, 400), np.uint8)
    number = np.arange(1, len(boxes) + 1, dtype=np.int32)
    return InkPieces(
        x0=x0,
        y0=y0,
        x1=x1,
        y1=y1,
        area=(x1 - x0) * (y1 - y0),
        number=number,
        labels=paper.astype(np.uint16),
        upright_rules=paper,
        dpi=150,
        scale=1.0,
    )


def test_stacked_accents_stay_with_their_letters():
    """An accent left out makes another word of a name."""
    grey = page([(0.5, 0.6, "phát triển đối với Nguyễn"), (0.5, 0.85, "giếng nước ngầm quyền")])
    found = find_lines(grey, DPI)
    assert len(found.lines) == 2
    upper = min(found.lines, key=lambda line: line.box.y0)
    assert upper.box.y1 - upper.box.y0 > 0.15 * DPI
    assert not found.loose


def test_rules_keep_the_cells_of_a_table_apart_and_are_no_print():
    """Two amounts run together are a third one."""
    grey = page([(0.5, 0.6, "12.500"), (1.22, 0.6, "13.700")])
    cv2.line(grey, (round(1.17 * DPI), 20), (round(1.17 * DPI), 180), 0, 2)
    assert len(find_lines(grey, DPI).lines) == 2


def test_an_empty_page_has_no_lines():
    """Blank backs are half of what is scanned."""
    found = find_lines(np.full((600, 400), 255, np.uint8), DPI)
    assert found.lines == ()
    assert found.printed == 0


def test_a_seal_is_no_line_and_its_ink_is_told():
    """What is left out must be known to have been there."""
    grey = page([(0.5, 0.6, "CHỦ TỊCH")])
    cv2.circle(grey, (900, 350), 120, 0, 8)
    found = find_lines(grey, DPI)
    assert len(found.lines) == 1
    assert found.left_over > 0


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5, 3.0])
def test_lines_are_found_from_100_to_600_dpi(scale: float):
    """Provinces scan at whatever their machines were left at."""
    grey = page([(0.5, 0.6, "Căn cứ Luật Đất đai"), (0.5, 0.9, "Theo đề nghị của Giám đốc")])
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    found = find_lines(grey, DPI * scale)
    assert len(found.lines) == 2
    crop = cut_out(grey, found, 0)
    assert crop is not None
    assert crop.image.shape[0] == CROP_HEIGHT


def test_letters_grown_together_below_the_line_do_not_part_it():
    """A national motto that ends before its last two words is no longer found as one."""
    grey = page(
        [(0.5, 0.6, "DÂN CHỦ CỘNG"), (2.45, 0.6, "NAM"), (0.5, 0.9, "như con kênh nước"), (0.5, 1.2, "an nam")]
    )
    end = int(np.flatnonzero((grey[: round(0.65 * DPI), : round(2.4 * DPI)] < 128).any(axis=0)).max())
    cv2.rectangle(grey, (end + 6, round(0.4 * DPI)), (round(2.4 * DPI), round(0.67 * DPI)), 0, 3)  # as `IỆ` in bold
    upper = [line for line in find_lines(grey, DPI).lines if line.box.y0 < 0.6 * DPI]
    assert len(upper) == 1


def test_a_line_is_told_where_a_seal_covers_its_end():
    """The reader looks further there, and nowhere else."""
    grey = page([(1.0, 1.0, "HIỆU TRƯỞNG"), (4.5, 1.0, "Nơi nhận")])
    cv2.circle(grey, (round(0.6 * DPI), round(1.2 * DPI)), round(0.52 * DPI), 0, 5)
    left, right = sorted(find_lines(grey, DPI).lines, key=lambda line: line.box.x0)
    assert left.covered == (True, False)
    assert right.covered == (False, False)


def test_a_large_comma_does_not_part_its_line():
    """In bold titles commas are as high as small letters at 300 dpi; the words behind it went to another line."""
    grey = page([(0.5, 0.6, "cho hộ nghèo"), (1.9, 0.6, "cận nghèo")])
    end = int(np.flatnonzero((grey[: round(0.7 * DPI), : round(1.85 * DPI)] < 128).any(axis=0)).max())
    cv2.ellipse(grey, (end + 8, round(0.595 * DPI)), (4, 7), 20, 0, 360, 0, -1)
    (line,) = find_lines(grey, DPI).lines
    assert line.box.x1 > 2.5 * DPI


def test_a_dot_grown_onto_the_accent_below_is_lost_to_neither_line():
    """`ị` over `ế`: one became i, the other ê, and the two together a line of their own."""
    grey = page([(0.5, 0.6, "mmmm nnn mmm"), (0.5, 0.86, "mmmm nnn mmm")])
    x, top, bottom = round(1.2 * DPI), round(0.62 * DPI), round(0.73 * DPI)
    cv2.rectangle(grey, (x, top), (x + 5, bottom), 0, -1)
    found = find_lines(grey, DPI)
    assert len(found.lines) == 2
    piece = found.labels[round((top + bottom) / 2 * found.scale), round((x + 2) * found.scale)]
    assert piece > 0
    assert found.line_of[piece] == 0
    assert not found.loose


def test_a_page_full_of_dirt_keeps_its_lines():
    """More specks than small numbers can count must not cost the page."""
    grey = page([(0.5, 0.6, "Căn cứ Luật Đất đai")], size=(7.0, 9.0))
    grey[1000:1600:2, ::2] = 0
    assert len(find_lines(grey, 150).lines) == 1


@pytest.mark.parametrize("dpi", [150, 299.98, 300.01, 400])
def test_boxes_stand_on_the_ink_whatever_the_page_is_reduced_by(dpi: float):
    """Words must be marked where they are printed, a page's width away from its corner too."""
    grey = np.full((round(11 * dpi), round(8 * dpi)), 255, np.uint8)
    for column in range(12):
        x, y = round((6 + 0.1 * column) * dpi), round(10 * dpi)
        cv2.rectangle(grey, (x, y), (x + round(0.06 * dpi), y + round(0.1 * dpi)), 0, -1)
    (line,) = find_lines(grey, dpi).lines
    assert line.box.x0 == pytest.approx(6 * dpi, abs=dpi / 72)
    assert line.box.x1 == pytest.approx(7.16 * dpi, abs=dpi / 72)
    assert line.box.y1 == pytest.approx(10.1 * dpi, abs=dpi / 72)


@pytest.mark.parametrize("length", [40, 63])
def test_a_rule_is_taken_out_and_shorter_ink_stays(length: int):
    """A rule left in is a letter's; a letter's bar taken out makes another letter."""
    ink = np.zeros((120, 9), np.uint8)
    ink[20 : 20 + length, 2] = 1
    ink[30 : 30 + length - 1, 6] = 1
    found = _upright_runs(ink, length)
    assert found[:, 2].sum() == length
    assert found[:, 6].sum() == 0


@pytest.mark.parametrize("ink", [(3, 3, 0.165), (1, 15, 0.125)], ids=["speck", "scratch"])
def test_dirt_above_a_line_does_not_make_it_higher(ink: tuple[int, int, float]):
    """A crop as high as the dirt squeezes its letters: amounts lost digits under a scanner's scratch."""
    width, height, above = ink
    grey = page([(0.5, 0.6, "mmm nnn mmm nnn")])
    (clean,) = find_lines(grey, DPI).lines
    x, y = round(1.0 * DPI), round((0.6 - above) * DPI)
    cv2.rectangle(grey, (x, y - height), (x + width, y), 0, -1)
    (line,) = find_lines(grey, DPI).lines
    assert line.box.y0 == pytest.approx(clean.box.y0, abs=2)
