"""What an answer is kept to, whatever words are asked for: filters, and what the asker may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import tantivy
from tantivy import FieldType, Occur, Query

from storage.index.query import as_kept

EARLIEST, LATEST = 0, 99_991_231  # dates as numbers, YYYYMMDD


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Filters; None asks for nothing."""

    agency: str | None = None  #: this agency and all below it
    hidden_types: tuple[str, ...] = ()  #: kinds of paper left out
    type: str | None = None
    dossier: str | None = None
    procedure: str | None = None
    status: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None  #: this day too

    @property
    def asks(self) -> bool:
        """Whether it filters by itself; sight alone is no question."""
        return any((self.type, self.dossier, self.procedure, self.status, self.issued_from, self.issued_to))

    def conditions(self, schema: tantivy.Schema) -> Iterator[tuple[Occur, Query]]:
        """Parts of a boolean query."""
        kept = {"type": self.type, "dossier": self.dossier, "procedure": self.procedure, "status": self.status}
        for name, value in kept.items():
            if value:
                yield Occur.Must, Query.term_query(schema, name, as_kept(value))
        if self.agency:
            yield Occur.Must, Query.term_query(schema, "agency", self.agency)
        for hidden in self.hidden_types:
            yield Occur.MustNot, Query.term_query(schema, "type", as_kept(hidden))
        if self.issued_from or self.issued_to:
            lower = as_number(self.issued_from) if self.issued_from else EARLIEST
            upper = as_number(self.issued_to) if self.issued_to else LATEST
            yield Occur.Must, Query.range_query(schema, "issued", FieldType.Integer, lower, upper)


def as_number(day: date) -> int:
    """A day as the index keeps it."""
    return day.year * 10_000 + day.month * 100 + day.day
