"""Pages as pictures that can be cut at any place and size: a tiled pyramid of each, made once and kept for a while.

What the PDF shows is drawn at the scan's own resolution, so that a pixel here is a pixel of the scan. The folder is a
cache: deleting it costs time, nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pyvips

from api.door import Door
from api.pages import PDFIUM
from api.problems import Code, Problem
from storage.objects import ObjectStore
from storage.records import DocumentRecord, StoredPart
from web.viewer.scanned import fills_its_page, lone_jpeg

log = logging.getLogger("sohoa.api")

FOLDER = "pictures"  # beside the spool, on the disk of the data directory
MOST_BYTES = 4 << 30  # of the cache; an A4 page of 300 dpi takes some 1.5 MB
SWEEP_EVERY = 50  # pictures made between two looks at how large the cache is
TILE = 512  # pixels
QUALITY = 88  # of the JPEG tiles within a pyramid, which are coded once more when they are sent
USUAL_DPI = 200.0  # of a page whose resolution nobody noted
LEAST_DPI, MOST_DPI = 72.0, 400.0  # finer scans are shown at 400; nobody sees more on a screen
JPEG_LEVELS = 4  # 1, 2, 4, 8: what a JPEG can be shrunk by while it is read
ROUNDING = 2  # pixels by which a scan's image and its page's size in points may differ
MOST_AHEAD = 8  # pages that wait to be drawn before anybody asked for them
MOST_PIXELS = 60_000_000  # of a picture; A3 at 400 dpi has 31 million


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A page that can be cut: where it lies and how large it is."""

    file: Path
    width: int  #: pixels
    height: int
    levels: int  #: each half as wide as the one before
    pyramid: bool  #: a tiled TIFF; else the scan's own JPEG, which is read from its top each time

    def level(self, number: int, *, from_top: bool) -> Any:  # noqa: ANN401  (pyvips has no types)
        """The picture at one of its levels. from_top: it will be read line after line. Raises pyvips.Error."""
        if self.pyramid:
            return pyvips.Image.tiffload(str(self.file), page=number)
        access = "sequential" if from_top else "random"
        return pyvips.Image.jpegload(str(self.file), shrink=2**number, access=access)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageShape:
    """How large a page's picture is, known without drawing it."""

    width: int
    height: int
    scale: float  #: pixels for a point of the PDF


class Pictures:
    """The cache of one process; others may work in the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: OrderedDict[str, threading.Lock] = OrderedDict()
        self._guard = threading.Lock()
        self._made = 0
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")
        self._coming: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        pyvips.cache_set_max(0)  # operations on files that may be replaced

    def shapes(self, store: ObjectStore, pdf: StoredPart, dpi: Callable[[int], float]) -> list[PageShape]:
        """The shape of every page of a PDF, by place. Raises Problem: not-found for a PDF that does not open."""
        noted = self._folder / f"{pdf.sha256[:32]}.json"
        try:
            listed = json.loads(noted.read_text())
        except (OSError, ValueError):
            with self._alone(noted.name):
                listed = self._measured(self._paper(store, pdf), dpi)
                _whole(noted, lambda part: part.write_text(json.dumps(listed)))
        return [PageShape(width=width, height=height, scale=scale) for width, height, scale in listed]

    def picture(self, store: ObjectStore, pdf: StoredPart, place: int, shape: PageShape) -> Picture:
        """A page's picture: its pyramid, or what can be shown at once while that is made."""
        file = self._folder / f"{pdf.sha256[:32]}-{place}.tif"
        if not file.exists():
            jpeg = self._scan(store, pdf, place)
            if jpeg is not None and _is_of(jpeg, shape):
                self.ahead(store, pdf, place, shape)
                return Picture(file=jpeg, width=shape.width, height=shape.height, levels=JPEG_LEVELS, pyramid=False)
            self._make(store, pdf, place, shape)
        try:
            os.utime(file)
            header = pyvips.Image.tiffload(str(file))
        except (OSError, pyvips.Error) as error:
            file.unlink(missing_ok=True)
            raise Problem(Code.UNAVAILABLE, headers={"Retry-After": "1"}) from error
        levels = int(header.get("n-pages")) if header.get_typeof("n-pages") else 1
        return Picture(file=file, width=header.width, height=header.height, levels=levels, pyramid=True)

    def _scan(self, store: ObjectStore, pdf: StoredPart, place: int) -> Path | None:
        """The scan's own JPEG in a file; None where the page is more than that. Raises Problem: not-found."""
        jpeg = self._folder / f"{pdf.sha256[:32]}-{place}.jpg"
        if jpeg.exists():
            return jpeg
        with self._alone(jpeg.name):
            data = lone_jpeg_of(self._paper(store, pdf), place)
            if data is not None:
                _whole(jpeg, lambda part: part.write_bytes(data))
        return None if data is None else jpeg

    def _make(self, store: ObjectStore, pdf: StoredPart, place: int, shape: PageShape) -> None:
        """Make a page's pyramid, where it is not there yet."""
        file = self._folder / f"{pdf.sha256[:32]}-{place}.tif"
        with self._alone(file.name):
            if file.exists():
                return
            jpeg, paper = self._scan(store, pdf, place), self._paper(store, pdf)
            _whole(file, lambda part: _draw(paper, place, shape, part, jpeg))
            self._count()
        if jpeg is not None:
            jpeg.unlink(missing_ok=True)  # the pyramid is there; who reads it this moment has it open

    def ahead(self, store: ObjectStore, pdf: StoredPart, place: int, shape: PageShape) -> None:
        """Make a page's pyramid while the browser still reads what stands around it.

        What fails here fails again, and is told, for whoever asks for the page.
        """
        file = self._folder / f"{pdf.sha256[:32]}-{place}.tif"
        if file.exists() or file.name in self._coming or len(self._coming) >= MOST_AHEAD:
            return
        self._coming.add(file.name)
        done = self._worker.submit(self._make, store, pdf, place, shape)
        done.add_done_callback(lambda _: self._coming.discard(file.name))

    def settle(self) -> None:
        """Wait until what was begun ahead is done."""
        self._worker.submit(lambda: None).result()

    def _paper(self, store: ObjectStore, pdf: StoredPart) -> Path:
        file = self._folder / f"{pdf.sha256[:32]}.pdf"
        if file.exists():
            os.utime(file)
        else:
            _whole(file, lambda part: store.fetch(pdf.key, part))
        return file

    @staticmethod
    def _measured(paper: Path, dpi: Callable[[int], float]) -> list[tuple[int, int, float]]:
        with PDFIUM, _opened(paper) as document:
            sizes = [document.get_page_size(place) for place in range(len(document))]
        return [_shape(wide, high, dpi(place)) for place, (wide, high) in enumerate(sizes)]

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """One thread at a time for one file: a page's tiles are all asked for at once."""
        with self._guard:
            lock = self._locks.pop(name, None) or threading.Lock()
            self._locks[name] = lock
            while len(self._locks) > 1000:
                self._locks.popitem(last=False)
        with lock:
            yield

    def _count(self) -> None:
        self._made += 1
        if self._made % SWEEP_EVERY == 1:
            self.sweep()

    def sweep(self, most: int = MOST_BYTES) -> None:
        """Forget what was not looked at for longest, until the rest fits."""
        found = []
        for file in self._folder.iterdir():
            try:
                state = file.stat()
            except FileNotFoundError:  # another process sweeps too
                continue
            found.append((state.st_mtime, state.st_size, file))
        total = sum(size for _, size, _ in found)
        for _, size, file in sorted(found):
            if total <= most:
                return
            file.unlink(missing_ok=True)
            total -= size


def pictures_of(door: Door) -> Path:
    """Where an installation keeps its pictures."""
    return door.spool.parent / FOLDER


def dpi_by_place(document: DocumentRecord) -> Callable[[int], float]:
    """The resolution of a document's pages by their place in its PDF."""
    infos = {info.get("page"): info.get("dpi") for info in document.report.get("page_info") or ()}
    numbers = document.order

    def dpi(place: int) -> float:
        told = infos.get(numbers[place]) if place < len(numbers) else None
        return float(told) if isinstance(told, int | float) and told > 0 else USUAL_DPI

    return dpi


def _shape(wide: float, high: float, dpi: float) -> tuple[int, int, float]:
    """Pixels of a page of so many points."""
    scale = min(max(dpi, LEAST_DPI), MOST_DPI) / 72
    scale = min(scale, (MOST_PIXELS / max(wide * high, 1.0)) ** 0.5)
    return max(1, round(wide * scale)), max(1, round(high * scale)), scale


@contextmanager
def _opened(paper: Path) -> Iterator[pypdfium2.PdfDocument]:
    try:
        with pypdfium2.PdfDocument(paper) as document:
            yield document
    except pypdfium2.PdfiumError as error:
        raise Problem(Code.NOT_FOUND) from error


def lone_jpeg_of(paper: Path, place: int) -> bytes | None:
    """The scan's own JPEG, where the page is nothing else. Raises Problem: not-found for a page that is not there."""
    with PDFIUM, _opened(paper) as document:
        if place >= len(document):
            raise Problem(Code.NOT_FOUND)
        alone = fills_its_page(document[place])
    try:
        data = lone_jpeg(paper, place) if alone else None
        if data is None or pyvips.Image.jpegload_buffer(data).bands not in (1, 3):
            return None
    except (pikepdf.PdfError, pyvips.Error):  # PDFium may show something of it all the same
        return None
    return data


def _draw(paper: Path, place: int, shape: PageShape, to: Path, jpeg: Path | None) -> None:
    """Write a page's pyramid, from the scan's own JPEG where there is one."""
    try:
        if jpeg is not None:
            _pyramid(_decoded(jpeg, shape), to)
            return
    except pyvips.Error as error:  # half an image, say: PDFium shows what there is of it
        log.info("page drawn, not decoded", extra={"fields": {"place": place, "error": type(error).__name__}})
    _pyramid(_drawn(paper, place, shape), to)


def _is_of(jpeg: Path, shape: PageShape) -> bool:
    """Whether a pixel of the scan is a pixel of the picture."""
    image = pyvips.Image.jpegload(str(jpeg))  # its header; nothing is decoded yet
    return bool(max(abs(image.width - shape.width), abs(image.height - shape.height)) <= ROUNDING)


def _decoded(jpeg: Path, shape: PageShape) -> Any:  # noqa: ANN401
    if _is_of(jpeg, shape):
        return pyvips.Image.jpegload(str(jpeg), access="sequential")
    return pyvips.Image.thumbnail(str(jpeg), shape.width, height=shape.height, size="force", no_rotate=True)


def _drawn(paper: Path, place: int, shape: PageShape) -> Any:  # noqa: ANN401
    with PDFIUM, _opened(paper) as document:
        pixels = document[place].render(scale=shape.scale, rev_byteorder=True).to_numpy()  # (height, width, RGB)
    high, wide, bands = pixels.shape
    image = pyvips.Image.new_from_memory(pixels.data, wide, high, bands, "uchar")
    return image.extract_band(0, n=min(bands, 3)).copy(interpretation="srgb" if bands >= 3 else "b-w")


def _pyramid(image: Any, to: Path) -> None:  # noqa: ANN401
    image.tiffsave(
        str(to),
        tile=True,
        tile_width=TILE,
        tile_height=TILE,
        pyramid=True,
        compression="jpeg",
        Q=QUALITY,
    )


def _whole(file: Path, write: Callable[[Path], object]) -> None:
    """Write a file so that it is there whole or not at all."""
    part = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        write(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
