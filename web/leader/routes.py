"""The figures of a period: each with its target, by month and by agency, and the table that was asked for.

The same counts and formulas as `/v1/reports/kpi`, which also hands out the XLSX.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import TheDoor
from api.kpi import FIGURES, LONGEST_DAYS, KpiAnswer, RowAnswer, report_of
from storage.accounts import Role
from storage.figures import By, count_dossiers
from storage.records import names_of_agencies
from web.pages import render, say
from web.session import Person, needs

router = APIRouter(prefix="/figures")

Leader = Annotated[Person, Depends(needs(Role.LEADER, Role.OPERATOR))]
DRAWN = ("4.1", "4.2")  # items that are drawn by month and agency; the others are in the table
MOST_BARS = 16  # agencies of a chart; the table has all


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A figure of the whole period."""

    id: str
    name: str
    rate: float | None  #: per cent
    target: float  #: per cent, where all points are given
    points: float | None
    most: float | None
    numerator: int
    denominator: int
    unknown: int

    @property
    def reached(self) -> bool:
        """Whether the target is."""
        return self.rate is not None and self.rate >= self.target


@router.get("")
def figures(
    request: Request,
    door: TheDoor,
    person: Leader,
    first: date | None = None,
    last: date | None = None,
    by: Annotated[list[By] | None, Query(max_length=3)] = None,
) -> Response:
    """Show the figures; without a period, those of the year so far."""
    today = datetime.now(UTC).astimezone().date()
    first, last = first or date(today.year, 1, 1), last or today
    groups = list(dict.fromkeys(by or [By.AGENCY]))
    wrong = not 0 <= (last - first).days <= LONGEST_DAYS
    if wrong:
        last = first
    reports: dict[str, KpiAnswer] = {}
    with door.database.reading() as session:
        asked: dict[str, Sequence[By]] = {
            "whole": (),
            "month": (By.MONTH,),
            "agency": (By.AGENCY,),
            "table": groups,
        }
        for name, kinds in asked.items():
            counts = count_dossiers(session, person.sight, first=first, last=last, by=kinds)
            reports[name] = report_of(counts, first, last, kinds)
        codes = {row.agency for report in reports.values() for row in report.rows if row.agency}
        names = names_of_agencies(session, codes, last)
    query = urlencode([("first", first), ("last", last), *(("by", str(one)) for one in groups)])
    return render(
        request,
        "leader/figures.html",
        status=422 if wrong else 200,
        wrong=wrong,
        first=first,
        last=last,
        by=groups,
        kinds=list(By),
        report=reports["table"],
        total=reports["whole"].rows[0] if reports["whole"].rows else None,
        cards=_cards(reports["whole"]),
        charts=_charts(request, reports, names),
        names=names,
        download=f"/v1/reports/kpi?{query}",
        targets={figure.id: figure.full_at * 100 for figure in FIGURES},
        now=datetime.now(UTC),
    )


def _cards(report: KpiAnswer) -> list[Card]:
    if not report.rows:
        return []
    return [
        Card(
            id=figure.id,
            name=figure.name,
            rate=value.rate,
            target=figure.full_at * 100,
            points=value.points,
            most=figure.points,
            numerator=value.numerator,
            denominator=value.denominator,
            unknown=value.unknown,
        )
        for figure, value in zip(FIGURES, report.rows[0].values, strict=True)
    ]


def _charts(
    request: Request, reports: dict[str, KpiAnswer], names: dict[str, str]
) -> list[tuple[str, list[tuple[str, float | None]], float]]:
    """(title, values, target) of what is drawn."""
    drawn = []
    for place, figure in enumerate(FIGURES):
        if figure.id not in DRAWN:
            continue
        for kind in ("month", "agency"):
            values = [(_label(request, row, names), row.values[place].rate) for row in reports[kind].rows[:MOST_BARS]]
            title = say(request, f"leader.by_{kind}", name=f"{figure.id} {figure.name}")
            drawn.append((title, values, figure.full_at * 100))
    return drawn


def _label(request: Request, row: RowAnswer, names: dict[str, str]) -> str:
    if row.month:
        year, month = row.month.split("-")
        return f"{month}/{year[2:]}"
    return names.get(row.agency or "") or row.agency or say(request, "leader.nobody")
