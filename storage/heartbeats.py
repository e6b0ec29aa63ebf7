"""Which processes are alive: each says so now and then, and who is silent for long is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.records.unattended_models import HeartbeatTable

SILENT = timedelta(minutes=3)  # after which a process counts as gone: nine beats, or a database that was away
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

    def gone(self, now: datetime) -> bool:
        """Whether it fell silent without a goodbye."""
        return now - self.seen_at > SILENT


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
    """Every process that did not say goodbye, by name.

    One that is gone is left out where another of its part was started on its host since: each stands for one.
    """
    now = datetime.now(UTC)
    told = [
        Heartbeat(
            name=row.name,
            part=row.part,
            host=row.host,
            started_at=row.started_at,
            seen_at=row.seen_at,
            detail=row.detail,
        )
        for row in session.scalars(select(HeartbeatTable).order_by(HeartbeatTable.seen_at))
    ]
    free = sorted(told, key=lambda one: one.started_at)
    shown = []
    for one in told:
        like = [next_ for next_ in free if next_ is not one and (next_.part, next_.host) == (one.part, one.host)]
        instead = next((next_ for next_ in like if next_.started_at > one.seen_at), None) if one.gone(now) else None
        if instead is None:
            shown.append(one)
        else:
            free.remove(instead)
    return sorted(shown, key=lambda one: one.name)
