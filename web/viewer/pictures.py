"""Pages as pictures that can be cut at any place and size: a tiled pyramid of each, made once and kept for a while.

What the PDF shows is drawn at the scan's own resolution, so that a pixel here is a pixel of the scan. The folder is a
cache: deleting it costs time, nothing else.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pyvips

from api.door import Door
from api.pages import PDFIUM
from api.problems import Code, Problem
from storage.objects import ObjectStore
from storage.records import DocumentRecord, StoredPart

FOLDER = "pictures"  # beside the spool, on the disk of the data directory
MOST_BYTES = 4 << 30  # of the cache; an A4 page of 300 dpi takes some 1.5 MB
SWEEP_EVERY = 50  # pictures made between two looks at how large the cache is
TILE = 512  # pixels
QUALITY = 88  # of the JPEG tiles within a pyramid, which are coded once more when they are sent
USUAL_DPI = 200.0  # of a page whose resolution nobody noted
LEAST_DPI, MOST_DPI = 72.0, 400.0  # finer scans are shown at 400; nobody sees more on a screen
MOST_PIXELS = 60_000_000  # of a picture; A3 at 400 dpi has 31 million


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A page that can be cut: where its pyramid lies and how large it is."""

    file: Path
    width: int  #: pixels
    height: int
    levels: int  #: each half as wide as the one before


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
        """A page's picture, drawn where it is not there yet."""
        file = self._folder / f"{pdf.sha256[:32]}-{place}.tif"
        if not file.exists():
            with self._alone(file.name):
                if not file.exists():
                    paper = self._paper(store, pdf)
                    _whole(file, lambda part: _draw(paper, place, shape, part))
                    self._count()
        try:
            os.utime(file)
            header = pyvips.Image.tiffload(str(file))
        except (OSError, pyvips.Error) as error:
            file.unlink(missing_ok=True)
            raise Problem(Code.UNAVAILABLE, headers={"Retry-After": "1"}) from error
        levels = int(header.get("n-pages")) if header.get_typeof("n-pages") else 1
        return Picture(file=file, width=header.width, height=header.height, levels=levels)

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


def _draw(paper: Path, place: int, shape: PageShape, to: Path) -> None:
    with PDFIUM, _opened(paper) as document:
        if place >= len(document):
            raise Problem(Code.NOT_FOUND)
        page = document[place]
        drawn = page.render(scale=shape.scale, rev_byteorder=True).to_numpy()  # (height, width, RGB)
    high, wide, bands = drawn.shape
    pixels = pyvips.Image.new_from_memory(drawn.data, wide, high, bands, "uchar")
    pixels.extract_band(0, n=min(bands, 3)).copy(interpretation="srgb" if bands >= 3 else "b-w").tiffsave(
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
