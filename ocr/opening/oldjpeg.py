"""Takes the JPEG out of a TIFF page of compression 6, which libtiff reads only in part.

Wang's and Microsoft's imaging programs of the nineties wrote these. TIFF 6.0 section 22 was withdrawn soon after
(Technical Note 2), and files differ: the JPEG stands whole at JPEGInterchangeFormat, or only its head does and its
scan is the page's strips.
"""

from __future__ import annotations

from pathlib import Path

from ocr.opening.tiff import read_directory

_COMPRESSION, _OLD_JPEG = 259, 6
_STRIP_OFFSETS, _STRIP_SIZES = 273, 279
_INTERCHANGE, _INTERCHANGE_LENGTH = 513, 514
_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
_MOST = 256 * 1024**2  # bytes; the JPEG of the largest page that is taken


def find_old_jpeg(path: Path, index: int) -> bytes | None:
    """The JPEG of one page; None where the page is packed otherwise, or its tables lie apart.

    index: of the page's directory in the file's chain, from 0.
    Raises OSError.
    """
    entries = read_directory(path, index)
    if entries.get(_COMPRESSION) != (_OLD_JPEG,):
        return None
    starts, sizes = entries.get(_INTERCHANGE, ()), entries.get(_INTERCHANGE_LENGTH, ())
    head = _pieces(path, starts[:1], sizes[:1])
    if not head.startswith(_START):
        return None
    if _SCAN in head:
        return head
    return head.removesuffix(_END) + _pieces(path, entries.get(_STRIP_OFFSETS, ()), entries.get(_STRIP_SIZES, ()))


def _pieces(path: Path, starts: tuple[int, ...], sizes: tuple[int, ...]) -> bytes:
    found = bytearray()
    with path.open("rb") as file:
        for start, size in zip(starts, sizes, strict=False):
            file.seek(start)
            found += file.read(max(0, min(size, _MOST - len(found))))
    return bytes(found)
