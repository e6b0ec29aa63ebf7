"""Doubt is followed up where that helps, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr.engines.reader.blanks import with_missed_blanks
from ocr.engines.reader.confidence import Calibration
from ocr.engines.reader.decoding import Letter, decode, decode_lines
from ocr.engines.reader.doubt import looked_at_again, with_syllables
from ocr.engines.reader.hands import digits_unlike_print, without_parts_of_numbers
from ocr.engines.reader.letters import CLASS_OF, CLASSES, HANDWRITING
from ocr.engines.reader.words import LATE, from_next_letter, unread_of, words_of
from ocr.geometry import Box
from ocr.lines import Crop, FoundLine
from ocr.opening.raw import Image
from ocr.page import Word

LINE = np.full((40, 100), 255, np.uint8)


def word(text: str, *, doubted: int = -1, other: str = "", chance: float = 0.4) -> list[Letter]:
    """Letters, one of them in doubt."""
    return [
        Letter(letter, index, 0.5, other, chance) if index == doubted else Letter(letter, index, 0.99, "", 0.0)
        for index, letter in enumerate(text)
    ]


def read(letters: list[Letter]) -> str:
    return "".join(letter.text for letter in letters)


def test_a_doubted_accent_goes_to_the_only_syllable():
    """A search for `triển khai` must find the line whose accent was faint."""
    assert read(with_syllables(word("triến", doubted=3, other="ể"))) == "triến"  # itself a syllable: nothing to say
    assert read(with_syllables(word("trìển", doubted=2, other="i"))) == "triển"


def test_an_accent_gives_way_sooner_than_a_letter():
    """One printed word in 500 is no word of the language; but `dpi` is no misread `dọi`."""
    assert read(with_syllables(word("đển", doubted=1, other="ế", chance=0.04))) == "đến"
    assert read(with_syllables(word("dpi", doubted=1, other="ọ", chance=0.04))) == "dpi"
    held = with_syllables(word("đển", doubted=1, other="ế", chance=0.04))
    assert held[1].confidence == 0.5, "what was put right is for a person to confirm"


def test_names_numbers_and_codes_are_left_as_they_were_read():
    """A name put right by a dictionary is somebody else's."""
    assert read(with_syllables(word("Trìển", doubted=2, other="i"))) == "Trìển"
    assert read(with_syllables(word("b1n", doubted=1, other="i"))) == "b1n"


def test_a_sure_letter_is_not_overruled():
    """Words of other languages are no syllables either."""
    assert read(with_syllables(word("trìển"))) == "trìển"


def test_only_an_unsure_line_is_looked_at_again_and_only_a_surer_reading_taken():
    """Looking again costs time, and a second guess is not better for being the second."""
    looks: list[int] = []

    def again(images: list[Image]) -> list[list[Letter]]:
        looks.append(len(images))
        return [word("năm"), word("nắm", doubted=1)]

    kept = looked_at_again([LINE, LINE, LINE], [word("sure"), *[word("nằm", doubted=1, chance=0.4)] * 2], again)
    assert looks == [2]
    assert [read(letters) for letters in kept] == ["sure", "năm", "nằm"]
    assert kept[1][2].column < 2  # back from the wider picture's columns


def test_confidence_is_how_often_such_letters_were_right():
    """A threshold in the settings means what it says."""
    logits = np.zeros((3, CLASSES), np.float32)
    logits[1, CLASS_OF["a"]] = 20
    logits[[0, 2], 0] = 20
    (letter,) = decode(logits)
    assert letter.confidence > 0.99
    (humbled,) = decode(logits, calibration=Calibration(given=(0.0, 1.0), right=(0.0, 0.9), letters=10))
    assert abs(humbled.confidence - 0.9 * letter.confidence) < 1e-6


def found(*pieces: tuple[float, float]) -> tuple[FoundLine, Crop]:
    """A line of letters 20 pixels high between the given places, on a crop of its own size."""
    letters = np.array([(x0, 0.0, x1, 20.0) for x0, x1 in pieces])
    box = Box(pieces[0][0], 0, pieces[-1][1], 20)
    return FoundLine(box=box, letters=letters, height=20, drop=0), Crop(image=LINE, x0=0, scale=1)


def at(text: str, x: float) -> Letter:
    """A letter that the network tells as late as it does, its middle at x."""
    return Letter(text, x / 4 - 0.5 + LATE, 0.99, "", 0.0)


def test_the_box_of_a_number_written_by_hand_holds_all_its_digits():
    """A person who is asked for the number must see it whole."""
    line, crop = found((0, 15), (60, 75), (80, 95), (140, 155), (157, 170))
    words = words_of([at("s", 8), at(HANDWRITING, 88), at("/", 147), at("c", 164)], line, crop)
    assert [word.text for word in words] == ["s", HANDWRITING, "/c"]
    assert (words[1].box.x0, words[1].box.x1) == (60, 95)


def test_a_word_of_which_a_seal_left_a_speck_stands_on_its_line():
    """Its box on the speck would put it on another row: `Đỗ Thị Thu` was signed by a Đỗ Thu."""
    line, crop = found((0, 15), (60, 75))
    speck = np.array([(30.0, -12.0, 38.0, -4.0)])
    line = replace(line, letters=np.concatenate([line.letters[:1], speck, line.letters[1:]]))
    words = words_of([at("A", 8), at(" ", 22), at("T", 32), at("h", 38), at(" ", 50), at("B", 68)], line, crop)
    assert [word.text for word in words] == ["A", "Th", "B"]
    assert (words[1].box.y0, words[1].box.y1) == (line.box.y0, line.box.y1)


def test_words_part_at_their_gap_where_a_narrow_letter_is_told_beside_its_ink():
    """The box of “môi” would take the t of “trường” along: a search marks a wrong letter, a redaction blackens it."""
    line, crop = found((0, 12), (14, 26), (36, 42), (44, 56))
    words = words_of([at("ô", 6), at("i", 27), at(" ", 32), at("t", 45), at("r", 50)], line, crop)
    assert [(word.text, word.box.x0, word.box.x1) for word in words] == [("ôi", 0, 26), ("tr", 36, 56)]


def test_digits_beside_hand_writing_are_a_part_of_it():
    """A hand-written 299 of which 99 was read must be asked for, not filed."""
    hand = Word(text=HANDWRITING, box=Box(60, 0, 72, 20), confidence=0.6)
    digits = Word(text="99/QĐ", box=Box(75, 0, 125, 20), confidence=0.9)
    written, rest = without_parts_of_numbers([hand, digits], [], 20)
    assert (written.text, rest.text) == (HANDWRITING, "/QĐ")
    assert (written.box.x0, written.box.x1) == (60, 95)
    unread = Box(60, 0, 72, 20)
    assert [word.text for word in without_parts_of_numbers([digits], [unread], 20)] == [HANDWRITING, "/QĐ"]


def test_printed_numbers_away_from_hand_writing_stay():
    """Only what touches it is in doubt."""
    hand = Word(text=HANDWRITING, box=Box(0, 0, 12, 20), confidence=0.6)
    digits = Word(text="2024", box=Box(75, 0, 125, 20), confidence=0.9)
    assert without_parts_of_numbers([hand, digits], [], 20) == (hand, digits)


@pytest.mark.parametrize(
    ("digits", "white", "by_hand"),
    [
        pytest.param([(20, 0, 30, 20), (33, 0, 43, 20)], 3, False, id="print"),
        pytest.param([(20, 0, 30, 20), (33, 5, 43, 25)], 3, True, id="uneven feet"),
        pytest.param([(20, 6, 30, 26), (33, 6, 43, 26)], 3, True, id="below the line"),
        pytest.param([(20, 0, 50, 20), (52, 0, 74, 20)], 3, True, id="more ink than two digits"),
        pytest.param([(20, 0, 30, 20), (33, 0, 43, 20)], 10, True, id="far from the stroke"),
    ],
)
def test_a_papers_number_that_does_not_sit_as_print_does_is_hand_writing(
    digits: list[tuple[float, float, float, float]], white: float, by_hand: bool
):
    """A written 47 of which a clear 4 was read would be filed as number 4."""
    start = digits[-1][2] + white
    symbol = [(start + x0, 0, start + x1, 20) for x0, x1 in ((0, 4), (7, 17), (20, 30), (33, 43))]
    pieces = np.array([(0, 0, 10, 20), *digits, *symbol], float)
    line = FoundLine(box=Box(0, 0, start + 43, 20), letters=pieces, height=20, drop=0)
    crop = Crop(image=LINE, x0=0, scale=1)
    middles = [(x0 + x1) / 2 for x0, _, x1, _ in digits]
    read_as = [at("S", 5), at(" ", 15), *(at("4", x) for x in middles)]
    read_as += [
        at(letter, x) for letter, x in zip("/QĐU", (start + 2, start + 12, start + 25, start + 38), strict=True)
    ]
    assert bool(digits_unlike_print(read_as, line, crop)) is by_hand


def test_the_slanting_stroke_behind_an_italic_number_is_its_symbols():
    """A printed number told as hand-writing would be asked of a person."""
    pieces = [(0, 10), (20, 30), (33, 43), (39, 55), (57, 70), (73, 86), (89, 100)]
    line, crop = found(*pieces)
    read_as = [at(letter, (x0 + x1) / 2) for letter, (x0, x1) in zip("S63/NĐC", pieces, strict=True)]
    assert digits_unlike_print(read_as, line, crop) == ()


@pytest.mark.parametrize(
    ("white", "read_as", "text"),
    [
        ((10, 13), "2 -7", "2 - 7"),
        ((10, 3), "2 -7", "2 -7"),
        ((10, 9), "2-7", "2 - 7"),
        ((10, 3), "2-7", "2-7"),
        ((3, 4), "2-7", "2-7"),
    ],
)
def test_a_dash_has_a_blank_on_both_sides_where_there_is_as_much_white(
    white: tuple[float, float], read_as: str, text: str
):
    """Years and names would be split otherwise than they were printed: a search for “2012 - 2017” finds nothing."""
    dash, behind = 12 + white[0], 12 + white[0] + 26 + white[1]
    pieces = np.array([(0, 0, 12, 20), (dash, 9, dash + 26, 12), (behind, 0, behind + 12, 20)], float)
    line = FoundLine(box=Box(0, 0, behind + 12, 20), letters=pieces, height=20, drop=0)
    places = {"2": 6, " ": dash - 4, "-": dash + 13, "7": behind + 6}
    letters = [at(letter, places[letter]) for letter in read_as]
    crop = Crop(image=LINE, x0=0, scale=1)
    assert "".join(letter.text for letter in with_missed_blanks(letters, line, crop)) == text


@pytest.mark.parametrize(
    ("white", "read_as", "text"),
    [
        pytest.param(7, "ựá", "ự á", id="two syllables"),
        pytest.param(4, "ựá", "ựá", id="as much as between letters"),
        pytest.param(7, "oa", "oa", id="one syllable, set wide"),
        pytest.param(7, "cấp1", "cấp 1", id="a word and a number"),
        pytest.param(7, "B2", "B2", id="a letter and a digit"),
        pytest.param(7, "PCTUB", "PCTUB", id="capitals are no syllables"),
    ],
)
def test_a_blank_that_the_white_shows_parts_two_words(white: int, read_as: str, text: str):
    """“Dựán” is found by nobody who searches “Dự án”; a word that is one must stay one."""
    cut = len(text.split()[0]) if " " in text else len(read_as) - 1
    starts = [15 * place + (white - 3 if place >= cut else 0) for place in range(len(read_as))]
    line, crop = found(*((x, x + 12) for x in starts))
    letters = [at(letter, x + 6) for letter, x in zip(read_as, starts, strict=True)]
    assert "".join(letter.text for letter in with_missed_blanks(letters, line, crop)) == text


def test_ink_of_a_line_that_gave_no_letter_is_told():
    """What was not read must be known to have been there."""
    line, crop = found((0, 15), (60, 75), (140, 155))
    assert unread_of(from_next_letter([at("a", 8), at("b", 147)], line, crop), line) == (Box(60, 0, 75, 20),)
    assert unread_of(from_next_letter([at("a", 8), at("c", 67), at("b", 147)], line, crop), line) == ()


def test_strokes_of_one_hand_are_one_sign():
    """Two boxes for one number would be asked for twice."""
    logits = np.zeros((7, CLASSES), np.float32)
    logits[[0, 2, 4, 6], 0] = 20
    logits[1, CLASS_OF[HANDWRITING]] = logits[3, CLASS_OF[HANDWRITING]] = 20
    logits[5, CLASS_OF["a"]] = 20
    assert read(decode(logits)) == HANDWRITING + "a"


def test_lines_read_together_say_what_each_says_alone():
    """A page's lines are decoded at once; none may lend its neighbour a letter or a doubt."""
    random = np.random.default_rng(3)
    lines = [random.normal(0, 3, (random.integers(1, 30), CLASSES)).astype(np.float32) for _ in range(20)]
    lines[4] = np.zeros((0, 0), np.float32)
    for logits in lines:
        logits[::2, :1] += 14  # every second column surely blank
    lines[7][:, 0] += 40  # no letter at all
    assert decode_lines(lines) == [decode(logits) for logits in lines]


def test_levels_say_what_the_logits_that_they_stand_for_say():
    """The network gives bytes; a letter's chance must not hang on where their zero lies."""
    random = np.random.default_rng(5)
    levels = random.integers(90, 130, (40, CLASSES)).astype(np.uint8)
    levels[np.arange(40), random.integers(0, CLASSES, 40)] = 255
    levels[::3, 0] = 255
    logits = (levels.astype(np.float32) - 120) * 0.14
    for ours, same in zip(decode(levels, 0.14), decode(logits), strict=True):
        assert ours[:2] == same[:2]
        assert (ours.other, ours.confidence, ours.other_chance) == (
            same.other,
            pytest.approx(same.confidence, abs=1e-5),
            pytest.approx(same.other_chance, abs=1e-5),
        )
