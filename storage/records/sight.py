"""Who may see which papers: one condition that every question to the records and to the index carries."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from storage.agencies import within
from storage.records.models import DocumentTable, DossierTable
from storage.records.values import UNSEEN, DocumentRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What somebody may see. Papers held for a state-secret mark are in nobody's sight."""

    agency: str | None = None  #: this agency and all below it; None: the whole province
    hidden_types: tuple[str, ...] = ()  #: kinds of paper that need a right of their own

    def covers(self, agency: str | None) -> bool:
        """Whether an agency's papers are in sight. Papers of no agency are seen by the whole province only."""
        return within(agency, self.agency)

    def sees(self, document: DocumentRecord) -> bool:
        """Whether a document is in sight."""
        return (
            document.status not in UNSEEN
            and self.covers(document.agency_code)
            and document.type not in self.hidden_types
        )


def visible(sight: Sight) -> ColumnElement[bool]:
    """The condition on documents."""
    conditions = [DocumentTable.status.not_in(UNSEEN), of_agency(DocumentTable.agency_code, sight)]
    if sight.hidden_types:
        conditions.append(or_(DocumentTable.type.is_(None), DocumentTable.type.not_in(sight.hidden_types)))
    return and_(*conditions)


def visible_dossier(sight: Sight) -> ColumnElement[bool]:
    """The condition on dossiers."""
    return of_agency(DossierTable.agency_code, sight)


def of_agency(column: InstrumentedAttribute[str | None], sight: Sight) -> ColumnElement[bool]:
    """The condition on a column with codes of agencies."""
    if sight.agency is None:
        return true()
    return or_(column == sight.agency, column.startswith(f"{sight.agency}.", autoescape=True))
