"""PDFs that are broken, locked, empty or hostile."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from ocr.errors import (
    DamagedFile,
    NoPages,
    NotAllowed,
    PageDamaged,
    PageTooLarge,
    PasswordNeeded,
    ScanError,
    TooLarge,
)
from ocr.opening import REPAIRED, Kind, Limits, Source, count_pages, identify, pdfraster
from tests.ocr.opening.scans import LIMITS, Paper, alike, encoded, opened, picture, source_of
from tests.ocr.opening.typeset import font_of, lines


def three_scans(tmp_path: Path, **options: object) -> Path:
    """Page 2 is painted."""
    paper = Paper()
    for after in ("", "0 0 m 9 9 l S", ""):
        paper.scan(paper.jpeg(picture()), after=after)
    return paper.save(tmp_path / "three.pdf", **options)


def count(path: Path, limits: Limits = LIMITS) -> int:
    return count_pages(source_of(path), limits=limits)


def test_junk_before_the_header_is_passed_over(tmp_path: Path) -> None:
    """Signing services and mail gateways leave bytes before the header; readers open such files, so must we."""
    path = three_scans(tmp_path)
    path.write_bytes(b"\x75\xab" * 500 + path.read_bytes())
    assert identify(path) is Kind.PDF
    assert count(path) == 3
    assert opened(path, 3).jpeg is not None


def test_a_wrong_list_of_objects_is_repaired_and_told(tmp_path: Path) -> None:
    """Programs that change line ends move every object; the pages are all there."""
    path = three_scans(tmp_path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    path.write_bytes(path.read_bytes().replace(b"startxref\n", b"startxref\n9"))
    assert count(path) == 3
    assert any("repaired" in note for note in opened(path, 1).notes)
    for number in (1, 2, 3):
        assert alike(opened(path, number).image, picture()) is (number != 2)


def test_a_part_with_a_wrong_length_is_told_on_its_own_page(tmp_path: Path) -> None:
    """Whoever sees a strange page later must know that its bytes were guessed; the others are above doubt."""
    path = three_scans(tmp_path, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    data = path.read_bytes()
    at = data.index(b"9 9 l S")
    length = data.rindex(b"/Length ", 0, at) + len(b"/Length ")
    path.write_bytes(data[:length] + b"9" + data[length + 1 :])
    told = [[note for note in opened(path, number).notes if note.startswith(REPAIRED)] for number in (3, 1, 2, 1)]
    assert [len(notes) for notes in told] == [0, 0, 1, 0]


@pytest.mark.parametrize(("share", "whole"), [(0.5, 1), (0.7, 2), (0.9, 2), (0.99, 2)])
def test_a_pdf_that_breaks_off_gives_the_pages_that_are_whole(tmp_path: Path, share: float, whole: int) -> None:
    """A copy over a bad line broke off; what arrived is read, and that it is not all must be known."""
    names = [f"{number} 0 obj" for number in range(1, 10)]
    image = encoded(".jpg", picture())
    bodies = []
    for page in (1, 4, 7):
        bodies += [
            f"<</Type/Page/MediaBox[0 0 595 842]/Contents {page + 1} 0 R"
            f"/Resources<</XObject<</Im {page + 2} 0 R>>>>>>".encode(),
            b"<</Length 29>>stream\n595 0 0 842 0 0 cm /Im Do     \nendstream",
            b"<</Subtype/Image/Width 248/Height 351/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode"
            b"/Length %d>>stream\n%s\nendstream" % (len(image), image),
        ]
    objects = (f"{name}\n".encode() + body + b"\nendobj\n" for name, body in zip(names, bodies, strict=True))
    data = b"%PDF-1.4\n" + b"".join(objects)
    path = tmp_path / "cut.pdf"
    path.write_bytes(data[: int(len(data) * share)])
    assert whole <= count(path) <= 3
    assert any("repaired" in note for note in opened(path, 1).notes)
    for number in range(1, whole + 1):
        assert alike(opened(path, number).image, picture())


def test_a_page_whose_drawing_was_cut_off_is_damaged_and_not_blank(tmp_path: Path) -> None:
    """A paper lost in a broken copy must not be filed as a blank back."""
    path = three_scans(tmp_path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    path.write_bytes(path.read_bytes()[:3000])
    assert count(path) == 3
    for number in (1, 2, 3):
        with pytest.raises(PageDamaged, match=rf"three\.pdf, page {number}: has lost what was on it"):
            opened(path, number)


def test_a_pdf_of_packed_objects_that_breaks_off_is_told_as_damaged(tmp_path: Path) -> None:
    """Where the pages themselves are lost there is nothing to give, and the clerk must hear of it."""
    path = three_scans(tmp_path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(DamagedFile, match=r"three\.pdf: is cut off or damaged"):
        count(path)


def test_a_header_alone_is_told_as_damaged(tmp_path: Path) -> None:
    """The first packet arrived, the rest never did."""
    path = tmp_path / "head.pdf"
    path.write_bytes(b"%PDF-1.7\n")
    with pytest.raises(DamagedFile, match=r"head\.pdf"):
        count(path)


def test_a_text_file_named_pdf_is_no_pdf(tmp_path: Path) -> None:
    """Renaming makes no scan."""
    path = tmp_path / "letter.pdf"
    path.write_text("Kính gửi: Ủy ban nhân dân\n" * 100, encoding="utf-8")
    with pytest.raises(ScanError, match=r"letter\.pdf"):
        count_pages(Source(name="letter.pdf", files=(path,), kind=Kind.PDF), limits=LIMITS)


def test_a_password_is_asked_for(tmp_path: Path) -> None:
    """Only a person can unlock it; it must not look damaged."""
    path = three_scans(tmp_path, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    with pytest.raises(PasswordNeeded, match=r"three\.pdf: is locked with a password"):
        count(path)


def test_a_pdf_that_may_only_not_be_changed_is_opened(tmp_path: Path) -> None:
    """An owner's password forbids editing, not reading; there are many in archives."""
    path = three_scans(tmp_path, encryption=pikepdf.Encryption(user="", owner="secret"))
    assert count(path) == 3
    assert alike(opened(path, 1).image, picture())
    assert opened(path, 2).image.min() < 50


def test_a_locked_pdf_that_breaks_off_is_not_guessed_at(tmp_path: Path) -> None:
    """Its keys were at the end; pages read without them would be noise."""
    options = {"object_stream_mode": pikepdf.ObjectStreamMode.disable}
    path = three_scans(tmp_path, encryption=pikepdf.Encryption(user="secret", owner="secret"), **options)
    path.write_bytes(path.read_bytes().rpartition(b"startxref")[0])
    with pytest.raises((PasswordNeeded, DamagedFile)):
        count(path)


def test_a_pdf_without_pages_says_so(tmp_path: Path) -> None:
    """Nothing was scanned, and nothing must be published for it."""
    path = tmp_path / "none.pdf"
    pikepdf.new().save(path)
    with pytest.raises(NoPages, match=r"none\.pdf: is a PDF without a page"):
        count(path)


def test_more_pages_than_are_taken_are_refused_before_they_are_counted(tmp_path: Path) -> None:
    """A page tree of millions would fill the memory with pages."""
    path = three_scans(tmp_path)
    with pytest.raises(TooLarge, match="more than 2 pages"):
        count(path, Limits(max_pages=2))


@pytest.mark.parametrize("knot", ["kids", "parent", "form", "contents"])
def test_what_refers_to_itself_ends(tmp_path: Path, knot: str) -> None:
    """A file in a circle must not hold up a batch for ever."""
    paper = Paper()
    page = paper.scan(paper.jpeg(picture())).obj
    if knot == "kids":
        paper.pdf.Root.Pages.Kids.append(paper.pdf.Root.Pages)
    elif knot == "parent":
        page.Parent = page
        del page["/MediaBox"]
    elif knot == "form":
        form = paper.pdf.make_indirect(pikepdf.Stream(paper.pdf, b"/Fm Do /Fm Do"))
        form.Subtype, form.BBox = pikepdf.Name.Form, pikepdf.Array([0, 0, 595, 842])
        form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm=form))
        page.Resources.XObject.Fm = form
        page.Contents = pikepdf.Stream(paper.pdf, b"/Fm Do")
    else:
        page.Contents = paper.pdf.make_indirect(pikepdf.Array([page.Contents]))
        page.Contents.append(page.Contents)
    path = tmp_path / "knot.pdf"
    with suppress(RuntimeError):  # qpdf sees some knots while writing
        paper.save(path)
        with suppress(ScanError, PageDamaged):
            assert count(path) >= 1
            opened(path, 1)


def test_a_page_with_wrong_kinds_of_values_is_opened_or_told(tmp_path: Path) -> None:
    """Broken scanners write names where numbers belong."""
    wrong: list[tuple[str, object]] = [
        ("/MediaBox", pikepdf.Array([0, 0, pikepdf.Name.Wide, 842])),
        ("/MediaBox", pikepdf.Array([0, 0, 0, 0])),
        ("/CropBox", pikepdf.Array([9000, 9000, 9999, 9999])),
        ("/Rotate", pikepdf.Name.Left),
        ("/Rotate", 45),
        ("/UserUnit", -3),
        ("/Contents", 7),
        ("/Resources", pikepdf.Name.None_),
        (
            "/Annots",
            pikepdf.Array([5, pikepdf.Name.Stamp, pikepdf.Dictionary(AP=7), pikepdf.Dictionary(F=pikepdf.Name.X)]),
        ),
    ]
    paper = Paper()
    for name, value in wrong:
        paper.scan(paper.jpeg(picture())).obj[name] = value
    path = paper.save(tmp_path / "wrong.pdf")
    for number in range(1, len(wrong) + 1):
        assert opened(path, number).image.size, wrong[number - 1]


def test_drawing_that_makes_no_sense_is_told_or_painted(tmp_path: Path) -> None:
    """One bad page is one bad page."""
    paper = Paper()
    for drawing in (
        "1 2 cm /Im Do",
        "Q Q Q q",
        "/Missing Do",
        "(text) Tj",
        "<< [ ( 7 0 R >> BI ID EI",
        "\0\xff" * 50,
    ):
        paper.page(drawing, Im=paper.jpeg(picture()))
    path = paper.save(tmp_path / "odd.pdf")
    for number in range(1, 7):
        assert opened(path, number).number == number


def test_a_drawing_that_unpacks_without_end_is_stopped(tmp_path: Path) -> None:
    """A few kB of drawing must not become gigabytes of operators."""
    paper = Paper()
    page = paper.page("")
    page.obj.Contents = pikepdf.Stream(paper.pdf, b"0 0 1 1 re f\n" * 330_000)  # just over what is gone through
    path = paper.save(tmp_path / "busy.pdf", compress_streams=True)
    assert path.stat().st_size < 100_000
    assert opened(path, limits=Limits(page_seconds=20), raster_dpi=72).image.min() == 0


def test_a_page_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """One page must not hold up the others for ever."""
    paper = Paper()
    font = font_of(paper.pdf)
    many = lines(["a" * 200] * 40) * 200
    paper.page(many, resources={"Font": pikepdf.Dictionary(F=font)})
    path = paper.save(tmp_path / "slow.pdf")
    with pytest.raises(PageDamaged, match=r"slow\.pdf, page 1: was not painted within 0\.01 seconds"):
        opened(path, limits=Limits(page_seconds=0.01), raster_dpi=600)


def test_a_full_disk_is_not_taken_for_a_bad_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page behind it would be marked as damaged; the batch must stop until there is room."""
    path = three_scans(tmp_path)

    def cut_off(pdf: Path, **_: object) -> list[str]:
        """What poppler leaves on a full disk."""
        (pdf.parent / "page.ppm").write_bytes(b"P6 9 9 255\n")
        return [str(pdf.parent / "page.ppm")]

    class Full:
        free = 100

    monkeypatch.setattr(pdfraster, "convert_from_path", cut_off)
    with pytest.raises(PageDamaged, match="cannot be painted"):
        opened(path, 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Full)
    with pytest.raises(OSError, match="no room"):
        opened(path, 2)


def test_a_page_as_large_as_a_field_is_refused_before_it_is_painted(tmp_path: Path) -> None:
    """At 300 dpi it would have more pixels than there is memory."""
    paper = Paper()
    paper.page("0 0 9 9 re f", size=(14_400, 14_400)).obj.UserUnit = 20
    with pytest.raises(PageTooLarge, match=r"field\.pdf, page 1: measures 4,000 by 4,000 inches"):
        opened(paper.save(tmp_path / "field.pdf"))


def test_a_large_drawing_is_painted_at_what_the_limits_allow(tmp_path: Path) -> None:
    """A plan of a site is larger than a letter, and is read less finely."""
    paper = Paper()
    paper.page("0 0 900 900 re f", size=(2400, 3400))
    page = opened(paper.save(tmp_path / "plan.pdf"), limits=Limits(max_pixels=20_000_000), raster_dpi=300)
    assert 18_000_000 < page.image.shape[0] * page.image.shape[1] <= 20_100_000


def test_a_pdf_that_vanishes_is_told(tmp_path: Path) -> None:
    """Network shares come and go."""
    path = three_scans(tmp_path)
    source = source_of(path)
    path.unlink()
    with pytest.raises(NotAllowed, match="cannot be read"):
        count_pages(source, limits=LIMITS)


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    """The file that was opened last stays open; a page of yesterday's must not come from it."""
    first = three_scans(tmp_path)
    assert count(first) == 3
    paper = Paper()
    paper.scan(paper.jpeg(np.zeros((400, 400, 3), np.uint8)))
    paper.save(first)
    assert count(first) == 1
    assert opened(first).image.max() < 10
