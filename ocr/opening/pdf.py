"""Opens pages of PDFs: a scan as its scanner made it, any other page as a viewer shows it.

A page that is one image and nothing else gives that image at its own resolution, and the scanner's JPEG bytes where
the image is a JPEG that is shown upright. Stamps of electronic signatures are drawn over a scan long after it was
made; they hide print and are left out of it. On a page that was born digital they may hold the number and the day,
and are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pikepdf

from ocr.errors import PageDamaged, PageTooLarge
from ocr.opening import pixels
from ocr.opening.images import Decoded, page_of
from ocr.opening.pdfdrawing import Mark, MarkKind, Marks, covers
from ocr.opening.pdffile import BROKEN, open_pdf, repairs_since
from ocr.opening.pdfimage import Taken, embedded, has_holes, take_image
from ocr.opening.pdfmarks import Annotation, annotations_of, lost_with_picture, marks_of
from ocr.opening.pdfraster import PlacedText, paint, single_image, single_page, words_of
from ocr.opening.pdfspace import UNIT, Frame, Matrix, frame_of, moved
from ocr.opening.raw import Image, Limits, RawPage
from ocr.opening.textlayer import STAMP, Layer, judge, lines_of, placed_words
from ocr.page import TextLayer

_PICTURE = 0.5  # share of a page that images cover; from there it is a scan with things drawn on it
_FIGURES = 0.3  # share from which the text that stands beside images may lack what they show
_UPRIGHT = 1e-3  # share of a side by which an image may lean; more is a turn by a scanner's own deskewing
_SHARPEST = 600.0  # dpi; more than any scan of a page has print for
_COARSEST = 100.0  # dpi below which text cannot be read and a page is refused instead
_MOST_PAINTED = 140_000_000  # pixels; A0 at 300 dpi
_LONGEST_INCHES = 28.0  # of paper that is scanned; a longer page has one point for each pixel of its scan
_POINTS = 72.0
_EVERY = range(2**31)  # places of annotations


def count_pdf_pages(path: Path, name: str, *, limits: Limits) -> int:
    """How many pages a PDF has. Raises DamagedFile, PasswordNeeded, NoPages, TooLarge, NotAllowed."""
    return open_pdf(path, name, limits=limits).pages


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A page, and what is known of it before anything is decoded."""

    page: pikepdf.Object
    layers: pikepdf.Object | None  #: the file's, which may be switched off
    frame: Frame
    marks: Marks | None  #: None where the drawing is too large, or too broken, to be gone through
    annotations: tuple[Annotation, ...]
    limits: Limits
    source: str
    number: int
    notes: tuple[str, ...]

    def share_of_images(self) -> float:
        """How much of the page images cover, 0 to 1; those that overlap count twice."""
        box = self.frame.box
        shares = [moved(UNIT, mark.matrix).overlap(box) for mark in self.images()]
        return min(1.0, sum(shares) / (box.width * box.height))

    def images(self) -> list[Mark]:
        """All images but those of annotations."""
        return [mark for mark in self.marks.marks if mark.kind is MarkKind.IMAGE] if self.marks else []


def open_pdf_page(path: Path, index: int, *, limits: Limits, raster_dpi: int, source: str, number: int) -> RawPage:
    """One page of a PDF, turned as its /Rotate entry wants it.

    index: of the page in its file, from 0.
    source, number: for error messages and the page's own number.
    Raises ScanError, PageDamaged, PageTooLarge, PageTooSmall; ProgramMissing without poppler.
    """
    file = open_pdf(path, source, limits=limits)
    notes = (file.note,) if file.note and index == 0 else ()
    repairs_since(file)  # what was mended on the way to other pages is not this page's
    try:
        page = file.pdf.pages[index].obj
        frame = frame_of(page)
        job = _Job(
            page=page,
            layers=file.pdf.Root.get("/OCProperties"),
            frame=frame,
            marks=marks_of(page, frame.box),
            annotations=tuple(annotations_of(page)),
            limits=limits,
            source=source,
            number=number,
            notes=(*notes, *filter(None, [lost_with_picture(page)])),
        )
        if file.note and job.marks is not None and not job.marks.marks and not job.annotations:
            what = "has lost what was on it, with the part of the file that is missing"
            raise PageDamaged(source, number, what, mend="copy the file anew, or scan this page again")
        raw = _open_scan(job) or _open_painted(job, raster_dpi)
        return replace(raw, notes=raw.notes + repairs_since(file))
    except BROKEN as error:
        mend = "print the file to a new PDF, or scan this page again"
        raise PageDamaged(source, number, "is damaged and cannot be taken apart", mend=mend) from error


def _open_scan(job: _Job) -> RawPage | None:
    """The page that is one image; None for any other."""
    mark = _only_image(job)
    if mark is None or mark.image is None:
        return None
    image = embedded(mark.image)
    pixels.check_size(image.width, image.height, limits=job.limits, source=job.source, page=job.number)
    try:
        taken = take_image(image, limits=job.limits, source=job.source, number=job.number)
    except BROKEN:
        taken = None
    if taken is None:
        taken = _painted_image(job, mark.image, (image.width, image.height), image.bits)
    place = moved(UNIT, mark.matrix)
    frame = replace(job.frame, box=place)
    shown = _turned(taken.decoded.image, mark.matrix, frame.rotate)
    across, down = (side / inches for side, inches in zip((shown.shape[1], shown.shape[0]), frame.size, strict=True))
    raw = page_of(replace(taken.decoded, image=shown, across=across, down=down), number=job.number, notes=job.notes)
    if shown is taken.decoded.image and raw.image.shape[:2] == shown.shape[:2]:
        raw = replace(raw, jpeg=taken.jpeg)
    return _with_scans_text(raw, job, frame)


def _only_image(job: _Job) -> Mark | None:
    """The image that is all one sees of a page; what lies under it is not seen."""
    if job.marks is None or not all(one.is_signature for one in job.annotations):
        return None
    seen = [mark for mark in job.marks.marks if mark.kind is not MarkKind.HIDDEN_TEXT]
    if not seen or seen[-1].kind is not MarkKind.IMAGE:
        return None
    last = seen[-1]
    if last.image is None or not last.plain or not _is_straight(last.matrix):
        return None
    if has_holes(last.image) and (len(seen) > 1 or not last.black):
        return None
    place = moved(UNIT, last.matrix)
    return last if covers(place, job.frame.box) and covers(job.frame.box, place) else None


def _is_straight(matrix: Matrix) -> bool:
    """Do an image's sides run along the page's?"""
    a, b, c, d = matrix[:4]
    longest = _UPRIGHT * max(map(abs, (a, b, c, d)))
    return max(abs(b), abs(c)) <= longest or max(abs(a), abs(d)) <= longest


def _turned(image: Image, matrix: Matrix, rotate: int) -> Image:
    """An image as it is seen on its page; the same array where it is seen as it is stored."""
    a, b, c, d = matrix[:4]
    seen = image
    if abs(b) > abs(a):
        seen = seen.swapaxes(0, 1)
        a, d = -c, -b
    if a < 0:
        seen = seen[:, ::-1]
    if d < 0:
        seen = seen[::-1]
    seen = np.rot90(seen, -rotate // 90)
    return image if seen.strides == image.strides and seen.shape == image.shape else np.ascontiguousarray(seen)


def _painted_image(job: _Job, stream: pikepdf.Stream, size: tuple[int, int], bits: int) -> Taken:
    with single_image(stream, size) as path:
        image = paint(path, size, limits=job.limits, source=job.source, number=job.number)
    return Taken(decoded=_decoded(image, bits), jpeg=None)


def _decoded(image: Image, bits: int, *, dpi: float = 0.0) -> Decoded:
    return Decoded(image=image, across=dpi, down=dpi, stored_bits=bits, turned=False, plain_rgb=False, damaged=False)


def _with_scans_text(raw: RawPage, job: _Job, frame: Frame) -> RawPage:
    """The page of one image with what is known of its text: somebody's OCR, a signature's stamp, or none."""
    stamped = any(one.marks.has_text for one in job.annotations)
    if job.marks is not None and job.marks.has_text:
        words = placed_words(_words(job, frame, without=_EVERY), raw.image)
        layer = judge(Layer(words=words, of_scan=True), raw.image)
        if layer is not TextLayer.NONE:
            lines = lines_of(words) if layer is TextLayer.GOOD else ()
            return replace(raw, text_layer=layer, lines=lines)
    return replace(raw, text_layer=TextLayer.STAMP_ONLY if stamped else TextLayer.NONE)


def _words(job: _Job, frame: Frame, *, without: range | frozenset[int]) -> list[PlacedText]:
    with single_page(job.page, frame, layers=job.layers, without=without) as path:
        return words_of(path, frame, limits=job.limits, source=job.source, number=job.number)


def _open_painted(job: _Job, raster_dpi: int) -> RawPage:
    """The page as a viewer shows it; without its signatures where it is a scan."""
    signatures = frozenset(one.place for one in job.annotations if one.is_signature)
    is_scan = job.share_of_images() >= _PICTURE
    dpi = _fitting_dpi(job, raster_dpi, is_scan=is_scan)
    across, down = job.frame.size
    size = round(across * dpi), round(down * dpi)
    pixels.check_size(*size, limits=job.limits, source=job.source, page=job.number)
    flat = replace(job.frame, rotate=0)  # poppler's sizes are those before the turn
    with single_page(job.page, flat, layers=job.layers, without=signatures if is_scan else frozenset()) as path:
        size = size[::-1] if job.frame.is_turned else size
        painted = paint(path, size, limits=job.limits, source=job.source, number=job.number)
    image = np.ascontiguousarray(np.rot90(painted, -job.frame.rotate // 90))
    bits = 1 if _is_bilevel(job) else 8
    raw = page_of(_decoded(image, bits, dpi=dpi), number=job.number, notes=job.notes)
    stamps = signatures if is_scan else frozenset(_stamps(job))
    return _with_own_text(raw, job, stamps, is_scan=is_scan)


def _stamps(job: _Job) -> list[int]:
    """Signatures that are a stamp of their own; one of a single row fills in the page's number or day."""
    return [one.place for one in job.annotations if one.is_signature and len(one.marks.rows) > 1]


def _fitting_dpi(job: _Job, raster_dpi: int, *, is_scan: bool) -> float:
    """Sharp enough for the page's images and print, and within the limits. Raises PageTooLarge."""
    dpi = float(raster_dpi)
    across, down = job.frame.size
    if is_scan:
        sharpest = max((_dpi_of(mark, job.frame) for mark in job.images() if _is_large(mark, job.frame)), default=dpi)
        as_scanned = _is_all_images(job) or max(across, down) > _LONGEST_INCHES
        dpi = sharpest if as_scanned else max(dpi, min(sharpest, _SHARPEST))
    most = math.sqrt(min(job.limits.max_pixels, _MOST_PAINTED) / (across * down))
    if dpi > most and most < _COARSEST:
        what = f"measures {across:,.0f} by {down:,.0f} inches, too large to be painted"
        raise PageTooLarge(job.source, job.number, what, mend="print it to a new PDF of paper size")
    return min(dpi, most)


def _is_large(mark: Mark, frame: Frame) -> bool:
    place = moved(UNIT, mark.matrix)
    return place.width >= frame.box.width / 2 or place.height >= frame.box.height / 2


def _dpi_of(mark: Mark, frame: Frame) -> float:
    a, b, c, d = mark.matrix[:4]
    across, down = math.hypot(a, b) * frame.unit / _POINTS, math.hypot(c, d) * frame.unit / _POINTS  # inches
    return max(mark.pixels[0] / across, mark.pixels[1] / down) if across > 0 and down > 0 else 0.0


def _is_all_images(job: _Job) -> bool:
    return job.marks is not None and not job.marks.has(MarkKind.TEXT) and not job.marks.has(MarkKind.SHAPE)


def _is_bilevel(job: _Job) -> bool:
    images = job.images()
    return (
        bool(images)
        and _is_all_images(job)
        and all(mark.image is not None and embedded(mark.image).bits == 1 for mark in images)
    )


def _with_own_text(raw: RawPage, job: _Job, stamps: frozenset[int], *, is_scan: bool) -> RawPage:
    """The painted page with what is known of its text."""
    stamped = TextLayer.STAMP_ONLY if any(one.marks.has_text for one in job.annotations) else TextLayer.NONE
    if job.marks is not None and not job.marks.has_text:
        return replace(raw, text_layer=stamped)
    words = placed_words(_words(job, job.frame, without=stamps), raw.image)
    if not words:
        return replace(raw, text_layer=stamped)
    if is_scan and sum(len(word.text) for word in words) < STAMP:
        return replace(raw, text_layer=TextLayer.STAMP_ONLY)
    layer = judge(Layer(words=words, of_scan=is_scan), raw.image)
    if layer is TextLayer.GOOD and not is_scan and job.share_of_images() >= _FIGURES:
        layer = TextLayer.UNUSABLE
    return replace(raw, text_layer=layer, lines=lines_of(words) if layer is TextLayer.GOOD else ())
