"""Small scans that the tests of this folder make for themselves."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray
from PIL import Image as PillowImage

from ocr.opening import Limits, RawPage, Source, identify, open_page

LIMITS = Limits()
A4 = (595.0, 842.0)  # points


def picture(width: int = 248, height: int = 351, *, colour: bool = True) -> NDArray[np.uint8]:
    """A page with some lines of print, unlike any of its turned or mirrored selves; with a red seal if `colour`."""
    image = np.full((height, width, 3), 255, np.uint8)
    for row in range(5):
        top = (2 + 2 * row) * height // 20
        cv2.rectangle(image, (width // 10, top), (width * (9 - row) // 10, top + height // 60), (0, 0, 0), -1)
    cv2.rectangle(image, (width // 10, height * 8 // 10), (width // 5, height * 9 // 10), (0, 0, 0), -1)
    if colour:
        cv2.circle(image, (width * 7 // 10, height * 8 // 10), width // 10, (40, 40, 220), -1)
        return image
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def encoded(suffix: str, image: NDArray[np.uint8], *options: int) -> bytes:
    """An image as a file of the kind that the suffix names."""
    done, data = cv2.imencode(suffix, image, list(options))
    assert done
    return bytes(data)


def source_of(*paths: Path, notes: tuple[str, ...] = ()) -> Source:
    """One paper in these files."""
    return Source(name=paths[0].name, files=paths, kind=identify(paths[0]), notes=notes)


def opened(path: Path, number: int = 1, *, limits: Limits = LIMITS, raster_dpi: int = 100) -> RawPage:
    """A page of one file."""
    return open_page(source_of(path), number, limits=limits, raster_dpi=raster_dpi)


def alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Do two pictures show the same? What a JPEG or a resampling does to them is passed over."""
    if one.shape[:2] != other.shape[:2]:
        return False
    greys = [image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (one, other)]
    return float(np.mean(cv2.absdiff(greys[0], greys[1]))) < 6.0


def png_header(width: int, height: int, *, bits: int = 1) -> bytes:
    """A PNG of a few bytes that claims to be this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


class Paper:
    """A PDF that is being made."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()

    def image(self, data: bytes, width: int, height: int, filters: str | None, **entries: Any) -> pikepdf.Object:
        """An image XObject of packed data; 8-bit grey unless `entries` say otherwise."""
        stream = pikepdf.Stream(self.pdf, b"")
        if filters is None:
            stream.write(data)
        else:
            stream.write(data, filter=pikepdf.Name(filters), decode_parms=entries.pop("DecodeParms", None))
        described = {"BitsPerComponent": 8, "ColorSpace": pikepdf.Name.DeviceGray} | entries
        stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        stream.Width, stream.Height = width, height
        for name, value in described.items():
            if value is not None:
                stream[f"/{name}"] = value
        return self.pdf.make_indirect(stream)

    def jpeg(self, image: NDArray[np.uint8], **entries: Any) -> pikepdf.Object:
        """A scanner's image."""
        space = pikepdf.Name.DeviceRGB if image.ndim == 3 else pikepdf.Name.DeviceGray
        height, width = image.shape[:2]
        return self.image(encoded(".jpg", image), width, height, "/DCTDecode", **{"ColorSpace": space} | entries)

    def page(
        self, drawing: str, *, size: tuple[float, float] = A4, resources: dict[str, Any] | None = None, **images: Any
    ) -> pikepdf.Page:
        """A page that paints what `drawing` says."""
        self.pdf.add_blank_page(page_size=size)
        page = self.pdf.pages[-1]
        page.obj.Contents = pikepdf.Stream(self.pdf, drawing.encode("latin-1"))
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(**images), **resources or {})
        return page

    def scan(
        self, image: pikepdf.Object, *, size: tuple[float, float] = A4, after: str = "", **more: Any
    ) -> pikepdf.Page:
        """A page that is one image, and what is drawn over it."""
        return self.page(f"q {size[0]} 0 0 {size[1]} 0 0 cm /Im Do Q\n{after}", size=size, Im=image, **more)

    def signature(self, page: pikepdf.Page, box: tuple[float, float, float, float], drawing: str, font: Any) -> None:
        """The stamp of an electronic signature over a page."""
        look = pikepdf.Stream(self.pdf, drawing.encode("latin-1"))
        look.Type, look.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        look.BBox = pikepdf.Array([0, 0, box[2] - box[0], box[3] - box[1]])
        look.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        widget = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Sig,
            T=pikepdf.String(f"Signature{len(page.obj.get('/Annots', ()))}"),
            F=132,
            Rect=pikepdf.Array(box),
            AP=pikepdf.Dictionary(N=self.pdf.make_indirect(look)),
        )
        if "/Annots" not in page.obj:
            page.obj.Annots = pikepdf.Array()
        page.obj.Annots.append(self.pdf.make_indirect(widget))
        if "/AcroForm" not in self.pdf.Root:
            self.pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(), SigFlags=3)
        self.pdf.Root.AcroForm.Fields.append(page.obj.Annots[-1])

    def save(self, path: Path, **options: Any) -> Path:
        """Write it out; `path` for chaining."""
        self.pdf.save(path, **options)
        return path


def fax(
    paper: Paper, image: NDArray[np.uint8], *, black_is_1: bool = False, k: int = -1, **entries: Any
) -> pikepdf.Object:
    """An image in CCITT G4, out of a TIFF."""
    tiff = io.BytesIO()
    PillowImage.fromarray(image <= 127).save(tiff, "TIFF", compression="group4", tiffinfo={278: len(image)})
    height, width = image.shape
    parms = pikepdf.Dictionary(K=k, Columns=width, Rows=height, BlackIs1=black_is_1)
    return paper.image(
        strip_of(tiff.getvalue()),
        width,
        height,
        "/CCITTFaxDecode",
        **{"BitsPerComponent": 1, "DecodeParms": parms} | entries,
    )


def strip_of(tiff: bytes) -> bytes:
    """The one strip of a little TIFF."""
    at = int.from_bytes(tiff[4:8], "little")
    entries = {}
    for number in range(int.from_bytes(tiff[at : at + 2], "little")):
        entry = tiff[at + 2 + 12 * number : at + 14 + 12 * number]
        kind = int.from_bytes(entry[2:4], "little")
        entries[int.from_bytes(entry[:2], "little")] = int.from_bytes(entry[8 : 10 if kind == 3 else 12], "little")
    assert entries[259] == 4
    return tiff[entries[273] : entries[273] + entries[279]]
