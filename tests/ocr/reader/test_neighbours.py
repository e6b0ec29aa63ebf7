"""The words beside a doubted accent decide it where they can, and nothing else."""

from __future__ import annotations

import pytest

from ocr.engines.reader.decoding import Letter
from ocr.engines.reader.doubt import CHANGED
from ocr.engines.reader.neighbours import with_neighbours


def line(text: str, at: str, *others: tuple[str, float], sure: float = 0.85) -> list[Letter]:
    """Letters of a line; the first `at` is in doubt and may be one of `others`."""
    doubted = text.index(at)
    (other, chance), *more = others
    return [
        Letter(letter, index, sure, other, chance, tuple(more))
        if index == doubted
        else Letter(letter, index, 1.0, "", 0.0)
        for index, letter in enumerate(text)
    ]


def said(letters: list[Letter]) -> str:
    return "".join(letter.text for letter in letters)


@pytest.mark.parametrize(
    ("text", "at", "others", "right"),
    [
        ("hiệu lực kế từ ngày ký", "ế", [("ể", 0.15)], "hiệu lực kể từ ngày ký"),
        ("tại tật cả các", "ậ", [("ấ", 0.15)], "tại tất cả các"),
        (
            "phận ánh về",
            "ậ",
            [("ặ", 0.12), ("ả", 0.03)],
            "phản ánh về",
        ),  # the likeliest other one is no word's either
    ],
)
def test_an_accent_in_doubt_is_the_one_that_goes_with_its_neighbours(
    text: str, at: str, others: list[tuple[str, float]], right: str
):
    """Whoever searches `kể từ` must find it; that it was not read but concluded stays on record."""
    read = line(text, at, *others)
    changed = with_neighbours(read)
    assert said(changed) == right
    assert changed[text.index(at)].confidence == CHANGED
    assert [one for one in changed if one.column != text.index(at)] == [
        one for one in read if one.column != text.index(at)
    ]


@pytest.mark.parametrize(
    ("text", "at", "others"),
    [
        ("quy hoạch khu đô thị mới", "ô", [("ồ", 0.15)]),  # `đồ thị` is a graph, and far commoner in manuals
        ("ông Kế từ chối", "ế", [("ể", 0.15)]),  # a name
        ("theo kế, từ ngày", "ế", [("ể", 0.15)]),  # a mark stands between
        ("KẾ TỪ NGÀY", "Ế", [("Ể", 0.15)]),
        ("lực kế từ ngày", "ế", [("ẻ", 0.15)]),  # another vowel, and with no accent at all it would be the same
        ("một bàn cờ", "à", [("á", 0.15)]),  # nothing known of either
    ],
)
def test_without_such_evidence_what_was_read_stays(text: str, at: str, others: list[tuple[str, float]]):
    """A right word made wrong by what is common elsewhere is worse than a wrong one."""
    assert said(with_neighbours(line(text, at, *others))) == text


def test_a_sure_accent_that_its_neighbours_speak_against_is_doubted():
    """It may be a name or a rare word: it stands, and a person is asked where it fills a field."""
    read = line("DA đâu tư", "â", ("ầ", 0.006), sure=0.99)
    doubted = with_neighbours(read)
    assert said(doubted) == "DA đâu tư"
    assert doubted[4].confidence < 0.9


def test_surely_read_lines_are_left_alone():
    """Evidence from other texts must never outweigh clear print."""
    read = line("hiệu lực kế từ ngày ký", "ế", ("ể", 0.001), sure=0.999)
    assert with_neighbours(read) is read
