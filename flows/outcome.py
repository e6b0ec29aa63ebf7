"""What became of a source: values that a batch counts, prints and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that a person should know: of a whole source, or of one page."""

    source: str
    page: int | None
    error: str

    def entry(self) -> dict[str, Any]:
        """As the report has it."""
        return {"source": self.source, "page": self.page, "error": self.error}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a source."""

    source: str
    documents: tuple[dict[str, Any], ...] = ()  #: report entries
    problems: tuple[Problem, ...] = ()
    known: bool = False  #: these bytes had been published before
    put_off: bool = False  #: the store or the database was away; nothing is lost, the next run goes on
