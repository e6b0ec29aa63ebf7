"""Finds the pages of a TIFF by walking its directories, reading nothing else of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ocr.errors import DamagedFile, NoPages, TooLarge

_NEW_SUBFILE_TYPE = 254  # TIFF 6.0, section 8
_NO_PAGE = 0x1 | 0x4  # a reduced copy of another page, a transparency mask
_WHOLE = {1: "B", 3: "H", 4: "I"}  # kinds of whole numbers, TIFF 6.0 section 2
_MOST_VALUES = 1_000_000  # of one entry; strips of a page's single rows
_MOST_ENTRIES = 4096  # of one directory; a sane one has some twenty


@dataclass(frozen=True, slots=True)
class TiffPages:
    """The pages of a TIFF."""

    indexes: tuple[int, ...]  #: of each page's directory in the file's chain, from 0; previews are no pages
    note: str | None  #: for people, where the chain of directories breaks off: pages may be missing behind it


@dataclass(frozen=True, slots=True)
class _Layout:
    order: str  #: struct's sign for the byte order
    big: bool  #: BigTIFF, with offsets of 8 bytes

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> int:
        return 20 if self.big else 12


class _Broken(Exception):
    """A directory that is not there."""


def find_tiff_pages(path: Path, name: str, *, max_pages: int) -> TiffPages:
    """The pages of a TIFF or BigTIFF.

    A chain of directories that loops or leads out of the file ends there: the pages before it are given, with a note.
    Raises DamagedFile where not even the first is there, NoPages, TooLarge.
    """
    status = path.stat()
    return _find(path, name, max_pages, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _find(path: Path, name: str, max_pages: int, size: int, _changed: int) -> TiffPages:
    with path.open("rb") as file:
        try:
            layout, at = _header(file)
            if at == 0:
                raise NoPages(name, "is a TIFF without a page", mend="scan it again")
            indexes, note = _walk(file, layout, at, size, name, max_pages)
        except (_Broken, struct.error) as error:
            raise DamagedFile(
                name, "is cut off or damaged: its first page cannot be found", mend="copy it anew, or scan it again"
            ) from error
    return TiffPages(indexes, note)


def _header(file: BinaryIO) -> tuple[_Layout, int]:
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", head, 2)[0] == 43
    at = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)[0]
    return _Layout(order, big), at


def _walk(
    file: BinaryIO, layout: _Layout, at: int, size: int, name: str, max_pages: int
) -> tuple[tuple[int, ...], str | None]:
    pages: list[int] = []
    seen: set[int] = set()
    note = None
    while at:
        if at in seen:
            note = "damaged: its list of pages runs in a circle; pages after this one may be missing"
            break
        try:
            is_page, following = _directory(file, layout, at, size)
        except (_Broken, struct.error):
            if not seen:
                raise
            note = "damaged: its list of pages breaks off; pages after this one may be missing"
            break
        if is_page:
            pages.append(len(seen))
        seen.add(at)
        at = following
        if len(seen) > max_pages:
            raise TooLarge(name, f"has more than {max_pages:,} pages", mend="cut it into several files")
    return tuple(pages or range(len(seen))), note


def _directory(file: BinaryIO, layout: _Layout, at: int, size: int) -> tuple[bool, int]:
    """Whether the directory at `at` is a page, and where the next one is."""
    if at >= size:
        raise _Broken
    file.seek(at)
    count = struct.unpack(layout.count, file.read(struct.calcsize(layout.count)))[0]
    if not 0 < count <= _MOST_ENTRIES:
        raise _Broken
    entries = file.read(count * layout.entry)
    following = struct.unpack(layout.offset, file.read(struct.calcsize(layout.offset)))[0]
    for start in range(0, len(entries), layout.entry):
        if struct.unpack_from(layout.order + "H", entries, start)[0] == _NEW_SUBFILE_TYPE:
            value_at = start + (12 if layout.big else 8)
            return not struct.unpack_from(layout.order + "I", entries, value_at)[0] & _NO_PAGE, following
    return True, following


def read_directory(path: Path, index: int) -> dict[int, tuple[int, ...]]:
    """The whole numbers in one of a TIFF's directories, by their tags; nothing of a BigTIFF or of a broken one.

    index: in the file's chain, from 0.
    Raises OSError.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        try:
            layout, at = _header(file)
            if layout.big:
                return {}
            for _ in range(index):
                at = _directory(file, layout, at, size)[1]
            file.seek(at)
            count = struct.unpack(layout.count, file.read(2))[0]
            packed = file.read(count * layout.entry)
            entries = [struct.unpack_from(layout.order + "HHI", packed, 12 * place) for place in range(count)]
            values = [packed[12 * place + 8 : 12 * place + 12] for place in range(count)]
            return {
                tag: _numbers(file, layout, kind, many, value)
                for (tag, kind, many), value in zip(entries, values, strict=True)
                if kind in _WHOLE and many <= _MOST_VALUES
            }
        except (_Broken, struct.error):
            return {}


def _numbers(file: BinaryIO, layout: _Layout, kind: int, many: int, value: bytes) -> tuple[int, ...]:
    """An entry's values, which stand elsewhere where four bytes are too few."""
    form = f"{layout.order}{many}{_WHOLE[kind]}"
    if struct.calcsize(form) > len(value):
        file.seek(struct.unpack(layout.offset, value)[0])
        value = file.read(struct.calcsize(form))
    return struct.unpack_from(form, value)
