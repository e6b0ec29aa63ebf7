"""PDF pages that are one image."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest

from ocr.errors import PageTooLarge, PageTooSmall
from ocr.page import Colour, TextLayer
from tests.ocr.opening.scans import A4, LIMITS, Paper, alike, encoded, fax, opened, picture

NAME = pikepdf.Name


def packed(image: np.ndarray) -> bytes:
    return zlib.compress(image.tobytes())


def test_a_scanners_jpeg_is_kept_byte_for_byte(tmp_path: Path) -> None:
    """An archive that decodes and packs a scan anew loses a little of it each time."""
    paper = Paper()
    paper.scan(paper.jpeg(picture()))
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert page.jpeg == encoded(".jpg", picture())
    assert alike(page.image, picture())
    assert (page.colour, page.text_layer, page.lines) == (Colour.COLOUR, TextLayer.NONE, ())


def test_an_image_has_the_resolution_at_which_it_is_painted(tmp_path: Path) -> None:
    """Fields are placed in points and print is measured in millimetres; both hang on the resolution."""
    paper = Paper()
    paper.scan(paper.jpeg(picture(1240, 1754)))
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert page.image.shape == (1754, 1240, 3)
    assert (round(page.dpi), page.dpi_is_known) == (150, True)


def test_a_page_as_large_as_its_pixels_has_an_estimated_resolution(tmp_path: Path) -> None:
    """Programs that know no resolution write one point a pixel; a page of 34 inches would be read as giant print."""
    paper = Paper()
    paper.scan(paper.jpeg(picture(1240, 1754)), size=(1240, 1754))
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert (round(page.dpi), page.dpi_is_known) == (150, False)
    assert page.jpeg is not None


def test_a_grey_jpeg_is_a_grey_page(tmp_path: Path) -> None:
    """Colour that is not there must not be looked for."""
    paper = Paper()
    paper.scan(paper.jpeg(picture(colour=False)))
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert (page.image.ndim, page.colour) == (2, Colour.GREY)
    assert page.jpeg is not None


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_its_viewer_turns_is_opened_turned(tmp_path: Path, turn: int) -> None:
    """A clerk has turned the page in a viewer and sees it upright; we must see the same page."""
    paper = Paper()
    paper.scan(paper.jpeg(picture())).obj.Rotate = turn
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert alike(page.image, np.rot90(picture(), -turn // 90))
    assert page.jpeg is None


@pytest.mark.parametrize(
    ("matrix", "seen"),
    [
        ("0 842 -595 0 595 0", lambda image: np.rot90(image, 1)),
        ("0 -842 595 0 0 842", lambda image: np.rot90(image, -1)),
        ("-595 0 0 -842 595 842", lambda image: np.rot90(image, 2)),
        ("595 0 0 -842 0 842", np.flipud),
        ("-595 0 0 842 595 0", np.fliplr),
        ("0 842 595 0 0 0", lambda image: np.rot90(image, 1)[:, ::-1]),
    ],
)
def test_an_image_that_is_painted_turned_or_mirrored_is_opened_so(tmp_path: Path, matrix: str, seen) -> None:
    """Duplex scanners store every second page upside down and turn it while painting."""
    paper = Paper()
    drawing = f"q {matrix} cm /Im Do Q"
    paper.page(drawing, Im=paper.jpeg(picture()))
    paper.page(f"{drawing} q 1 0 0 1 5000 5000 cm 0 0 1 1 re S Q", Im=paper.jpeg(picture()))  # painted by poppler
    path = paper.save(tmp_path / "scan.pdf")
    page = opened(path)
    assert alike(page.image, seen(picture()))
    assert page.jpeg is None
    painted = opened(path, 2).image
    assert alike(cv2.resize(painted, page.image.shape[1::-1], interpolation=cv2.INTER_AREA), page.image)


def test_fax_pages_are_black_and_white(tmp_path: Path) -> None:
    """Black-and-white scans have no red seal; who looks for one must know."""
    paper = Paper()
    paper.scan(fax(paper, picture(colour=False)))
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert page.colour is Colour.BILEVEL
    assert alike(page.image, picture(colour=False))


def test_a_fax_that_inverts_twice_is_not_inverted(tmp_path: Path) -> None:
    """White print on black is what comes of reading one of PDF's two inversions only."""
    paper, image = Paper(), picture(colour=False)
    paper.scan(fax(paper, image, black_is_1=True, Decode=[1, 0]))
    paper.scan(fax(paper, image, black_is_1=True))
    paper.scan(fax(paper, image, ColorSpace=None, ImageMask=True))
    paper.scan(fax(paper, image, black_is_1=True, ColorSpace=None, ImageMask=True, Decode=[1, 0]))
    path = paper.save(tmp_path / "scan.pdf")
    assert [alike(opened(path, number).image, image) for number in (1, 2, 3, 4)] == [True, False, True, True]
    assert alike(opened(path, 2).image, 255 - image)


def test_jbig2_is_opened(tmp_path: Path) -> None:
    """Multi-function printers sold for saving space write it; its decoder is poppler's."""
    paper, image = Paper(), picture(colour=False)
    g4 = fax(paper, image).read_raw_bytes()
    size = struct.pack(">II", 248, 351)
    page = struct.pack(">IBBBI", 0, 48, 0, 1, 19) + size + bytes(11)
    region = size + bytes(8) + b"\0" + b"\1" + g4  # coded by MMR, which is G4 (T.88, 6.2.6)
    data = page + struct.pack(">IBBBI", 1, 38, 0, 1, len(region)) + region
    paper.scan(paper.image(data, 248, 351, "/JBIG2Decode", BitsPerComponent=1))
    opened_page = opened(paper.save(tmp_path / "scan.pdf"))
    assert alike(opened_page.image, image)
    assert (opened_page.colour, opened_page.image.shape) == (Colour.BILEVEL, (351, 248))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_flate_images_of_any_depth_are_opened(tmp_path: Path, bits: int) -> None:
    """Scans that programs have packed anew come in all of PDF's depths."""
    grey = picture(250, 351, colour=False)
    levels = (grey.astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint32)
    if bits == 16:
        data = levels.astype(">u2").tobytes()
    else:
        apart = ((levels[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).reshape(351, -1)
        data = np.packbits(apart, axis=1).tobytes()
    paper = Paper()
    paper.scan(paper.image(zlib.compress(data), 250, 351, "/FlateDecode", BitsPerComponent=bits))
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert alike(page.image, grey)
    assert page.colour is (Colour.BILEVEL if bits == 1 else page.colour)


def test_flate_images_with_png_predictors_are_opened(tmp_path: Path) -> None:
    """PDF makers that copy PNGs leave the predictor to the reader."""
    image = picture()
    rows = np.zeros((351, 1 + 3 * 248), np.uint8)
    rows[:, 1:] = image[:, :, ::-1].reshape(351, -1)
    rows[1:, 1:] -= rows[:-1, 1:].copy()
    rows[1:, 0] = 2  # each row is told by what it differs from the one above
    parms = pikepdf.Dictionary(Predictor=15, Colors=3, Columns=248, BitsPerComponent=8)
    paper = Paper()
    paper.scan(
        paper.image(
            zlib.compress(rows.tobytes()), 248, 351, "/FlateDecode", ColorSpace=NAME.DeviceRGB, DecodeParms=parms
        )
    )
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert np.array_equal(page.image, image)


def test_palettes_and_profiles_give_the_colours_that_are_meant(tmp_path: Path) -> None:
    """A seal whose red comes out blue is not parted from the print under it."""
    image = picture()
    colours, indexes = np.unique(image.reshape(-1, 3), axis=0, return_inverse=True)
    paper = Paper()
    table = pikepdf.String(np.ascontiguousarray(colours[:, ::-1]).tobytes())
    indexed = pikepdf.Array([NAME.Indexed, NAME.DeviceRGB, len(colours) - 1, table])
    paper.scan(paper.image(packed(indexes.astype(np.uint8)), 248, 351, "/FlateDecode", ColorSpace=indexed))
    profile = pikepdf.Stream(paper.pdf, b"no profile", N=3)
    based = pikepdf.Array([NAME.ICCBased, paper.pdf.make_indirect(profile)])
    rgb = np.ascontiguousarray(image[:, :, ::-1])
    paper.scan(paper.image(packed(rgb), 248, 351, "/FlateDecode", ColorSpace=based))
    paper.scan(paper.image(packed(255 - rgb), 248, 351, "/FlateDecode", ColorSpace=NAME.DeviceRGB, Decode=[1, 0] * 3))
    paper.scan(paper.image(rgb.tobytes(), 248, 351, None, ColorSpace=NAME.DeviceRGB))
    path = paper.save(tmp_path / "scan.pdf")
    for number in (1, 2, 3, 4):
        assert np.array_equal(opened(path, number).image, image), number


def test_jpeg_2000_is_opened(tmp_path: Path) -> None:
    """Some multi-function printers write nothing else."""
    paper = Paper()
    data = encoded(".jp2", picture())
    paper.scan(paper.image(data, 248, 351, "/JPXDecode", ColorSpace=None, BitsPerComponent=None))
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert alike(page.image, picture())
    assert page.jpeg is None


def test_a_jpeg_that_was_packed_once_more_is_still_the_scanners(tmp_path: Path) -> None:
    """Programs that compress everything compress JPEGs too."""
    paper = Paper()
    data = encoded(".jpg", picture())
    image = paper.image(zlib.compress(data), 248, 351, None, ColorSpace=NAME.DeviceRGB)
    image.Filter = pikepdf.Array([NAME.FlateDecode, NAME.DCTDecode])
    paper.scan(image)
    assert opened(paper.save(tmp_path / "scan.pdf")).jpeg == data


@pytest.mark.parametrize(
    "entries",
    [
        {"ColorSpace": NAME.DeviceCMYK},
        {"ColorSpace": pikepdf.Array([NAME.Lab, pikepdf.Dictionary(WhitePoint=[0.95, 1, 1.09])])},
        {"Decode": [1, 0, 1, 0, 1, 0]},
        {"DecodeParms": pikepdf.Dictionary(ColorTransform=0)},
    ],
)
def test_a_jpeg_whose_colours_the_pdf_changes_is_not_kept_as_it_is(tmp_path: Path, entries) -> None:
    """Its bytes alone would show other colours than the page."""
    paper = Paper()
    paper.scan(paper.jpeg(picture(), **entries))
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert page.jpeg is None
    assert page.image.shape[:2] == (351, 248)


def test_an_image_with_a_soft_mask_is_shown_on_white(tmp_path: Path) -> None:
    """The colours behind a mask are no part of the page."""
    paper = Paper()
    grey = picture(colour=False)
    mask = paper.image(packed(255 - grey), 248, 351, "/FlateDecode")
    paper.scan(paper.image(packed(np.zeros_like(grey)), 248, 351, "/FlateDecode", SMask=mask))
    assert alike(opened(paper.save(tmp_path / "scan.pdf")).image, grey)


def test_a_stencil_over_a_background_is_painted_with_it(tmp_path: Path) -> None:
    """Compact PDFs split a page into paper and print; one without the other is half a page."""
    paper, grey = Paper(), picture(colour=False)
    seal = np.full((351, 248, 3), 255, np.uint8)
    cv2.circle(seal, (174, 280), 24, (40, 40, 220), -1)
    stencil = fax(paper, grey, ColorSpace=None, ImageMask=True)
    paper.page("q 595 0 0 842 0 0 cm /Back Do /Print Do Q", Back=paper.jpeg(seal), Print=stencil)
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert page.colour is Colour.COLOUR
    assert page.image.shape[:2] == (351, 248)
    assert alike(page.image, picture())


def test_white_under_a_scan_and_a_clip_around_it_change_nothing(tmp_path: Path) -> None:
    """Many drivers paint the paper white first and clip to its edge; the scan is still just a scan."""
    paper = Paper()
    paper.page(
        "1 g 0 0 595 842 re f q 0 0 595 842 re W n 595 0 0 842 0 0 cm /Im Do Q 0 0 m 10 10 l n",
        Im=paper.jpeg(picture()),
    )
    assert opened(paper.save(tmp_path / "scan.pdf")).jpeg is not None


def test_a_scan_inside_forms_is_still_a_scan(tmp_path: Path) -> None:
    """Programs that add a page to a file wrap it."""
    paper = Paper()
    form = pikepdf.Stream(paper.pdf, b"q 1 0 0 1 0 0 cm /Im Do Q")
    form.Type, form.Subtype, form.BBox = NAME.XObject, NAME.Form, pikepdf.Array([0, 0, 1, 1])
    form.Matrix = pikepdf.Array([595, 0, 0, 842, 0, 0])
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=paper.jpeg(picture())))
    paper.page("q /Fm Do Q", Fm=paper.pdf.make_indirect(form))
    assert opened(paper.save(tmp_path / "scan.pdf")).jpeg is not None


@pytest.mark.parametrize(
    "drawing",
    [
        "q 595 0 0 842 0 0 cm /Im Do Q 1 0 0 RG 100 100 m 300 300 l S",  # struck out
        "q 0 0 300 842 re W n 595 0 0 842 0 0 cm /Im Do Q",  # half of it hidden
        "q 400 0 0 600 100 100 cm /Im Do Q",  # with margins
        "q 1190 0 0 1684 0 0 cm /Im Do Q",  # only a quarter of it shows
        "q 590 40 -56 840 30 0 cm /Im Do Q",  # leaning
        "q 595 0 0 421 0 0 cm /Im Do Q q 595 0 0 421 0 421 cm /Im Do Q",  # two strips
        "q /Gs gs 595 0 0 842 0 0 cm /Im Do Q",  # see-through
    ],
)
def test_a_page_that_is_not_just_its_image_is_painted(tmp_path: Path, drawing: str) -> None:
    """The image alone would show what the page does not, or hide what it does."""
    paper = Paper()
    state = pikepdf.Dictionary(Gs=pikepdf.Dictionary(ca=0.5))
    paper.page(drawing, Im=paper.jpeg(picture()), resources={"ExtGState": state})
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert page.jpeg is None
    assert not alike(page.image, picture())


def test_a_layer_that_is_switched_off_does_not_show(tmp_path: Path) -> None:
    """A draft that its author has hidden is no part of the paper."""
    paper = Paper()
    layer = paper.pdf.make_indirect(pikepdf.Dictionary(Type=NAME.OCG, Name="Draft"))
    config = pikepdf.Dictionary(OFF=[layer])
    paper.pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=config)
    drawing = "/OC /Layer BDC q 595 0 0 842 0 0 cm /Im Do Q EMC"
    paper.page(drawing, Im=paper.jpeg(picture()), resources={"Properties": pikepdf.Dictionary(Layer=layer)})
    assert opened(paper.save(tmp_path / "scan.pdf")).image.min() == 255


def test_strips_are_put_together_at_their_own_resolution(tmp_path: Path) -> None:
    """Scanners with little memory cut a page into strips; blurred at their seams they read worse."""
    paper, image = Paper(), picture(1240, 1754)
    strips = [image[top : top + 877] for top in (0, 877)]
    paper.page(
        "q 595 0 0 421 0 421 cm /A Do Q q 595 0 0 421 0 0 cm /B Do Q",
        A=paper.jpeg(strips[0]),
        B=paper.jpeg(strips[1]),
    )
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert abs(page.dpi - 150) < 1
    assert abs(page.image.shape[0] - 1754) <= 2
    assert alike(cv2.resize(page.image, (1240, 1754)), image)


def test_the_crop_box_says_what_is_shown(tmp_path: Path) -> None:
    """What a clerk has cropped away is not on the page any more."""
    paper = Paper()
    paper.scan(paper.jpeg(picture(496, 702))).obj.CropBox = pikepdf.Array([0, 421, 595, 842])
    page = opened(paper.save(tmp_path / "scan.pdf"))
    assert abs(page.image.shape[0] / page.image.shape[1] - 421 / 595) < 0.01
    assert alike(cv2.resize(page.image, (496, 351)), picture(496, 702)[:351])


def test_a_scan_of_1200_megapixels_in_a_few_bytes_is_refused(tmp_path: Path) -> None:
    """Unpacked it would take the machine's memory with it."""
    paper = Paper()
    for filters in ("/FlateDecode", "/CCITTFaxDecode", "/JBIG2Decode"):
        paper.scan(paper.image(zlib.compress(bytes(1000)), 40_000, 30_000, filters, BitsPerComponent=1))
    image = paper.image(zlib.compress(bytes(1000)), 40_000, 30_000, "/FlateDecode")
    paper.scan(image, after="0 0 m 9 9 l S")  # to be painted
    small = paper.jpeg(picture(), SMask=image)
    paper.scan(small)  # its mask is the bomb
    path = paper.save(tmp_path / "bomb.pdf")
    assert path.stat().st_size < 20_000
    for number in range(1, 6):
        with pytest.raises(PageTooLarge, match=r"bomb\.pdf, page \d: has 40,000 by 30,000 pixels"):
            opened(path, number)


def test_a_jpeg_that_is_larger_than_its_pdf_says_is_refused(tmp_path: Path) -> None:
    """The claim of the outer file must not stand in for a look at the inner one."""
    paper = Paper()
    paper.scan(paper.jpeg(picture(800, 800)))
    limits = type(LIMITS)(max_pixels=500_000)
    image = paper.pdf.pages[0].obj.Resources.XObject.Im
    image.Width = image.Height = 400
    with pytest.raises(PageTooLarge, match="800 by 800"):
        opened(paper.save(tmp_path / "bomb.pdf"), limits=limits)


def test_a_scan_of_one_pixel_is_refused(tmp_path: Path) -> None:
    """Nothing can be read from it, and everything after would divide by its size."""
    paper = Paper()
    paper.scan(paper.image(zlib.compress(b"\0"), 1, 1, "/FlateDecode"))
    with pytest.raises(PageTooSmall, match="page 1: has 1 by 1 pixels"):
        opened(paper.save(tmp_path / "dot.pdf"))


def test_a_scan_that_breaks_off_is_opened_and_says_so(tmp_path: Path) -> None:
    """Half a page is better than none, as long as nobody takes it for whole."""
    paper = Paper()
    data = encoded(".jpg", picture())
    paper.scan(paper.image(data[: len(data) // 2], 248, 351, "/DCTDecode", ColorSpace=NAME.DeviceRGB))
    paper.scan(paper.image(packed(picture(colour=False))[:100], 248, 351, "/FlateDecode"))
    path = paper.save(tmp_path / "scan.pdf")
    for number in (1, 2):
        page = opened(path, number)
        assert "damaged: a part of the picture is missing" in page.notes
        assert page.jpeg is None


def test_size_of_pages_follows_the_user_unit(tmp_path: Path) -> None:
    """Very wide drawings count in larger units than points."""
    paper = Paper()
    page = paper.scan(paper.jpeg(picture(1240, 1754)), size=(A4[0] / 2, A4[1] / 2))
    page.obj.UserUnit = 2
    assert round(opened(paper.save(tmp_path / "scan.pdf")).dpi) == 150
