"""Which processes are alive: each says so now and then, and who is silent for long is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.records.unattended_models import HeartbeatTable

FORGOTTEN = timedelta(days=7)  # after which a process that fell silent is not shown any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A process that said that it is alive."""

    name: str  #: part@host:pid
    part: str  #: watch, bulk, api …
    host: str
    started_at: datetime
    seen_at: datetime
    detail: Mapping[str, Any]  #: what it does, for `sohoa status`


def note_heartbeat(session: Session, *, name: str, part: str, host: str, detail: Mapping[str, Any]) -> None:
    """Say that a process is alive and what it does. No personal data in `detail`."""
    now = datetime.now(UTC)
    row = session.get(HeartbeatTable, name)
    if row is None:
        session.execute(delete(HeartbeatTable).where(HeartbeatTable.seen_at < now - FORGOTTEN))
        session.add(HeartbeatTable(name=name, part=part, host=host, started_at=now, seen_at=now, detail=dict(detail)))
    else:
        row.seen_at, row.detail = now, dict(detail)


def end_heartbeat(session: Session, name: str) -> None:
    """Take back that a process is alive: it ended as it should."""
    session.execute(delete(HeartbeatTable).where(HeartbeatTable.name == name))


def heartbeats(session: Session) -> list[Heartbeat]:
    """Every process that did not say goodbye, by name; those silent for long are gone."""
    rows = session.scalars(select(HeartbeatTable).order_by(HeartbeatTable.name))
    return [
        Heartbeat(
            name=row.name,
            part=row.part,
            host=row.host,
            started_at=row.started_at,
            seen_at=row.seen_at,
            detail=row.detail,
        )
        for row in rows
    ]
