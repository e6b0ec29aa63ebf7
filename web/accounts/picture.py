"""The QR code that an authenticator scans, as a picture inside the page: its secret goes through no other address."""

from __future__ import annotations

import base64
import io

import qrcode
from qrcode.image.svg import SvgPathFillImage

from storage.second_factor import address_of


def qr_picture(secret: str, login: str) -> str:
    """A data: address of an SVG."""
    written = io.BytesIO()
    qrcode.make(address_of(secret, login), image_factory=SvgPathFillImage, box_size=8, border=2).save(written)
    return "data:image/svg+xml;base64," + base64.b64encode(written.getvalue()).decode()
