"""Gives a PDF that was cut off a new end, where its pages are there and only what lists them is lost.

Scanners write page after page and the lists at the very end, so a copy that broke off has most pages whole.
"""

from __future__ import annotations

import io
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LANDMARK = re.compile(
    rb"\b(\d{1,8})\s+(\d{1,5})\s+obj\b|/Type\s*/(Page|Catalog)\b|\bendobj\b|\bstream\r?\n|/Encrypt\b"
)
_AWAY = 1000  # new objects take no number of one that was lost and is still referred to
_CLOSE = b"\nendstream\nendobj\n"  # of whatever was being written


@dataclass(frozen=True, slots=True)
class _Found:
    pages: tuple[bytes, ...]  #: references, in the file's order
    catalogs: tuple[bytes, ...]
    highest: int  #: number of an object
    encrypted: bool


def new_ends(path: Path) -> Iterator[bytes]:
    """What may be put behind a PDF that has lost its end, best first; nothing where that cannot help.

    Raises OSError.
    """
    if path.stat().st_size == 0:
        return
    found = _look_through(path)
    if found.encrypted:  # the keys are lost with the end
        return
    if found.catalogs:
        yield _CLOSE + _trailer(found.catalogs[-1], found.highest + 1)
    if found.pages:
        catalog, pages = found.highest + _AWAY, found.highest + _AWAY + 1
        kids = b" ".join(found.pages)
        yield b"".join(
            (
                _CLOSE,
                b"%d 0 obj\n<</Type/Catalog/Pages %d 0 R>>\nendobj\n" % (catalog, pages),
                b"%d 0 obj\n<</Type/Pages/Count %d/Kids[%s]>>\nendobj\n" % (pages, len(found.pages), kids),
                _trailer(b"%d 0 R" % catalog, pages + 1),
            )
        )


def _trailer(catalog: bytes, size: int) -> bytes:
    return b"trailer\n<</Root %s/Size %d>>\nstartxref\n0\n%%%%EOF\n" % (catalog, size)


def _look_through(path: Path) -> _Found:
    pages: dict[bytes, None] = {}
    catalogs: list[bytes] = []
    current: bytes | None = None
    highest, encrypted = 0, False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for landmark in _LANDMARK.finditer(data):
            number, generation, kind = landmark.groups()
            if number is not None:
                current = b"%s %s R" % (number, generation)
                highest = max(highest, int(number))
            elif kind is None:
                encrypted |= landmark[0] == b"/Encrypt"
                current = current if landmark[0] == b"/Encrypt" else None
            elif current is not None and kind == b"Page":
                pages[current] = None
            elif current is not None:
                catalogs.append(current)
    return _Found(tuple(pages), tuple(catalogs), highest, encrypted)


class Lengthened(io.RawIOBase):
    """A file that is read as if something stood behind its end."""

    def __init__(self, path: Path, end: bytes) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._end = end
        self._length = path.stat().st_size
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where reading goes on."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As any file's."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length + len(self._end)}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: object) -> int:
        """As any file's."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        if self._at < self._length:
            self._file.seek(self._at)
            data = self._file.read(min(len(view), self._length - self._at))
        else:
            start = self._at - self._length
            data = self._end[start : start + len(view)]
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()
