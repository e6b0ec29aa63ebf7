"""A PDF stream as a value: its dictionary's entries and its bytes."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import pikepdf


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that is not part of a file yet."""

    data: bytes
    entries: dict[str, Any] = field(default_factory=dict)  #: without /Length


def deflated(data: bytes, **entries: Any) -> Stream:  # noqa: ANN401
    """A stream compressed by Flate; entries by name, without their slash."""
    named = {f"/{name}": value for name, value in entries.items()}
    return Stream(zlib.compress(data, 6), {**named, "/Filter": pikepdf.Name.FlateDecode})
