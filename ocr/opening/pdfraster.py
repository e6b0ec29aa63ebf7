"""Has poppler paint a page, and tell its words, from a small PDF that holds that page alone.

So a file of 2,000 pages is not parsed again for each of them, a damaged one comes mended by qpdf, and what must not
show is not in it. Poppler runs as a program of its own, which can be stopped when a page takes too long.
"""

from __future__ import annotations

import errno
import html
import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
from pdf2image import convert_from_path
from pdf2image.exceptions import (
    PDFInfoNotInstalledError,
    PDFPageCountError,
    PDFPopplerTimeoutError,
    PDFSyntaxError,
)

from ocr.errors import PageDamaged, ProgramMissing
from ocr.geometry import Box
from ocr.opening.pdfspace import Frame, inherited, number_of
from ocr.opening.pixels import check_size
from ocr.opening.raw import Image, Limits

_KEPT = ("/Contents", "/Group")  # of a page's own entries; the rest leads to other pages or is set here
_WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>')
_AS_IT_IS: dict[str, Any] = {  # nothing is unpacked or packed anew for the few milliseconds that a page's file lives
    "compress_streams": False,
    "stream_decode_level": pikepdf.StreamDecodeLevel.none,
    "object_stream_mode": pikepdf.ObjectStreamMode.disable,
}
_DEEPEST = 20  # values within a value
_POPPLER = "install poppler-utils"


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A word of a PDF's text."""

    text: str
    box: Box  #: share of the page's width and height, origin top left, as the page is shown


@contextmanager
def single_page(
    page: pikepdf.Object, frame: Frame, *, layers: pikepdf.Object | None, without: Container[int] = ()
) -> Iterator[Path]:
    """A PDF of one page, on disk for as long as the context is open.

    layers: the file's entry that says which of its layers show.
    frame: what is shown; everything outside is cut off.
    without: places of annotations that are left out.
    Raises OSError where the disk is full, and what `pdffile.BROKEN` lists.
    """
    with pikepdf.new() as alone, tempfile.TemporaryDirectory(prefix="sohoa-page-") as folder:
        alone.pages.append(pikepdf.Page(page))
        copy = alone.pages[0].obj
        resources = inherited(page, "/Resources")
        if "/Resources" not in copy and isinstance(resources, pikepdf.Dictionary):
            copy.Resources = _copied(alone, resources)
        annotations = copy.get("/Annots")
        listed = list(annotations) if isinstance(annotations, pikepdf.Array) else []
        for name in list(copy.keys()):
            if name not in ("/Type", "/Parent", "/Resources", "/Annots", *_KEPT):
                del copy[name]
        if not isinstance(copy.get("/Contents", pikepdf.Array()), pikepdf.Array | pikepdf.Stream):
            del copy.Contents
        copy.Annots = pikepdf.Array([_as_stamp(one) for place, one in enumerate(listed) if place not in without])
        copy.MediaBox = pikepdf.Array([round(value, 4) for value in frame.box])
        copy.Rotate = frame.rotate
        if layers is not None:  # some may be switched off
            alone.Root.OCProperties = _copied(alone, layers)
        alone.remove_unreferenced_resources()
        path = Path(folder) / "page.pdf"
        alone.save(path, **_AS_IT_IS)
        yield path


def _copied(alone: pikepdf.Pdf, value: pikepdf.Object, depth: int = 0) -> pikepdf.Object:
    """A value out of another file; pikepdf copies what has a number of its own."""
    if value.is_indirect:
        return alone.copy_foreign(value)
    if depth > _DEEPEST:
        raise ValueError("values within values without end")

    def one(inner: object) -> object:
        return _copied(alone, inner, depth + 1) if isinstance(inner, pikepdf.Object) else inner

    if isinstance(value, pikepdf.Dictionary):
        return pikepdf.Dictionary({name: one(inner) for name, inner in value.items()})
    if isinstance(value, pikepdf.Array):
        return pikepdf.Array([one(inner) for inner in value])
    return value


def _as_stamp(annotation: pikepdf.Object) -> pikepdf.Object:
    """A form's field is drawn as it looks; without its form, and without the form's ways to look otherwise."""
    if isinstance(annotation, pikepdf.Dictionary) and str(annotation.get("/Subtype")) == "/Widget":
        annotation.Subtype = pikepdf.Name.Stamp
    return annotation


@contextmanager
def single_image(image: pikepdf.Stream, size: tuple[int, int]) -> Iterator[Path]:
    """A PDF of one image, painted pixel by point; raises as `single_page` does."""
    width, height = size
    with pikepdf.new() as alone, tempfile.TemporaryDirectory(prefix="sohoa-page-") as folder:
        alone.add_blank_page(page_size=(max(width, 3), max(height, 3)))
        page = alone.pages[0].obj
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=alone.copy_foreign(image)))
        page.Contents = pikepdf.Stream(alone, f"{width} 0 0 {height} 0 0 cm /Im Do".encode())
        path = Path(folder) / "image.pdf"
        alone.save(path, **_AS_IT_IS)
        yield path


def paint(path: Path, size: tuple[int, int], *, limits: Limits, source: str, number: int) -> Image:
    """The only page of a PDF as pixels: (height, width, 3), blue, green, red.

    size: width and height of the result, already checked against the limits.
    Raises PageTooLarge; PageDamaged, also where it takes longer than limits.page_seconds; ProgramMissing; OSError
    where the disk is full.
    """
    for pixels in _image_sizes(path):  # poppler unpacks them whole, those in patterns and masks too
        if math.prod(pixels) > limits.max_pixels:
            check_size(*pixels, limits=limits, source=source, page=number)
    try:
        files = convert_from_path(
            path,
            size=size,
            thread_count=1,
            timeout=math.ceil(limits.page_seconds),
            output_folder=path.parent,  # through a pipe it would be copied four times
            paths_only=True,
        )
    except (PDFInfoNotInstalledError, FileNotFoundError) as error:
        raise ProgramMissing("pdftoppm does not start", mend=_POPPLER) from error
    except PDFPopplerTimeoutError as error:
        raise _too_slow(source, number, limits) from error
    except (PDFPageCountError, PDFSyntaxError, ValueError) as error:
        raise _cannot_paint(source, number) from error
    if len(files) != 1:
        raise _cannot_paint(source, number)
    return _read(Path(str(files[0])), size, source, number)


def _read(file: Path, size: tuple[int, int], source: str, number: int) -> Image:
    """The pixels that poppler wrote; it says nothing of a disk that was too full for them."""
    needed = 3 * math.prod(size)
    if file.stat().st_size < needed and shutil.disk_usage(file.parent).free < needed:
        raise OSError(errno.ENOSPC, "no room for a page's pixels", str(file.parent))
    image = cv2.imread(str(file), cv2.IMREAD_COLOR) if file.stat().st_size >= needed else None
    if image is None:
        raise _cannot_paint(source, number)
    return np.asarray(image, np.uint8)


def _image_sizes(path: Path) -> Iterator[tuple[int, int]]:
    with pikepdf.open(path) as pdf:
        for one in pdf.objects:
            if isinstance(one, pikepdf.Stream) and str(one.get("/Subtype")) == "/Image":
                yield int(number_of(one.get("/Width")) or 0), int(number_of(one.get("/Height")) or 0)


def words_of(path: Path, frame: Frame, *, limits: Limits, source: str, number: int) -> list[PlacedText]:
    """The words of the only page of a PDF, those of annotations too, hidden ones too.

    Raises PageDamaged, also where it takes longer than limits.page_seconds; ProgramMissing.
    """
    try:
        done = subprocess.run(
            ["pdftotext", "-q", "-nodiag", "-bbox", str(path), "-"],
            capture_output=True,
            check=False,
            timeout=limits.page_seconds,
        )
    except FileNotFoundError as error:
        raise ProgramMissing("pdftotext does not start", mend=_POPPLER) from error
    except subprocess.TimeoutExpired as error:
        raise _too_slow(source, number, limits) from error
    if done.returncode != 0:
        raise _cannot_paint(source, number)
    width, height = frame.box.width, frame.box.height
    if frame.is_turned:
        width, height = height, width
    found = []
    for match in _WORD.finditer(done.stdout.decode("utf-8", "replace")):
        x0, y0, x1, y1 = (float(value) for value in match.groups()[:4])
        box = Box(x0 / width, y0 / height, x1 / width, y1 / height)
        found.append(PlacedText(html.unescape(match[5]), box))
    return found


def _too_slow(source: str, number: int, limits: Limits) -> PageDamaged:
    what = f"was not painted within {limits.page_seconds:g} seconds"
    return PageDamaged(source, number, what, mend="print it to a new PDF, or scan it, and give that")


def _cannot_paint(source: str, number: int) -> PageDamaged:
    return PageDamaged(source, number, "is damaged and cannot be painted", mend="scan this page again")
