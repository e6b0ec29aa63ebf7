"""Search and suggestions."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Select, bindparam, select

from api.access import Caller, Searcher, TheDoor
from api.door import Door
from api.masking import masked
from api.models import Answer, Status
from api.problems import Code, Problem
from api.shapes import CODE, PRINTABLE
from storage.index import Hit, Order
from storage.index.only import Only
from storage.index.query import LONGEST
from storage.records.models import DocumentTable
from storage.records.sight import Sight, visible

router = APIRouter(prefix="/v1", tags=["search"])

MOST_HITS = 100  # on one page
AT_ONCE = 2  # searches of a process, first come first served: more of them take turns at one core, and all end late
DEEPEST = 1000  # hits that can be paged through; a query that finds more wants another word


class HitAnswer(Answer):
    """A document found, with the page that fits best."""

    document_id: str = Field(examples=["3f2a9c0d51b7e684"])
    href: str = Field(examples=["/v1/documents/3f2a9c0d51b7e684"])
    title: str = Field(examples=["Quyết định 12/QĐ-UBND Về việc cấp giấy phép"])
    type: str | None = Field(examples=["QĐ"])
    dossier_code: str | None = Field(examples=["H23.16-230712-0001"])
    procedure_code: str | None = Field(examples=["1.004199"])
    agency_code: str | None = Field(examples=["H23.16"])
    issued_on: date | None = Field(examples=["2023-07-12"])
    status: Status
    page: int = Field(description="within the source, from 1", examples=[1])
    pages: list[int] = Field(description="all its pages that were found, best first", examples=[[1, 3]])
    snippet: str = Field(description="plain text, never markup", examples=["về việc cấp giấy phép xây dựng"])
    marks: list[tuple[int, int]] = Field(
        description="places in `snippet` of what was asked for: first letter, letter behind the last",
        examples=[[[8, 12]]],
    )


class SearchAnswer(Answer):
    """An answer."""

    total: int = Field(description="documents found", examples=[1])
    complete: bool = Field(description="false: there are more; total and facets count the best thousand pages")
    hits: list[HitAnswer]
    facets: dict[str, dict[str, int]] = Field(
        description="documents by type, status, agency, procedure and year", examples=[{"type": {"QĐ": 1}}]
    )
    next: str | None = Field(description="cursor of the next page; null on the last one", examples=[None])


class SuggestAnswer(Answer):
    """Suggestions for what is being typed."""

    suggestions: list[str] = Field(examples=[["Quyết định 12/QĐ-UBND Về việc cấp giấy phép"]])


QueryText = Annotated[
    str,
    Query(
        max_length=LONGEST,
        description='words, "phrases", -without, số:12/QĐ-UBND, loại:QĐ, hồ sơ:CODE; accents typed or not',
        examples=["giấy phép xây dựng"],
    ),
]
Filter = Annotated[str | None, Query(pattern=CODE)]


@router.get("/search", operation_id="search", response_model=SearchAnswer)
async def search(
    request: Request,
    door: TheDoor,
    caller: Searcher,
    q: QueryText = "",
    type: Annotated[str | None, Query(max_length=20, pattern=PRINTABLE)] = None,  # noqa: A002  (the field's word)
    dossier: Filter = None,
    procedure: Filter = None,
    status: Status | None = None,
    issued_from: date | None = None,
    issued_to: date | None = None,
    order: Order = Order.RELEVANCE,
    limit: Annotated[int, Query(ge=1, le=MOST_HITS)] = 20,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
) -> Response:
    """Find documents by what stands in them, best first or by date. Without words or filters nothing is found."""
    only = Only(
        agency=caller.sight.agency,
        hidden_types=caller.sight.hidden_types,
        type=type,
        dossier=dossier,
        procedure=procedure,
        status=status,
        issued_from=issued_from,
        issued_to=issued_to,
    )

    def found() -> str:
        answer = found_by(door, caller, only, q=q, order=order, limit=limit, cursor=cursor)
        return answer.model_dump_json()  # checked once, when it was made

    body = await to_thread.run_sync(found, limiter=request.app.state.searches)
    return Response(body, media_type="application/json")


def found_by(
    door: Door, caller: Caller, only: Only, *, q: str, order: Order, limit: int, cursor: str | None
) -> SearchAnswer:
    """The answer to a search. only: with the caller's sight in it. Raises Problem: bad-cursor."""
    asked = _digest(q, only, order)
    offset = _offset(cursor, asked)
    found = door.index.search(q, limit=limit, offset=offset, only=only, order=order)
    behind = offset + len(found.hits)
    more = len(found.hits) == limit and behind < min(found.total, DEEPEST)
    return SearchAnswer(
        total=found.total,
        complete=found.complete,
        hits=[_hit(hit, caller) for hit in _seen(door, caller, found.hits)],
        facets={name: dict(counts) for name, counts in found.facets.items()},
        next=_cursor(behind, asked) if more else None,
    )


@router.get("/suggest", operation_id="suggest")
def suggest(
    door: TheDoor,
    caller: Searcher,
    q: QueryText,
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> SuggestAnswer:
    """Titles and dossier codes of papers that hold the words typed, the last one as a beginning."""
    only = Only(agency=caller.sight.agency, hidden_types=caller.sight.hidden_types)
    found = door.index.search(q, limit=limit, only=only, prefix=True)
    hits = _seen(door, caller, found.hits)
    titles = dict.fromkeys(hit.title if caller.personal else masked(hit.title) for hit in hits)
    return SuggestAnswer(suggestions=list(titles)[:limit])


def _seen(door: Door, caller: Caller, hits: Sequence[Hit]) -> list[Hit]:
    """Hits that the records still let the caller see: the index may be some moments behind them."""
    if not hits:
        return []
    with door.database.asking() as connection:
        there = set(connection.scalars(_there(caller.sight), {"ids": [hit.document_id for hit in hits]}))
    return [hit for hit in hits if hit.document_id in there]


@lru_cache(maxsize=256)  # one for each agency that asks; to make it costs more than to ask it
def _there(sight: Sight) -> Select[tuple[str]]:
    return select(DocumentTable.id).where(DocumentTable.id.in_(bindparam("ids", expanding=True)), visible(sight))


def _hit(hit: Hit, caller: Caller) -> HitAnswer:
    def shown(text: str) -> str:
        return text if caller.personal else masked(text)

    return HitAnswer(
        document_id=hit.document_id,
        href=f"/v1/documents/{hit.document_id}",
        title=shown(hit.title),
        type=hit.type,
        dossier_code=hit.dossier_code,
        procedure_code=hit.procedure_code,
        agency_code=hit.agency_code,
        issued_on=date.fromisoformat(hit.issued_on) if hit.issued_on else None,
        status="published" if hit.status == "published" else "review",
        page=hit.page,
        pages=list(hit.pages),
        snippet=shown(hit.snippet),
        marks=list(hit.marks),
    )


def _digest(q: str, only: Only, order: Order) -> str:
    asked = json.dumps([q, str(only), order], ensure_ascii=False)
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _cursor(offset: int, asked: str) -> str:
    return base64.urlsafe_b64encode(f"{offset}.{asked}".encode()).rstrip(b"=").decode()


def _offset(cursor: str | None, asked: str) -> int:
    """Where a cursor goes on. Raises Problem: bad-cursor."""
    if cursor is None:
        return 0
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        offset, _, of = base64.urlsafe_b64decode(padded).decode("ascii").partition(".")
    except ValueError:
        raise Problem(Code.BAD_CURSOR) from None
    if of != asked or not offset.isdecimal() or int(offset) > DEEPEST:
        raise Problem(Code.BAD_CURSOR)
    return int(offset)
