"""Lines in the order in which a person reads them."""

from __future__ import annotations

from ocr.geometry import Box, around
from ocr.layout import in_reading_order
from ocr.page import Line, Word

HIGH = 20.0
LETTER = 11.0


def line(*parts: tuple[float, str], y: float) -> Line:
    """Words of the texts set at their x, with blanks of a third of a height."""
    words = []
    for start, text in parts:
        x = start
        for word in text.split():
            width = LETTER * len(word)
            words.append(Word(text=word, box=Box(x, y, x + width, y + HIGH), confidence=0.9))
            x += width + HIGH / 3
    return Line(words=tuple(words), box=around(word.box for word in words), block=0)


def texts(*lines: Line) -> list[str]:
    return [one.text for one in in_reading_order(lines)]


def test_a_head_in_two_columns_is_read_column_by_column() -> None:
    """`ỦY BAN NHÂN DÂN CỘNG HÒA …` names no issuer."""
    read = texts(
        line((100, "ỦY BAN NHÂN DÂN"), (420, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), y=100),
        line((120, "TỈNH THỬ NGHIỆM"), (480, "Độc lập - Tự do - Hạnh phúc"), y=126),
        line((140, "Số: 12/QĐ-UBND"), (470, "Thử Nghiệm, ngày 3 tháng 4 năm 2024"), y=160),
        line((400, "QUYẾT ĐỊNH"), y=260),
    )
    assert read[:3] == ["ỦY BAN NHÂN DÂN", "TỈNH THỬ NGHIỆM", "Số: 12/QĐ-UBND"]
    assert read[3].startswith("CỘNG HÒA")
    assert read[-1] == "QUYẾT ĐỊNH"


def test_columns_that_stand_close_are_cut_by_their_likeness() -> None:
    """Long names leave little more than a blank between the two columns."""
    left = "ỦY BAN NHÂN DÂN"
    close = 100 + sum(LETTER * len(word) + HIGH / 3 for word in left.split()) - HIGH / 3 + 1.7 * HIGH
    read = texts(
        line((100, left), (close, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), y=100),
        line((110, "TỈNH THỬ"), (close + 40, "Độc lập - Tự do - Hạnh phúc"), y=126),
    )
    assert read[:2] == ["ỦY BAN NHÂN DÂN", "TỈNH THỬ"]


def test_a_justified_line_with_wide_gaps_is_not_cut() -> None:
    """Every gap of such a line is wide: none is a column's."""
    text = "hồ sơ được trả lại đúng hạn"
    words = [(50 + 60 * place, word) for place, word in enumerate(text.split())]
    assert texts(line(*words, y=100)) == [text]


def test_a_gap_left_for_a_written_number_is_not_cut() -> None:
    """`Số:      /QĐ-UBND` is one line, with a number that a pen put there and imaging took out."""
    assert texts(line((100, "Số:"), (100 + 3 * LETTER + 2.8 * HIGH, "/QĐ-UBND"), y=100)) == ["Số: /QĐ-UBND"]


def test_table_rows_stay_rows() -> None:
    """Read by column a table's figures lose their names."""
    read = in_reading_order(
        [line((100, "1"), (300, "Phường Thử"), (600, "1.204"), y=100 + 30 * row) for row in range(3)]
    )
    assert [one.text for one in read][:3] == ["1", "Phường Thử", "1.204"]


def test_recipients_come_before_the_signing_block() -> None:
    """The two stand side by side at the end of every paper."""
    read = texts(
        line((100, "Nơi nhận:"), (600, "CHỦ TỊCH"), y=700),
        line((100, "- Như trên;"), y=730),
        line((100, "- Lưu: VT."), (580, "Nguyễn Văn Thử"), y=756),
    )
    assert read == ["Nơi nhận:", "- Như trên;", "- Lưu: VT.", "CHỦ TỊCH", "Nguyễn Văn Thử"]


def test_a_speck_beside_the_head_makes_no_table_of_it() -> None:
    """Dirt read as `"` stood as a third column and scattered the head."""
    speck = line((40, '"'), y=100)
    read = texts(
        speck,
        line((100, "ỦY BAN NHÂN DÂN"), (420, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), y=100),
        line((120, "TỈNH THỬ NGHIỆM"), (480, "Độc lập - Tự do - Hạnh phúc"), y=126),
    )
    assert read == ['"', "ỦY BAN NHÂN DÂN", "TỈNH THỬ NGHIỆM", *read[3:]]
    assert read[3].startswith("CỘNG HÒA")


def test_blocks_count_upwards_and_no_word_is_lost() -> None:
    """Blocks become paragraphs of the text and of ALTO."""
    given = [line((100, f"đoạn {place} của bài"), y=100 + (30 if place % 3 else 90) * place) for place in range(9)]
    read = in_reading_order(given)
    assert sorted(word.text for one in read for word in one.words) == sorted(
        word.text for one in given for word in one.words
    )
    assert [one.block for one in read] == sorted(one.block for one in read)
    assert in_reading_order([]) == ()
