"""Finds the QR and bar codes of a page: receipts, separator sheets, results printed by the one-stop system."""

from __future__ import annotations

import unicodedata

import cv2
import numpy as np
import zxingcpp

from ocr.geometry import Box
from ocr.imaging.scale import halved
from ocr.opening.raw import Image
from ocr.page import Barcode

REDUCED_SIDE = 1750  # pixels of the long side: A4 at 150 dpi; reads most QR codes at a tenth of the full page's cost
FULL_SIDE = 5000  # A4 at 430 dpi; larger pages gain nothing and cost by the square
HEAD = 0.4  # share of the page's height where the forms of TT 01/2018 print their bar code
SMALLEST_SIDE = 16  # pixels; no code has fewer modules
SHORTEST_LINEAR = 6  # characters; shorter ones are read out of table rules and hatching

_QR = (zxingcpp.BarcodeFormat.QRCode,)
_STACKED = (zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.PDF417)
_LINEAR = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39)


def read_barcodes(image: Image) -> tuple[Barcode, ...]:
    """The codes on an image, from the top down, boxes in its own pixels.

    image: grey or colour, any turn. The reduced page is tried first; only where it shows no code are QR codes sought
    at full size everywhere and linear ones in the head (DataMatrix and PDF417 would cost 70 ms more there, a whole
    page of linear search 0.1 to 0.4 s, and no form of the country prints them so small).
    An image that cannot hold a code, or is none at all, has no codes: that is an answer, not a fault.
    """
    grey = _grey(image)
    if grey is None:
        return ()
    reduced, shrunk = _at_most(grey, REDUCED_SIDE)
    found = _search(reduced, (*_QR, *_LINEAR), shrunk, any_turn=True) or _search(reduced, _STACKED, shrunk)
    if not found and shrunk < 1:
        full, shrunk = _at_most(grey, FULL_SIDE)
        found = _search(full, _QR, shrunk)
        if not found:
            found = _search(full[: max(SMALLEST_SIDE, round(full.shape[0] * HEAD))], _LINEAR, shrunk)
    return tuple(sorted(found, key=lambda code: (code.box.y0, code.box.x0)))


def _grey(image: Image) -> Image | None:
    """One channel of 8 bits without gaps in memory, or None where no code can be on it."""
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or min(image.shape[:2]) < SMALLEST_SIDE:
        return None
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    channels = image.shape[2]
    if channels not in (1, 3, 4):
        return None
    if channels == 1:
        return np.ascontiguousarray(image[:, :, 0])
    turned = cv2.cvtColor(np.ascontiguousarray(image[:, :, :3]), cv2.COLOR_BGR2GRAY)
    return np.asarray(turned, dtype=np.uint8)


def _at_most(grey: Image, side: int) -> tuple[Image, float]:
    """The image with no side above `side` or hardly, and how much it was shrunk (1: not at all).

    Halved, then stretched: means over areas that are no whole pixels take five times as long.
    """
    shrunk = 1.0
    while max(grey.shape) * 0.51 >= side:
        grey, shrunk = halved(grey), shrunk / 2
    shrink = side / max(grey.shape)
    if shrink >= 0.98:
        return grey, shrunk
    width, height = (max(1, round(length * shrink)) for length in (grey.shape[1], grey.shape[0]))
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(small, dtype=np.uint8), shrunk * shrink


def _search(
    grey: Image, formats: tuple[zxingcpp.BarcodeFormat, ...], shrunk: float, *, any_turn: bool = False
) -> list[Barcode]:
    """Codes of the formats; QR codes in any turn, others upright unless `any_turn`.

    Smaller copies are searched too where it is the reduced page: large codes read better there.
    """
    if min(grey.shape) < SMALLEST_SIDE:
        return []
    codes = []
    for result in zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        formats=zxingcpp.BarcodeFormats(formats),
        try_invert=False,
        try_rotate=any_turn,
        try_downscale=any_turn,
    ):
        text = unicodedata.normalize("NFC", result.text).strip()
        if not text or (result.format in _LINEAR and len(text) < SHORTEST_LINEAR):
            continue
        corners = result.position
        xs, ys = zip(
            *(
                (corner.x / shrunk, corner.y / shrunk)
                for corner in (corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left)
            ),
            strict=True,
        )
        box = Box(float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys)))
        codes.append(Barcode(text=text, format=result.format.name, box=box))
    return codes
