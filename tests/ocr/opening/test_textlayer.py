"""What text a PDF page brings along, and whether it can stand for the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest

from ocr.errors import ProgramMissing
from ocr.opening import RawPage
from ocr.page import TextLayer
from tests.ocr.opening.scans import A4, Paper, encoded, opened, picture
from tests.ocr.opening.typeset import font_of, lines, shown

BODY = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Số: /QĐ-UBND",
    "Căn cứ Luật Tổ chức chính quyền địa phương;",
    "Theo đề nghị của Giám đốc Sở Tài nguyên và Môi trường,",
    "Điều 1. Phê duyệt kế hoạch sử dụng đất của huyện trong năm nay,",
    "với các chỉ tiêu được nêu trong phụ lục kèm theo quyết định này.",
    "Điều 2. Chánh Văn phòng, các đơn vị có liên quan chịu trách nhiệm",
    "thi hành quyết định này kể từ ngày ký ban hành.",
]
MISREAD = [
    "CONG HOA XA HQI CHU NGHiA VItT NAM",
    "DQc l6p - Tg do - H4nh phric",
    "C6n cri Lu6t T6 chric chinh quyAn dia phuong;",
    "Theo d6 nghi cria Gi6m d6c S0 Tii nguy6n vi M6i truong,",
    "Di6u 1. Ph6 duyQt k6 ho4ch sri dqng d6t cria huyQn trong n6m nay,",
]


def born_digital(tmp_path: Path, texts: Sequence[str] = BODY, *, says: dict[str, str] | None = None) -> Path:
    paper = Paper()
    font = font_of(paper.pdf, says=says)
    paper.page(lines(list(texts)), resources={"Font": pikepdf.Dictionary(F=font)})
    return paper.save(tmp_path / "paper.pdf")


def with_hidden(tmp_path: Path, image: np.ndarray, texts: Sequence[str], *, under: bool = False) -> Path:
    """A scan with somebody's OCR over it, or drawn first and covered by it."""
    paper = Paper()
    fonts = {"Font": pikepdf.Dictionary(F=font_of(paper.pdf))}
    scan, hidden = "q 595 0 0 842 0 0 cm /Im Do Q\n", lines(list(texts), mode=0 if under else 3)
    paper.page(hidden + scan if under else scan + hidden, Im=paper.jpeg(image), resources=fonts)
    return paper.save(tmp_path / "scan.pdf")


@pytest.fixture
def printed(tmp_path: Path) -> np.ndarray:
    """What BODY looks like on paper."""
    return opened(born_digital(tmp_path), raster_dpi=100).image


def texts_of(page: RawPage) -> list[str]:
    return [line.text for line in page.lines]


def test_what_lives_on_a_page_is_told_where_only_its_picture_is_kept(tmp_path: Path) -> None:
    """A filled form's value must be read and seen; that the box is no longer one must be known, and not found out."""
    path = born_digital(tmp_path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        form = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            BBox=[0, 0, 200, 30],
            Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font_of(pdf))),
        )
        look = pdf.make_stream(lines(["Nguyễn Văn Biểu"], left=4, top=10).encode(), form)
        shown_at, away = [60, 60, 260, 90], [0, 0, 9, 9]
        field = {"FT": pikepdf.Name.Tx, "T": "name", "V": "x", "AP": pikepdf.Dictionary(N=look), "F": 4}
        pdf.pages[0].Annots = pikepdf.Array(
            pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=kind, Rect=box, **more))
            for kind, box, more in (
                (pikepdf.Name.Widget, shown_at, field),
                (pikepdf.Name.Link, away, {}),
                (pikepdf.Name.Link, away, {}),
                (pikepdf.Name.Popup, away, {}),
            )
        )
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([pdf.pages[0].Annots[0]]))
        pdf.save(path)
    page = opened(path)
    assert "1 form field and 2 links of the original: as a picture here, alive in the original only" in page.notes
    assert page.text_layer is TextLayer.GOOD
    assert "Nguyễn Văn Biểu" in " ".join(texts_of(page))
    assert opened(born_digital(tmp_path)).notes == ()


def test_a_born_digital_page_keeps_its_text(tmp_path: Path) -> None:
    """Recognising again what is known for certain puts errors where there were none."""
    page = opened(born_digital(tmp_path))
    assert page.text_layer is TextLayer.GOOD
    assert texts_of(page) == BODY
    assert all(line.confidence == 1.0 for line in page.lines)


def test_words_lie_where_they_are_printed(tmp_path: Path) -> None:
    """A search that marks its hit must mark the right place; at any resolution and turn of the page."""
    path = born_digital(tmp_path, ["Quyết định"])
    for dpi in (72, 150):
        page = opened(path, raster_dpi=dpi)
        for word in page.lines[0].words:
            x0, y0, x1, y1 = (round(value) for value in word.box)
            inside = page.image[y0:y1, x0:x1]
            assert inside.min() < 100
            rest = page.image.copy()
            rest[y0:y1, x0:x1] = 255
            assert np.count_nonzero(rest < 100) < np.count_nonzero(page.image < 100)
        blanked = page.image.copy()
        box = page.lines[0].box
        blanked[round(box.y0) : round(box.y1), round(box.x0) : round(box.x1)] = 255
        assert blanked.min() > 200


def test_words_of_a_turned_page_follow_the_turn(tmp_path: Path) -> None:
    """Landscape tables are mostly portrait pages that the viewer turns."""
    paper = Paper()
    font = font_of(paper.pdf)
    turned = f"q 0 1 -1 0 595 0 cm {lines(BODY, left=60, top=500)} Q"
    paper.page(turned, resources={"Font": pikepdf.Dictionary(F=font)}).obj.Rotate = 90
    page = opened(paper.save(tmp_path / "paper.pdf"))
    assert page.image.shape[0] < page.image.shape[1]
    assert page.text_layer is TextLayer.GOOD
    assert texts_of(page) == BODY


def test_a_word_written_upwards_leaves_the_lines_beside_it_apart(tmp_path: Path) -> None:
    """Heads of narrow table columns are turned; the lines beside them are still lines."""
    paper = Paper()
    upwards = f"BT /F 12 Tf 0 1 -1 0 50 600 Tm {shown('Sốthứtựtronghồsơ')} Tj ET"
    paper.page(lines(BODY) + upwards, resources={"Font": pikepdf.Dictionary(F=font_of(paper.pdf))})
    page = opened(paper.save(tmp_path / "paper.pdf"))
    assert page.text_layer is TextLayer.GOOD
    assert set(BODY) <= set(texts_of(page))


def test_text_is_in_one_form_of_unicode(tmp_path: Path) -> None:
    """Letters typed in two parts would not be found by those who type them in one."""
    apart = {letter: unicodedata.normalize("NFD", letter) for letter in "ềệộấậ"}
    page = opened(born_digital(tmp_path, says=apart))
    assert texts_of(page) == BODY


def test_letters_of_before_unicode_are_unusable(tmp_path: Path) -> None:
    """Papers typed in TCVN3 fonts look right and are extracted as `Céng hßa x· héi`; nobody could find them."""
    tcvn3 = dict(zip("ộòãộủĩệăứậổềệịàảđ", "éß·éñÜÖ¨øËæÒÖÞµ¶®", strict=True))
    page = opened(born_digital(tmp_path, says=tcvn3))
    assert page.text_layer is TextLayer.UNUSABLE
    assert page.lines == ()


def test_letters_that_are_lost_are_unusable(tmp_path: Path) -> None:
    """Fonts that do not say what their shapes mean give a page of private signs, or of shifted letters."""
    private = {letter: chr(0xE000 + ord(letter) % 256) for letter in "aeinthogc"}
    assert opened(born_digital(tmp_path, says=private)).text_layer is TextLayer.UNUSABLE
    shifted = {letter: "bcdfghklmnpqrstvwxz"[ord(letter) % 19] for letter in "".join(BODY) if letter.isalpha()}
    assert opened(born_digital(tmp_path, says=shifted)).text_layer is TextLayer.UNUSABLE


def test_letters_that_are_lost_in_part_are_unusable(tmp_path: Path) -> None:
    """Half a font's letters may be mapped right and half wrong; such text looks like Vietnamese and is none."""
    mixed = {letter: chr(ord(letter) - 29) for letter in "bcdghiklmnpqrstuvx"}
    assert opened(born_digital(tmp_path, says=mixed)).text_layer is TextLayer.UNUSABLE


def test_a_page_in_another_language_is_kept(tmp_path: Path) -> None:
    """A passport's translation is born digital too."""
    english = ["This certificate is issued to the holder named below", "and remains valid until it is withdrawn."] * 3
    page = opened(born_digital(tmp_path, english))
    assert (page.text_layer, texts_of(page)) == (TextLayer.GOOD, english)


def test_print_that_is_drawn_is_not_read_for_its_page_number(tmp_path: Path) -> None:
    """A page whose letters are curves has a text of one character; the rest must be recognised."""
    paper = Paper()
    curves = "".join(f"60 {700 - 20 * row} {400 - 9 * row} 10 re f " for row in range(25))
    fonts = {"Font": pikepdf.Dictionary(F=font_of(paper.pdf))}
    paper.page(curves + lines(["2"], left=290), resources=fonts)
    assert opened(paper.save(tmp_path / "paper.pdf")).text_layer is TextLayer.UNUSABLE


def test_text_beside_a_large_picture_is_not_all_of_the_page(tmp_path: Path) -> None:
    """A copied identity card in a letter holds what matters."""
    paper = Paper()
    fonts = {"Font": pikepdf.Dictionary(F=font_of(paper.pdf))}
    picture_too = "q 500 0 0 350 50 80 cm /Im Do Q " + lines(BODY)
    paper.page(picture_too, Im=paper.jpeg(picture(500, 350)), resources=fonts)
    assert opened(paper.save(tmp_path / "paper.pdf")).text_layer is TextLayer.UNUSABLE


@pytest.mark.parametrize("under", [False, True])
def test_hidden_text_that_is_good_vietnamese_is_kept(tmp_path: Path, printed: np.ndarray, under: bool) -> None:
    """Somebody has paid for reading these pages well."""
    page = opened(with_hidden(tmp_path, printed, BODY, under=under))
    assert page.text_layer is TextLayer.GOOD
    assert texts_of(page) == BODY
    assert page.image.shape == printed.shape


def test_hidden_text_without_vietnamese_letters_is_unusable(tmp_path: Path, printed: np.ndarray) -> None:
    """Scanners read with the language that they were sold with; 5 of 36 real files came so."""
    page = opened(with_hidden(tmp_path, printed, MISREAD))
    assert (page.text_layer, page.lines) == (TextLayer.UNUSABLE, ())
    assert page.jpeg is not None


def test_hidden_text_of_a_part_of_the_page_is_unusable(tmp_path: Path, printed: np.ndarray) -> None:
    """Some tools read the head alone, to name the file."""
    assert opened(with_hidden(tmp_path, printed, BODY[:2])).text_layer is TextLayer.UNUSABLE


def test_hidden_blanks_are_no_text(tmp_path: Path, printed: np.ndarray) -> None:
    """Scanner programs begin a text and have nothing to say."""
    assert opened(with_hidden(tmp_path, printed, ["   "])).text_layer is TextLayer.NONE


def test_the_stamp_of_a_signature_is_kept_out_of_a_scan(tmp_path: Path) -> None:
    """It was drawn over the print after scanning; its date is not the paper's, its name not the signer's."""
    paper = Paper()
    page = paper.scan(paper.jpeg(picture()))
    stamp = lines(["Ký bởi: Ủy ban nhân dân", "Thời gian ký: 05/01/2021"], left=2, top=40, size=9)
    paper.signature(page, (350, 780, 590, 840), f"1 0 0 rg 0 0 240 60 re f 0 g {stamp}", font_of(paper.pdf))
    page = opened(paper.save(tmp_path / "signed.pdf"))
    assert (page.text_layer, page.lines) == (TextLayer.STAMP_ONLY, ())
    assert page.jpeg == encoded(".jpg", picture())


def test_a_stamp_is_kept_out_of_a_scan_that_must_be_painted(tmp_path: Path) -> None:
    """Strips make no difference to what is paper and what is stamp."""
    paper = Paper()
    strips = "q 595 0 0 421 0 0 cm /Im Do Q q 595 0 0 421 0 421 cm /Im Do Q"
    page = paper.page(strips, Im=paper.jpeg(np.full((200, 300, 3), 255, np.uint8)))
    paper.signature(page, (100, 100, 400, 400), "1 0 0 rg 0 0 300 300 re f", font_of(paper.pdf))
    page = opened(paper.save(tmp_path / "signed.pdf"))
    assert page.image.min() > 250


def test_a_stamp_without_letters_is_no_text(tmp_path: Path) -> None:
    """A seal's picture says nothing."""
    paper = Paper()
    page = paper.scan(paper.jpeg(picture()))
    paper.signature(page, (350, 780, 590, 840), "1 0 0 rg 0 0 240 60 re f", font_of(paper.pdf))
    assert opened(paper.save(tmp_path / "signed.pdf")).text_layer is TextLayer.NONE


def test_number_and_day_in_signatures_belong_to_a_born_digital_page(tmp_path: Path) -> None:
    """Clerks fill number and day in by signing; without them the paper has neither. The stamp itself is no text."""
    paper = Paper()
    font = font_of(paper.pdf)
    page = paper.page(lines(BODY), resources={"Font": pikepdf.Dictionary(F=font)})
    number = f"BT /F 12 Tf 1 0 0 1 0 2 Tm {shown('542')} Tj ET"
    paper.signature(page, (80, 739.6, 106, 756), number, font)
    stamp = lines(["Ký bởi: Ủy ban nhân dân", "Thời gian ký: 05/01/2021"], left=2, top=30, size=9)
    paper.signature(page, (350, 790, 590, 840), stamp, font)
    page = opened(paper.save(tmp_path / "signed.pdf"))
    assert page.text_layer is TextLayer.GOOD
    text = "\n".join(texts_of(page))
    assert "542" in text
    assert "Ký bởi" not in text
    assert page.image[:40, 490:].min() < 100  # the stamp still shows


def test_a_typed_line_over_a_scan_is_seen_but_does_not_count_as_text(tmp_path: Path) -> None:
    """Numbering stamps are typed over scans as page content; the scan under them must still be recognised."""
    paper = Paper()
    fonts = {"Font": pikepdf.Dictionary(F=font_of(paper.pdf))}
    white = np.full((1170, 827, 3), 255, np.uint8)
    paper.scan(paper.jpeg(white), after=lines(["Số: 542/QĐ-UBND"]), resources=fonts)
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert page.text_layer is TextLayer.STAMP_ONLY
    assert page.image.min() < 100


def test_a_note_over_a_scan_is_part_of_what_is_seen(tmp_path: Path) -> None:
    """A form that was filled in on screen has its answers in annotations."""
    paper = Paper()
    page = paper.scan(paper.jpeg(np.full((1170, 827, 3), 255, np.uint8)))
    paper.signature(page, (100, 100, 400, 400), "0 0 300 300 re f", font_of(paper.pdf))
    page.obj.Annots[0].FT = pikepdf.Name.Tx
    page = opened(paper.save(tmp_path / "form.pdf"))
    assert page.image.min() < 50


def test_a_file_with_several_texts_is_judged_page_by_page(tmp_path: Path) -> None:
    """A scan in a born-digital file must be recognised, and a born-digital page among scans must not."""
    paper = Paper()
    fonts = {"Font": pikepdf.Dictionary(F=font_of(paper.pdf))}
    paper.page(lines(BODY), resources=fonts)
    paper.scan(paper.jpeg(picture()))
    path = paper.save(tmp_path / "mixed.pdf")
    assert [opened(path, number).text_layer for number in (1, 2)] == [TextLayer.GOOD, TextLayer.NONE]


def test_without_poppler_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that lacks a program lacks it for every page; the batch must stop and say so."""
    path = born_digital(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissing, match="poppler-utils"):
        opened(path)


def test_lines_stand_at_their_places_at_the_scans_resolution(tmp_path: Path, printed: np.ndarray) -> None:
    """Hidden text is placed on the page, our words on the picture; the picture here is finer than the page."""
    fine = cv2.resize(printed, None, fx=2, fy=2)
    page = opened(with_hidden(tmp_path, fine, BODY))
    across = page.image.shape[1] / A4[0]
    assert abs(page.lines[0].box.x0 - 60 * across) < 3
