"""Names of files as people read them: one spelling, printable, distinct, in the order that people count."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PurePosixPath

_DIGITS = re.compile(r"(\d+)")
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}  # control characters, torn surrogates, line ends


def natural_key(name: str) -> tuple[object, ...]:
    """Sorts page-2 before page-10; names that differ in case alone keep a fixed order."""
    parts = _DIGITS.split(unicodedata.normalize("NFC", name).casefold())
    return (*(int(part) if index % 2 else part for index, part in enumerate(parts)), name)


def readable(name: str) -> str:
    """A file's name in NFC; bytes that are no UTF-8 stay visible as \\xNN, control characters as a lozenge."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        name = os.fsencode(name).decode("utf-8", "backslashreplace")
    name = unicodedata.normalize("NFC", name)
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _UNPRINTABLE else c for c in name)


def numbered(name: str, number: int) -> str:
    """The name with a number before its suffix: `scan.pdf` and 2 give `scan (2).pdf`."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem} ({number}){path.suffix}"))


class Distinct:
    """Gives each name out once: a second `scan.pdf` becomes `scan (2).pdf`."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def __call__(self, name: str) -> str:
        """`name`, or the first numbered one that is free."""
        free, number = name, 1
        while free in self._given:
            number += 1
            free = numbered(name, number)
        self._given.add(free)
        return free
