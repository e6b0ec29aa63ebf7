"""What happened, to what, by whom, with what outcome: append-only and chained, as PREMIS would have it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import chain  # the module: it imports the tables, whose package records events
from storage.correlation import correlation
from storage.records.models import EventTable


def record_event(
    session: Session,
    *,
    type: str,  # noqa: A002  (the field's own word)
    object_kind: str,
    object_id: str,
    agent: str,
    outcome: str = "success",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an event when the caller's transaction commits; its detail names the request that it goes back to.

    No personal data in `detail`: the row can never be taken away.
    """
    told = dict(detail or {})
    if request := correlation():
        told.setdefault("correlation", request)
    chain.chain_at_commit(
        session,
        EventTable(
            at=datetime.now(UTC),
            type=type,
            agent=agent,
            object_kind=object_kind,
            object_id=object_id,
            outcome=outcome,
            detail=json.loads(json.dumps(told)),  # as it will be read back, or its hash would differ
        ),
    )


def events_of(session: Session, object_kind: str, object_id: str) -> list[tuple[datetime, str, str, str]]:
    """(time, type, agent, outcome) of an object's events, oldest first."""
    rows = session.scalars(
        select(EventTable)
        .where(EventTable.object_kind == object_kind, EventTable.object_id == object_id)
        .order_by(EventTable.id)
    )
    return [(row.at, row.type, row.agent, row.outcome) for row in rows]
