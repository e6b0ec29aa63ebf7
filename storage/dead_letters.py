"""What was given up after all its tries: items of the outbox, and deliveries to webhooks. Seen, and told again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from storage.events import record_event
from storage.records.models import OutboxTable
from storage.records.service_models import DeliveryTable

MOST_LISTED = 1000  # more say no more to who reads them


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Something that nobody could be told."""

    to: str  #: topic of the outbox, or id of a webhook
    document_id: str
    attempts: int
    error: str


def dead_letters(session: Session) -> list[DeadLetter]:
    """The oldest that are dead, those of the outbox first."""
    items = session.execute(
        select(OutboxTable.topic, OutboxTable.document_id, OutboxTable.attempts, OutboxTable.error)
        .where(OutboxTable.state == "dead")
        .order_by(OutboxTable.id)
        .limit(MOST_LISTED)
    ).tuples()
    deliveries = session.execute(
        select(DeliveryTable.webhook_id, DeliveryTable.document_id, DeliveryTable.attempts, DeliveryTable.error)
        .where(DeliveryTable.state == "dead")
        .order_by(DeliveryTable.created_at, DeliveryTable.id)
        .limit(MOST_LISTED)
    ).tuples()
    return [
        DeadLetter(to=to, document_id=document, attempts=attempts, error=error or "")
        for to, document, attempts, error in (*items, *deliveries)
    ]


def tell_again(session: Session, *, to: str | None, document_id: str | None, agent: str) -> int:
    """Let dead ones be told again with all their tries, in an order that keeps each document's; how many.

    to: only those to this topic or webhook. document_id: only those of this document.
    """
    now = datetime.now(UTC)
    fresh = {"state": "waiting", "attempts": 0, "not_before": now}
    items = update(OutboxTable).where(OutboxTable.state == "dead").values(**fresh, error=None)
    deliveries = update(DeliveryTable).where(DeliveryTable.state == "dead").values(**fresh, created_at=now)
    if to is not None:
        items, deliveries = items.where(OutboxTable.topic == to), deliveries.where(DeliveryTable.webhook_id == to)
    if document_id is not None:
        items = items.where(OutboxTable.document_id == document_id)
        deliveries = deliveries.where(DeliveryTable.document_id == document_id)
    done = [cast("CursorResult[Any]", session.execute(one)).rowcount for one in (items, deliveries)]
    if sum(done):
        record_event(
            session,
            type="tried again",
            object_kind="failures",
            object_id=document_id or to or "all",
            agent=agent,
            detail={"outbox": done[0], "deliveries": done[1]},
        )
    return sum(done)
