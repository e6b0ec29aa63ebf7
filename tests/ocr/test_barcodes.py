"""Codes on pages: a receipt whose code is missed leaves its whole pile without a dossier."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp

from ocr.barcodes import read_barcodes
from ocr.opening.raw import Image

CODE = "000.00.16.H99-230712-0001"


def page(dpi: int = 200, shade: int = 250) -> Image:
    """An empty A4 page."""
    return np.full((round(11.7 * dpi), round(8.27 * dpi)), shade, dtype=np.uint8)


def drawn(text: str, side: int, kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.QRCode) -> Image:
    """A code as an image about `side` pixels wide."""
    code = np.array(zxingcpp.create_barcode(text, kind).to_image(scale=1), dtype=np.uint8)
    height = side if kind == zxingcpp.BarcodeFormat.QRCode else side // 4
    return np.asarray(cv2.resize(code, (side, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def put(on: Image, code: Image, x: int, y: int) -> Image:
    """The page with the code printed on it."""
    whole = on.copy()
    whole[y : y + code.shape[0], x : x + code.shape[1]] = code
    return whole


def worn(image: Image, degrees: float, noise: float) -> Image:
    """The page after a scanner: turned a little, blurred, noisy."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(image, turn, (width, height), borderValue=245)
    rng = np.random.default_rng(7)
    grain = cv2.GaussianBlur(turned, (3, 3), 0.8) + rng.normal(0, noise, turned.shape)
    return np.asarray(np.clip(grain, 0, 255), dtype=np.uint8)


def test_a_receipts_qr_code_is_read_where_it_stands() -> None:
    """The clerk clicks on the code's box to see what bound the pile."""
    codes = read_barcodes(put(page(), drawn(CODE, 150), x=100, y=120))
    assert [code.text for code in codes] == [CODE]
    assert codes[0].format == "QRCode"
    assert codes[0].box.x0 == pytest.approx(100, abs=25)
    assert codes[0].box.y1 == pytest.approx(270, abs=25)


@pytest.mark.parametrize("degrees", [0.0, 3.0, -5.0, 90.0])
def test_a_small_code_on_a_skewed_noisy_scan_is_read(degrees: float) -> None:
    """A desk that prints 12 mm codes and feeds the scanner askew must not type codes by hand."""
    scan = worn(put(page(), drawn(CODE, 95), x=780, y=1000), degrees, noise=14)
    assert [code.text for code in read_barcodes(scan)] == [CODE]


def test_a_code_too_fine_for_the_reduced_page_is_read_at_full_size() -> None:
    """A 300 dpi scan of a long link in a small square is lost at 150 dpi."""
    link = "https://dvc.example.vn/tra-cuu/ho-so?ma=" + CODE + "&thutuc=1.000001&giay=0123456789&x=" + "7" * 120
    scan = put(page(dpi=300), drawn(link, 260), x=150, y=150)
    assert [code.text for code in read_barcodes(scan)] == [link]


def test_a_bar_code_in_the_head_is_read() -> None:
    """Older one-stop systems print Code 128 instead of QR (TT 01/2018 allows both)."""
    scan = put(page(dpi=300), drawn(CODE, 760, zxingcpp.BarcodeFormat.Code128), x=200, y=200)
    assert [(code.text, code.format) for code in read_barcodes(scan)] == [(CODE, "Code128")]


def test_several_codes_come_from_the_top_down() -> None:
    """Who reads the report expects the order of the page."""
    scan = put(put(page(), drawn("second", 160), x=200, y=1500), drawn("first", 160), x=1000, y=100)
    assert [code.text for code in read_barcodes(scan)] == ["first", "second"]


def test_colour_pages_are_read_too() -> None:
    """Most scans are in colour."""
    scan = cv2.cvtColor(put(page(), drawn(CODE, 150), x=100, y=120), cv2.COLOR_GRAY2BGR)
    assert [code.text for code in read_barcodes(np.asarray(scan, dtype=np.uint8))] == [CODE]


def test_table_rules_and_noise_are_no_codes() -> None:
    """A code made up from hatching would bind a paper to a stranger's dossier."""
    scan = page()
    scan[300:1200, 200:1400:9] = 20
    assert read_barcodes(worn(scan, 0.4, noise=25)) == ()


@pytest.mark.parametrize(
    "shape", [(1, 1), (0, 0), (1, 4000), (15, 300), (40, 40), (300, 200, 1), (300, 200, 4), (64, 64, 2), (3, 3, 3, 3)]
)
def test_odd_images_have_no_codes(shape: tuple[int, ...]) -> None:
    """A page of one pixel must not end the batch."""
    assert read_barcodes(np.full(shape, 200, dtype=np.uint8)) == ()
