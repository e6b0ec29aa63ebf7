"""What the members of a ZIP are called, and which of those names are attacks."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib

from ocr.opening.names import readable

_UTF8_FLAG = 0x800  # APPNOTE 4.4.4, bit 11
_UNICODE_PATH = 0x7075  # APPNOTE 4.6.9, Info-ZIP's extra field
_DRIVE = re.compile(r"[A-Za-z]:")
_TONES = "\u0300\u0301\u0303\u0309\u0323"  # Windows-1258 writes them as characters of their own


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name as its owner saw it, before anything is cleaned.

    UTF-8 where the archive says so or the bytes are it; else Windows-1258, in which Vietnamese Windows stores names,
    where that reads as Vietnamese; else CP437, as the ZIP standard has it.
    """
    if info.flag_bits & _UTF8_FLAG:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    if (told := _unicode_path(info.extra, raw)) is not None:
        return told
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _as_windows_1258(raw) or info.orig_filename


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The UTF-8 name of the extra field, where it belongs to these raw bytes."""
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if tag == _UNICODE_PATH and len(field) > 5 and struct.unpack_from("<I", field, 1)[0] == zlib.crc32(raw):
            try:
                return field[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None


def _as_windows_1258(raw: bytes) -> str | None:
    try:
        name = unicodedata.normalize("NFC", raw.decode("cp1258"))
    except UnicodeDecodeError:
        return None
    return name if all(_is_vietnamese(letter) for letter in name if letter > "~") else None


def _is_vietnamese(letter: str) -> bool:
    """One of the letters that Vietnamese adds to ASCII."""
    if letter in "đĐ":
        return True
    decomposed = unicodedata.normalize("NFD", letter)
    base, marks = decomposed[0], decomposed[1:]
    bare = [mark for mark in marks if mark not in _TONES]
    if base not in "aeiouyAEIOUY" or not marks:
        return False
    allowed = {"a": "\u0302\u0306", "e": "\u0302", "o": "\u0302\u031b", "u": "\u031b"}.get(base.lower(), "")
    return len(bare) <= 1 and all(mark in allowed for mark in bare)


def name_danger(info: zipfile.ZipInfo, name: str) -> str | None:
    """Why a member must not be unpacked by its name or nature; None where nothing is wrong."""
    if "\\" in name:
        return "has a backslash in its name, which leads to other places on other systems"
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute path for a name"
    if ".." in name.split("/"):
        return "has a name that leads out of the archive"
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    return None


def cleaned(name: str) -> str:
    """The name to show: printable, NFC, without empty and `.` parts."""
    parts = [readable(part) for part in name.split("/") if part not in ("", ".")]
    return "/".join(parts) or "unnamed"
