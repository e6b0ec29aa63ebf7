"""Knows a paper that was scanned page by page: page-1.jpg, page-2.jpg …"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ocr.opening.kinds import IMAGE_SUFFIXES

_FEW_MISSING = 0.1  # share of numbers that may be missing; more, and they count something else than pages
_NAME = re.compile(r"(?P<prefix>.*?)(?P<number>\d{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSequence:
    """The images of one folder, in order."""

    names: tuple[str, ...]
    missing: tuple[int, ...]  #: numbers within the sequence that no file bears


def find_sequence(names: Sequence[str]) -> PageSequence | None:
    """The one numbered sequence that a folder's images are, or None.

    names: of all files in one folder; those that are no images by their suffix are passed over.
    The images must share what stands before the number, whatever its case, and count from 0 or 1: a camera's
    IMG_2034 is no page 2034. One number may be missing, or one in ten of many: a page that was lost leaves the others
    together.
    """
    numbers: dict[int, str] = {}
    prefixes: set[str] = set()
    for name in names:
        if PurePosixPath(name).suffix.lower() not in IMAGE_SUFFIXES:
            continue
        found = _NAME.fullmatch(PurePosixPath(name).stem)
        if found is None:
            return None
        prefixes.add(unicodedata.normalize("NFC", found["prefix"]).casefold())
        number = int(found["number"])
        if number in numbers or len(prefixes) > 1:
            return None
        numbers[number] = name
    if not numbers or min(numbers) > 1:
        return None
    last = max(numbers)
    count = last - min(numbers) + 1
    if count - len(numbers) > max(1, _FEW_MISSING * count):
        return None
    return PageSequence(
        names=tuple(numbers[number] for number in sorted(numbers)),
        missing=tuple(number for number in range(min(numbers), last) if number not in numbers),
    )
