"""ETags and byte ranges (RFC 9110 §13, §14): what a caller has already, and which part of it is wanted."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from api.problems import Code, Problem

MOST_TAGS = 50  # in one If-None-Match
#: As the contract tells of request headers that routes read for themselves.
IF_NONE_MATCH: dict[str, Any] = {
    "name": "if-none-match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 500},
    "description": "ETags of what the caller has; 304 where one of them is still right",
}
RANGE: dict[str, Any] = {
    "name": "range",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 60},
    "description": "one range of bytes, as in bytes=0-1023",
}
#: Of routes that answer so, in the contract.
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The caller has it already (If-None-Match)"}}
_TAG = re.compile(r'(?:W/)?"([^"]{0,200})"')
_RANGE = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})")
_VERSION = re.compile(r'"v(?P<version>\d{1,9})(?:-[0-9a-f]+)?"')


def tag_of(content: bytes, version: int | None = None) -> str:
    """An ETag of bytes; one of a document begins with its version, for If-Match."""
    digest = hashlib.sha256(content).hexdigest()[:24]
    return f'"v{version}-{digest}"' if version is not None else f'"{digest}"'


def has_already(if_none_match: str | None, tag: str) -> bool:
    """Whether an If-None-Match names the tag, weakly compared."""
    if not if_none_match:
        return False
    listed = _TAG.findall(if_none_match)[:MOST_TAGS]
    return if_none_match.strip() == "*" or tag.removeprefix("W/").strip('"') in listed


def version_asked(if_match: str | None) -> int:
    """The version that an If-Match names. Raises Problem: version-needed, version-conflict."""
    if not if_match:
        raise Problem(Code.VERSION_NEEDED)
    match = _VERSION.fullmatch(if_match.strip())
    if match is None:
        raise Problem(Code.VERSION_CONFLICT)
    return int(match["version"])


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes first to last, both of them too."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1


def range_asked(header: str | None, if_range: str | None, *, tag: str, size: int) -> ByteRange | None:
    """The one range that is wanted; None for the whole, also where several are asked for or the file is another.

    Raises Problem: range-not-satisfiable.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or (if_range and if_range != tag):
        return None
    first, last = match["first"], match["last"]
    if first:
        wanted = ByteRange(int(first), min(int(last), size - 1) if last else size - 1)
        if last and int(last) < int(first):
            return None  # no range at all, and to be ignored
    elif last:
        wanted = ByteRange(max(0, size - int(last)), size - 1)
    else:
        return None
    if wanted.first >= size or wanted.size < 1:
        raise Problem(Code.RANGE, values={"size": size}, headers={"Content-Range": f"bytes */{size}"})
    return wanted
