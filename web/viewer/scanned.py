"""The scan's own JPEG, where a page of a PDF shows nothing else: decoded, where it would be drawn pixel by pixel.

Most papers that were scanned in colour or grey are such (ocr/pdf); a page of A3 at 300 dpi is ready in half the time.
"""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pypdfium2
import pypdfium2.raw

NEARLY = 0.5  # points by which the image may miss the page's edge
#: What its dictionary may hold: a mask, a decode array or a colour profile would change what is seen.
PLAIN = {
    "/Type",
    "/Subtype",
    "/Width",
    "/Height",
    "/BitsPerComponent",
    "/ColorSpace",
    "/Filter",
    "/Length",
    "/Interpolate",
}
COLOURS = ("/DeviceRGB", "/DeviceGray")


def fills_its_page(page: pypdfium2.PdfPage) -> bool:
    """Whether one upright image covers the page, and all else on it is text that is not seen."""
    if page.get_rotation() or page.get_mediabox() != page.get_cropbox():
        return False
    images = 0
    for one in page.get_objects(max_depth=1):
        if one.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT:
            if pypdfium2.raw.FPDFTextObj_GetTextRenderMode(one) != pypdfium2.raw.FPDF_TEXTRENDERMODE_INVISIBLE:
                return False
        elif one.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE and _covers(page, one):
            images += 1
        else:
            return False
    return images == 1


def _covers(page: pypdfium2.PdfPage, image: pypdfium2.PdfObject) -> bool:
    left, bottom, _, _ = page.get_mediabox()
    wide, high = page.get_size()
    wanted = (wide, 0.0, 0.0, high, left, bottom)
    return all(abs(is_ - should) < NEARLY for is_, should in zip(image.get_matrix().get(), wanted, strict=True))


def lone_jpeg(paper: Path, place: int) -> bytes | None:
    """The bytes of the page's only image; None where there are more, or it is no plain JPEG.

    Ask first whether it fills its page. Raises pikepdf.PdfError.
    """
    with pikepdf.open(paper) as document:
        resources = document.pages[place].obj.get("/Resources", pikepdf.Dictionary())
        images = list(resources.get("/XObject", pikepdf.Dictionary()).values())
        if len(images) != 1 or not isinstance(images[0], pikepdf.Stream):
            return None
        image = images[0]
        plain = set(image.keys()) <= PLAIN and image.get("/BitsPerComponent") == 8
        if not plain or image.get("/Filter") != "/DCTDecode" or image.get("/ColorSpace") not in COLOURS:
            return None
        return bytes(image.read_raw_bytes())
