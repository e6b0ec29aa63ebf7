"""Small pictures of pages that were stored with the PDF: what fits into one need not be drawn.

Papers of earlier programs have none, and a PDF that was made anew since, mended or signed, shows something else:
then there is no picture here, and the page is drawn from the PDF.
"""

from __future__ import annotations

import io
import logging
import zipfile
from dataclasses import dataclass
from typing import Any

import pyvips

from storage.errors import ObjectMissing
from storage.objects import ObjectStore
from storage.parts import PREVIEWS
from storage.records import DocumentRecord, StoredPart

log = logging.getLogger("sohoa.api")

_NAMES = ("thumb-{:05}.webp", "page-{:05}.webp")  # smallest first; as ocr.previews writes them
ROUNDING = 1  # pixels by which the same share of a page and of its preview may differ
_LARGEST = 1240  # pixels; no picture is larger
_AT_ONCE = 1 << 16  # bytes that are read at a time: the pictures of a page or two


@dataclass(frozen=True, slots=True)
class Preview:
    """A page's picture as it is stored."""

    data: bytes  #: WebP
    width: int  #: pixels
    height: int

    def resized(self, width: int, height: int) -> Any:  # noqa: ANN401  (pyvips has no types)
        """The picture in another size."""
        image = pyvips.Image.thumbnail_buffer(self.data, width, height=height, size="force", no_rotate=True)
        return image.extract_band(0, n=3) if image.bands > 3 else image


def stored_preview(
    store: ObjectStore, document: DocumentRecord, page: int, *, width: int, height: int = 1
) -> Preview | None:
    """The smallest stored picture of a page, by its number within the source, that is as large as asked or larger.

    The caller must have been shown the document. None where there is no such picture. Raises StoreUnreachable.
    """
    parts = {part.name: part for part in document.parts}
    previews, pdf = parts.get(PREVIEWS), parts.get("pdf")
    if previews is None or pdf is None or previews.version != pdf.version or page not in document.order:
        return None
    if max(width, height) > _LARGEST:
        return None
    try:
        with zipfile.ZipFile(io.BufferedReader(_Stored(store, previews), _AT_ONCE)) as archive:
            for name in _NAMES:
                found = _opened(archive.read(name.format(page)))
                if found.width + ROUNDING >= width and found.height + ROUNDING >= height:
                    return found
    except KeyError:  # a page that could not be seen
        return None
    except (ObjectMissing, zipfile.BadZipFile, pyvips.Error) as error:
        log.warning("previews not used", extra={"fields": {"document": document.id, "error": type(error).__name__}})
    return None


def _opened(data: bytes) -> Preview:
    header = pyvips.Image.webpload_buffer(data)
    return Preview(data, header.width, header.height)


class _Stored(io.RawIOBase):
    """An object of the store that is read where it is needed, not from its beginning."""

    def __init__(self, store: ObjectStore, part: StoredPart) -> None:
        self._store, self._part, self._at = store, part, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._part.size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  (as io has it)
        wanted = min(len(buffer), max(self._part.size - self._at, 0))
        if not wanted:
            return 0
        with self._store.open(self._part.key, start=self._at) as reader:
            data = reader.read(wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
