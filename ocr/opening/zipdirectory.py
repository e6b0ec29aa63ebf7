"""Counts a ZIP's members before a list of them is made: a directory of millions would fill the memory."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

_END = b"PK\x05\x06"  # end of central directory, 22 bytes and a comment (APPNOTE 4.3.16)
_END64_LOCATOR = b"PK\x06\x07"  # 20 bytes before it (4.3.15)
_END64 = b"PK\x06\x06"  # (4.3.14)
_ENTRY = b"PK\x01\x02"  # one member (4.3.12)
_LONGEST_COMMENT = 65_535
_CHUNK = 1024**2


def count_members(path: Path, *, stop_at: int) -> int:
    """How many members the central directory really lists; any number above `stop_at` where there are more.

    The number that the archive gives is not believed.
    Raises zipfile.BadZipFile where there is no directory.
    """
    with path.open("rb") as file:
        start, size = _directory(file)
        file.seek(start)
        count, carried = 0, b""
        while size > 0 and count <= stop_at:
            chunk = file.read(min(_CHUNK, size))
            if not chunk:
                raise zipfile.BadZipFile("directory is cut off")
            size -= len(chunk)
            data = carried + chunk
            count += data.count(_ENTRY)
            carried = data[-3:]
        return count


def _directory(file: BinaryIO) -> tuple[int, int]:
    """Where the central directory starts, and its bytes."""
    length = file.seek(0, 2)
    tail_start = max(0, length - 22 - _LONGEST_COMMENT)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise zipfile.BadZipFile("no end of directory")
    end = tail_start + at
    size = struct.unpack_from("<I", tail, at + 12)[0]
    if size == 0xFFFFFFFF or struct.unpack_from("<H", tail, at + 10)[0] == 0xFFFF:
        end, size = _directory64(file, end) or (end, size)
    if size > end:
        raise zipfile.BadZipFile("directory is larger than the file")
    return end - size, size


def _directory64(file: BinaryIO, end: int) -> tuple[int, int] | None:
    """Where the directory of a large archive ends, and its bytes; None where there is none after all."""
    file.seek(max(0, end - 20))
    locator = file.read(20)
    if len(locator) < 20 or not locator.startswith(_END64_LOCATOR):
        return None
    place = struct.unpack_from("<Q", locator, 8)[0]
    if place > end:
        raise zipfile.BadZipFile("end of directory lies behind the file")
    file.seek(place)
    record = file.read(56)
    if len(record) < 56 or not record.startswith(_END64):
        raise zipfile.BadZipFile("no end of large directory")
    return place, struct.unpack_from("<Q", record, 40)[0]
