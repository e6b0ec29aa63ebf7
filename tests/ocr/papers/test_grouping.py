"""Cutting a scan into papers: every page is in exactly one, and each goes where a clerk would put it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from typing import overload

from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.page import Page, ReadPage
from ocr.papers import Paper, read_papers
from ocr.papers.grouping import groups_of, one_group
from ocr.papers.sketch import Sketch
from ocr.rules import Rules
from tests.ocr.made_pages import blank, body, failed, head, page, printed, signature

CODE, OTHER = "H23.16-230712-0001", "H23.16-230712-0002"


def receipt(number: int, code: str | None = CODE) -> ReadPage:
    """A receipt with its code in a QR code."""
    return page(
        *head(
            issuer=["UBND TỈNH HÀ NAM", "TRUNG TÂM PHỤC VỤ", "HÀNH CHÍNH CÔNG"],
            number=None,
            date="Hà Nam, ngày 12 tháng 7 năm 2023",
        ),
        printed("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", 0.17, centre=0.53, size=14),
        printed("Tiếp nhận hồ sơ của: Bà Trịnh Thị Kim Ngân", 0.21, x=0.14),
        number=number,
        codes=(code,) if code else (),
    )


def form(number: int) -> ReadPage:
    """An application."""
    return page(
        printed("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.06, centre=0.53),
        printed("Độc lập - Tự do - Hạnh phúc", 0.08, centre=0.53),
        printed("ĐƠN ĐỀ NGHỊ", 0.12, centre=0.53, size=15),
        printed("Họ và tên: Trịnh Thị Kim Ngân", 0.2, x=0.14),
        *body("Tôi xin cam đoan.", top=0.24),
        number=number,
    )


def decision(number: int, *, ends: bool = True) -> ReadPage:
    """A decision's first page."""
    return page(
        *head(
            issuer=["ỦY BAN NHÂN DÂN", "TỈNH HÀ NAM"], number="Số: 5/QĐ-UBND", date="Hà Nam, ngày 09 tháng 5 năm 2022"
        ),
        printed("QUYẾT ĐỊNH", 0.15, centre=0.53),
        printed("Về việc thu hồi đất", 0.17, centre=0.53),
        *body("Căn cứ Luật Đất đai.", top=0.22),
        *(signature("CHỦ TỊCH", name="Nguyễn Văn Hải", top=0.4) if ends else []),
        number=number,
    )


def further(number: int) -> ReadPage:
    """A page that goes on."""
    return page(
        printed(str(number), 0.04, centre=0.53), *body("Điều 2. Giao cho các đơn vị.", top=0.1), number=number
    )


def separator(number: int, code: str | None = None) -> ReadPage:
    """A separator sheet."""
    said = f"SOHOA-TACH {code}" if code else "SOHOA-TACH"
    return page(printed("TÁCH TÀI LIỆU", 0.4, centre=0.5, size=30), number=number, codes=(said,))


def _cut(pages: list[Page], rules: Rules) -> list[tuple[tuple[int, ...], tuple[int, ...], str | None]]:
    papers = read_papers(pages, rules, one_paper=False)
    return [(paper.pages, paper.blank_pages, paper.dossier_code) for paper in papers]


def test_a_receipt_opens_a_dossier_and_what_follows_belongs_to_it(rules: Rules) -> None:
    """So are piles scanned at the desk."""
    pages = [receipt(1), form(2), decision(3), receipt(4, OTHER), form(5)]
    assert _cut(pages, rules) == [
        ((1,), (), CODE),
        ((2,), (), CODE),
        ((3,), (), CODE),
        ((4,), (), OTHER),
        ((5,), (), OTHER),
    ]


def test_how_a_code_came_to_a_paper_is_told(rules: Rules) -> None:
    """Links are worth what they come from."""
    papers = read_papers([receipt(1), form(2)], rules, one_paper=False)
    assert [paper.dossier_code_from for paper in papers] == ["qr", "receipt"]


def test_a_receipt_without_a_code_opens_a_dossier_that_is_not_known(rules: Rules) -> None:
    """The dossier before it must not get its papers."""
    assert _cut([receipt(1), form(2), receipt(3, None), form(4)], rules)[2:] == [((3,), (), None), ((4,), (), None)]


def test_a_receipt_in_the_middle_of_a_paper_ends_it(rules: Rules) -> None:
    """A pile that was dropped is put together wrongly; the receipt is still one."""
    assert [cut[0] for cut in _cut([decision(1, ends=False), receipt(2), further(3)], rules)] == [(1,), (2, 3)]


def test_blank_backs_stay_with_the_page_before_them(rules: Rules) -> None:
    """They are pages of the paper, not papers."""
    assert _cut([decision(1), blank(2), form(3), blank(4)], rules) == [((1,), (2,), None), ((3,), (4,), None)]


def test_a_blank_page_first_goes_with_the_paper_after_it(rules: Rules) -> None:
    """There is no page before it."""
    assert _cut([blank(1), decision(2)], rules) == [((2,), (1,), None)]


def test_pages_that_go_on_stay_together(rules: Rules) -> None:
    """A decision of three pages is one paper."""
    assert _cut([decision(1, ends=False), further(2), further(3), form(4)], rules) == [
        ((1, 2, 3), (), None),
        ((4,), (), None),
    ]


def test_separators_part_papers_and_give_their_code(rules: Rules) -> None:
    """That is what they are printed for; the sheet lies with the paper that it opens."""
    pages = [separator(1, CODE), decision(2), further(3), separator(4, OTHER), further(5)]
    assert _cut(pages, rules) == [((2, 3), (1,), CODE), ((5,), (4,), OTHER)]


def test_two_separators_in_a_row_part_once_and_the_last_one_counts(rules: Rules) -> None:
    """A clerk put one too many."""
    assert _cut([decision(1), separator(2, CODE), separator(3, OTHER), further(4)], rules) == [
        ((1,), (), None),
        ((4,), (2, 3), OTHER),
    ]


def test_a_separator_last_stays_with_the_paper_before_it(rules: Rules) -> None:
    """No page may get lost."""
    assert _cut([decision(1), separator(2)], rules) == [((1,), (2,), None)]


def test_nothing_but_separators_and_blanks_is_one_paper_for_a_person(rules: Rules) -> None:
    """Something went wrong at the scanner."""
    papers = read_papers([separator(1), blank(2)], rules, one_paper=False)
    assert [(paper.pages, paper.blank_pages) for paper in papers] == [((), (1, 2))]
    assert papers[0].reasons


def test_a_page_that_cannot_be_read_stays_in_its_place_and_is_told(rules: Rules) -> None:
    """It may be the page that matters."""
    papers = read_papers([decision(1, ends=False), failed(2), further(3)], rules, one_paper=False)
    assert [paper.pages for paper in papers] == [(1, 2, 3)]
    assert any("page 2" in reason for reason in papers[0].reasons)


def test_a_draft_goes_with_the_paper_that_submits_it(rules: Rules) -> None:
    """It has a head of its own, but is no paper yet."""
    submission = page(
        *head(
            issuer=["UBND TỈNH HÀ NAM", "SỞ XÂY DỰNG"],
            number="Số: 7/TTr-SXD",
            date="Hà Nam, ngày 10 tháng 3 năm 2022",
        ),
        printed("TỜ TRÌNH", 0.15, centre=0.53),
        *signature("GIÁM ĐỐC", name="Nguyễn Văn Hải", top=0.5),
    )
    draft = page(
        printed("DỰ THẢO", 0.03, x=0.14),
        *head(
            issuer=["HỘI ĐỒNG NHÂN DÂN", "TỈNH HÀ NAM"],
            number="Số: /2022/NQ-HĐND",
            date="Hà Nam, ngày tháng năm 2022",
        ),
        printed("NGHỊ QUYẾT", 0.15, centre=0.53),
        number=2,
    )
    assert _cut([submission, draft, further(3)], rules) == [((1, 2, 3), (), None)]


def test_a_regulation_goes_with_the_decision_that_issues_it(rules: Rules) -> None:
    """It has the nation's name but no number."""
    regulation = page(
        *head(issuer=["ỦY BAN NHÂN DÂN", "TỈNH HÀ NAM"], number=None, date=None),
        printed("QUY CHẾ", 0.15, centre=0.53),
        printed("(Ban hành kèm theo Quyết định số 5/QĐ-UBND)", 0.17, centre=0.53, size=12),
        number=2,
    )
    assert _cut([decision(1), regulation, decision(3)], rules) == [((1, 2), (), None), ((3,), (), None)]


def test_what_somebody_said_is_one_paper_is_one_paper(rules: Rules) -> None:
    """They have seen it."""
    papers = read_papers([receipt(1), blank(2), decision(3)], rules, one_paper=True)
    assert [(paper.pages, paper.blank_pages) for paper in papers] == [((1, 3), (2,))]


def test_papers_cross_process_borders(rules: Rules) -> None:
    """They are read in one process and published by another."""
    papers = read_papers([receipt(1), form(2)], rules, one_paper=False)
    assert pickle.loads(pickle.dumps(papers)) == papers  # noqa: S301  our own bytes


class _Lazy(Sequence[Page]):
    """Pages made when asked for; how many are held at once is counted."""

    def __init__(self, count: int) -> None:
        self.count, self.asked = count, 0

    def __len__(self) -> int:
        return self.count

    @overload
    def __getitem__(self, index: int) -> Page: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Page]: ...

    def __getitem__(self, index: int | slice) -> Page | Sequence[Page]:
        assert isinstance(index, int)
        if not 0 <= index < self.count:
            raise IndexError(index)
        self.asked += 1
        return decision(index + 1) if index % 50 == 0 else further(index + 1)


def test_a_long_scan_is_asked_for_page_by_page(rules: Rules) -> None:
    """2,000 pages must not fill the memory, nor be read again and again."""
    pages = _Lazy(200)
    papers = read_papers(pages, rules, one_paper=False)
    assert [paper.pages[0] for paper in papers] == [1, 51, 101, 151]
    assert pages.asked <= pages.count + 3 * len(papers)


_SKETCHES = st.builds(
    Sketch,
    number=st.just(0),
    blank=st.booleans(),
    error=st.sampled_from([None, None, None, "failed"]),
    receipt=st.booleans(),
    separator=st.sampled_from([False, False, False, True]),
    codes=st.sampled_from([(), (CODE,), (CODE, OTHER)]),
    nation=st.booleans(),
    numbered=st.booleans(),
    titled=st.booleans(),
    annex=st.booleans(),
    page_number=st.sampled_from([None, 1, 2, 3]),
)


@settings(max_examples=300)
@given(st.lists(_SKETCHES, min_size=1, max_size=12))
def test_every_page_is_in_exactly_one_paper(drawn: list[Sketch]) -> None:
    """A page that gets lost is lost for good, one that is in two papers is somebody else's secret."""
    sketches = [replace(sketch, number=number) for number, sketch in enumerate(drawn, 1)]
    for groups in (groups_of(sketches), one_group(sketches)):
        numbers = [number for group in groups for number in (*[page.number for page in group.pages], *group.blanks)]
        assert sorted(numbers) == [sketch.number for sketch in sketches]


_WORDS = st.lists(
    st.text(alphabet=st.characters(exclude_categories=["Zs", "Cc", "Cs"]), min_size=1, max_size=15),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_WORDS, st.floats(0.01, 0.97), st.floats(0.05, 0.9)), max_size=12))
def test_no_page_breaks_the_reading(rules: Rules, lines: list[tuple[list[str], float, float]]) -> None:
    """Photos, maps and noise are scanned too."""
    made = page(
        *head(issuer=["SỞ"], number="Số:", date="ngày tháng năm"),
        *[printed(" ".join(words), y, x=x) for words, y, x in lines],
    )
    papers: tuple[Paper, ...] = read_papers([made], rules, one_paper=False)
    assert [paper.pages for paper in papers] == [(1,)]
