"""What others must be told: written with what it tells of, delivered at least once, in order for each document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from storage.records.models import OutboxTable

INDEX = "index"
DOCUMENT_READY = "document.ready"
LEASE_SECONDS = 60.0  # that a claimed item is left to its claimer
MOST_ATTEMPTS = 12  # with the pauses below, about a day
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """Something to be told."""

    id: int
    topic: str
    document_id: str
    attempts: int


def tell(session: Session, topic: str, document_id: str) -> None:
    """Note something to be told, in the transaction that it tells of."""
    session.add(OutboxTable(topic=topic, document_id=document_id, state="waiting", not_before=datetime.now(UTC)))


def claim(session: Session, topic: str, *, limit: int = 100, lease_s: float = LEASE_SECONDS) -> list[OutboxItem]:
    """Take the oldest waiting items, one a document, and leave them to the caller for a while.

    Two claimers never hold one item: PostgreSQL skips locked rows, SQLite lets one writer in.
    """
    now = datetime.now(UTC)
    earlier = aliased(OutboxTable)
    before = (
        select(earlier.id)
        .where(
            earlier.topic == topic,
            earlier.state == "waiting",
            earlier.document_id == OutboxTable.document_id,
            earlier.id < OutboxTable.id,
        )
        .exists()
    )
    wanted = (
        select(OutboxTable)
        .where(OutboxTable.topic == topic, OutboxTable.state == "waiting", OutboxTable.not_before <= now, ~before)
        .order_by(OutboxTable.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    items = []
    for row in session.scalars(wanted):
        row.not_before = now + timedelta(seconds=lease_s)
        row.attempts += 1
        items.append(OutboxItem(id=row.id, topic=topic, document_id=row.document_id, attempts=row.attempts))
    return items


def mark_done(session: Session, items: Sequence[OutboxItem]) -> None:
    """They were told."""
    ids = [item.id for item in items]
    session.execute(update(OutboxTable).where(OutboxTable.id.in_(ids)).values(state="done", error=None))


def mark_failed(session: Session, item: OutboxItem, error: str) -> None:
    """They could not be told: again after a pause that doubles, dead after enough tries."""
    pause = min(FIRST_PAUSE * 2 ** min(item.attempts, 20), LONGEST_PAUSE)
    state = "dead" if item.attempts >= MOST_ATTEMPTS else "waiting"
    session.execute(
        update(OutboxTable)
        .where(OutboxTable.id == item.id)
        .values(state=state, error=error, not_before=datetime.now(UTC) + pause)
    )


def pending(session: Session, topic: str) -> int:
    """How many items of a topic wait."""
    wanted = select(func.count()).where(OutboxTable.topic == topic, OutboxTable.state == "waiting")
    return session.scalar(wanted) or 0
