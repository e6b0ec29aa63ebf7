"""The search page: one line, filters with counts, hits as pages with the words marked in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import Caller, TheDoor
from api.models import Status
from api.problems import Code, Problem
from api.search import SearchAnswer, found_by
from api.shapes import AGENCY, CODE, PRINTABLE
from storage.index import Only, Order
from storage.index.query import LONGEST
from storage.scopes import Scope
from web.pages import address_of, render
from web.session import Person, current_person

router = APIRouter()

ON_A_PAGE = 12
FACETS = ("type", "status", "agency", "procedure", "year")
MOST_VALUES = 8  # of a filter; a word in the line narrows further than a long list

Year = Annotated[int | None, Query(ge=1000, le=9998)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A value of a filter, with where its link leads."""

    value: str
    count: int | None  #: None where it is chosen: it holds for all that was found
    href: str
    chosen: bool


async def searcher(person: Annotated[Person, Depends(current_person)]) -> Person:
    """Somebody who may search. Raises Problem: missing-scope."""
    if not person.caller.may(Scope.SEARCH):
        raise Problem(Code.MISSING_SCOPE, values={"scope": Scope.SEARCH})
    return person


@router.get("/find")
def find(
    request: Request,
    door: TheDoor,
    person: Annotated[Person, Depends(searcher)],
    q: Annotated[str, Query(max_length=LONGEST)] = "",
    type: Annotated[str | None, Query(max_length=20, pattern=PRINTABLE)] = None,  # noqa: A002  (the field's word)
    status: Status | None = None,
    agency: Annotated[str | None, Query(pattern=AGENCY)] = None,
    procedure: Annotated[str | None, Query(pattern=CODE)] = None,
    year: Year = None,
    order: Order = Order.RELEVANCE,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Search, and show what was found."""
    chosen = {"type": type, "status": status, "agency": agency, "procedure": procedure, "year": year}
    asked = bool(q.strip() or any(chosen.values()))
    answer = SearchAnswer(total=0, complete=True, hits=[], facets={}, next=None)
    if asked:
        caller = narrowed(person.caller, agency)
        only = Only(
            agency=caller.sight.agency,
            hidden_types=caller.sight.hidden_types,
            type=type,
            procedure=procedure,
            status=status,
            issued_from=date(year, 1, 1) if year else None,
            issued_to=date(year, 12, 31) if year else None,
        )
        answer = found_by(door, caller, only, q=q, order=order, limit=ON_A_PAGE, cursor=cursor)
    query = {"q": q, **chosen, "order": None if order is Order.RELEVANCE else order}
    return render(
        request,
        "finding/search.html",
        q=q,
        asked=asked,
        answer=answer,
        order=order,
        orders=list(Order),
        query={name: value for name, value in query.items() if value},
        filters=_filters(answer, query),
        cursor=cursor,
        parts=parts_of,
    )


def parts_of(text: str, marks: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is marked: the page makes the marks, the text never does."""
    behind = 0
    for first, last in marks:
        yield text[behind:first], False
        yield text[first:last], True
        behind = last
    yield text[behind:], False


def narrowed(caller: Caller, agency: str | None) -> Caller:
    """The caller with eyes for an agency below their own only; another one's papers stay unseen."""
    if agency is None or not caller.sight.covers(agency):
        return caller
    return replace(caller, sight=replace(caller.sight, agency=agency))


def _filters(answer: SearchAnswer, query: Mapping[str, object]) -> dict[str, list[Filter]]:
    shown: dict[str, list[Filter]] = {}
    for name in FACETS:
        value = query.get(name)
        if value:
            href = address_of("/find", **{**query, name: None})
            shown[name] = [Filter(value=str(value), count=None, href=href, chosen=True)]
            continue
        counts = list(answer.facets.get(name, {}).items())[:MOST_VALUES]
        shown[name] = [
            Filter(value=of, count=count, href=address_of("/find", **{**query, name: of}), chosen=False)
            for of, count in counts
        ]
    return {name: listed for name, listed in shown.items() if listed}
