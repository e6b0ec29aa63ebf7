"""Tells what a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import os
import stat
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from ocr.errors import EmptyFile, NotAllowed, UnknownKind

HEAD = 2048  # bytes that are looked at; a PDF header may stand behind 1 kB of junk
_PDF_JUNK = 1024  # readers accept a header anywhere in the first 1,024 bytes (PDF 1.7, implementation note 13)


class Kind(StrEnum):
    """The kinds of file that can hold scans."""

    PDF = "pdf"
    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    JP2 = "jp2"
    BMP = "bmp"
    HEIC = "heic"  #: HEIF of any codec, AVIF too
    ZIP = "zip"


_JPEG_2000_SUFFIXES = frozenset((".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"))
_HEIF_SUFFIXES = frozenset((".heic", ".heif", ".avif"))
_PLAIN_SUFFIXES = frozenset((".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".dib"))
IMAGE_SUFFIXES = _PLAIN_SUFFIXES | _JPEG_2000_SUFFIXES | _HEIF_SUFFIXES
SCAN_SUFFIXES = IMAGE_SUFFIXES | {".pdf", ".zip"}  #: a file so named claims to be a scan

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"II+\0\x08\0\0\0", Kind.TIFF),  # BigTIFF
    (b"MM\0+\0\x08\0\0", Kind.TIFF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Kind.JP2),
    (b"\xff\x4f\xff\x51", Kind.JP2),  # bare codestream
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),  # with nothing in it
    (b"PK\x07\x08", Kind.ZIP),  # written in parts
)
_HEIF_BRANDS = frozenset(
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1", b"avif", b"avis"]
)
_BMP_HEADERS = frozenset([12, 16, 40, 52, 56, 64, 108, 124])  # bytes of the header that follows the first 14
_OFFICE_MEMBERS = (b"[Content_Types].xml", b"mimetype", b"META-INF/", b"_rels/", b"docProps/")


def kind_of(head: bytes) -> Kind | None:
    """The kind of a file that begins with `head` (`HEAD` bytes, or all of a shorter one); None for any other."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return None if kind is Kind.ZIP and is_office(head) else kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[4:8] == b"ftyp" and _brands(head) & _HEIF_BRANDS:
        return Kind.HEIC
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Kind.BMP
    if b"%PDF-" in head[: _PDF_JUNK + len(b"%PDF-")]:
        return Kind.PDF
    return None


def _brands(head: bytes) -> set[bytes]:
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}


def is_office(head: bytes) -> bool:
    """Is it a word processor's or spreadsheet's file? Those are ZIPs too, and no scans."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    length = int.from_bytes(head[26:28], "little")
    return head[30 : 30 + length].startswith(_OFFICE_MEMBERS)


def claims_to_be_scan(name: str) -> bool:
    """Does the name say that this is a scan?"""
    return Path(name).suffix.lower() in SCAN_SUFFIXES


def _open_plain(path: Path) -> BinaryIO:
    """Opens without waiting: a pipe that nobody writes to would hold everything up."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def unreadable(name: str, error: OSError) -> NotAllowed:
    """What to tell where the file system does not let us read a file."""
    what = f"cannot be read ({error.strerror or error})"
    return NotAllowed(name, what, mend="give this account the right to read it, or copy it anew")


def read_head(path: Path, name: str) -> bytes:
    """The first `HEAD` bytes of a plain file.

    Raises EmptyFile for none, NotAllowed where the file system refuses.
    """
    try:
        with _open_plain(path) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotAllowed(
                    name, "is no plain file (a pipe, socket or device)", mend="take it out, or copy what it gives"
                )
            head = file.read(HEAD)
    except OSError as error:
        raise unreadable(name, error) from error
    if not head:
        raise EmptyFile(name, "holds no bytes", mend="scan it again; nothing arrived when it was saved or copied")
    return head


def identify(path: Path, *, name: str | None = None) -> Kind:
    """What a file is, by its content.

    name: what error messages call it; its path where none is given.
    Raises EmptyFile, UnknownKind, NotAllowed.
    """
    called = name or str(path)
    kind = kind_of(read_head(path, called))
    if kind is None:
        raise UnknownKind(
            called,
            "is no kind of scan that is known, by its content",
            mend="save it as PDF, TIFF, JPEG or PNG, or scan the paper again",
        )
    return kind
