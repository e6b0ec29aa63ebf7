"""The event log for a province's security centre: pulled line by line, going on where the last pull ended."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from api.access import Administrator, TheDoor
from api.problems import Code, Problem
from storage.event_export import export
from storage.event_formats import Format
from storage.records.models import EventTable

router = APIRouter(prefix="/v1/feeds", tags=["feeds"])

MOST_LINES = 1000
KINDS = {Format.JSONL: "application/x-ndjson", Format.ECS: "application/x-ndjson", Format.CEF: "text/plain"}
LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A line for each event; the header Sohoa-After is the `after` of the next pull",
        "content": {kind: {"schema": {"type": "string"}} for kind in KINDS.values()},
        "headers": {"Sohoa-After": {"schema": {"type": "integer"}, "description": "id of the last event"}},
    }
}


@router.get("/events", response_class=Response, responses=LINES, operation_id="pullEvents")
def events(
    door: TheDoor,
    caller: Administrator,
    after: Annotated[int, Query(ge=0, le=2**53, description="id of the last event that was pulled")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = MOST_LINES,
    format: Format = Format.ECS,  # noqa: A002  (the word that callers know)
) -> Response:
    """Events of the whole installation, oldest first: JSON Lines with the chain in it, ECS, or CEF.

    For keys of the whole province: the log tells of every agency.
    """
    if caller.sight.agency is not None:
        raise Problem(Code.OUTSIDE_AGENCY, values={"agency": caller.sight.agency})
    with door.database.reading() as session:
        wanted = select(EventTable.id).where(EventTable.id > after).order_by(EventTable.id).limit(limit)
        ids = list(session.scalars(wanted))
        lines = islice(export(session, format, after=after), len(ids))  # none that came since, or it would be lost
        text = "".join(f"{line}\n" for line in lines)
    headers = {"Sohoa-After": str(ids[-1] if ids else after), "Cache-Control": "no-store"}
    return Response(text, media_type=KINDS[format], headers=headers)
