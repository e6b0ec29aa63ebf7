"""What people are told by e-mail and webhook: noted once for each thing and address, then sent until it is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.records.unattended_models import NoticeTable

LEASE = timedelta(minutes=2)  # that a claimed notice is left to its sender
FIRST_PAUSE = timedelta(minutes=1)  # doubles
LONGEST_PAUSE = timedelta(hours=4)
MOST_ATTEMPTS = 12  # with these pauses about a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to be told."""

    id: int
    key: str  #: what it is about
    kind: str
    channel: str  #: email or webhook
    address: str
    subject: str
    body: str
    state: str  #: waiting, sent or dead
    attempts: int
    created_at: datetime
    error: str | None


def note_notice(
    session: Session, *, key: str, kind: str, channel: str, address: str, subject: str, body: str
) -> bool:
    """Note something to be told; whether it was not noted before."""
    there = select(NoticeTable.id).where(
        NoticeTable.key == key, NoticeTable.channel == channel, NoticeTable.address == address
    )
    if session.scalars(there).first() is not None:
        return False
    now = datetime.now(UTC)
    session.add(
        NoticeTable(
            key=key,
            kind=kind,
            channel=channel,
            address=address,
            subject=subject,
            body=body,
            state="waiting",
            attempts=0,
            not_before=now,
            created_at=now,
        )
    )
    return True


def claim_notices(session: Session, *, limit: int = 20) -> list[Notice]:
    """Take the oldest waiting notices and leave them to the caller for a while."""
    now = datetime.now(UTC)
    wanted = (
        select(NoticeTable)
        .where(NoticeTable.state == "waiting", NoticeTable.not_before <= now)
        .order_by(NoticeTable.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = []
    for row in session.scalars(wanted):
        row.not_before, row.attempts = now + LEASE, row.attempts + 1
        taken.append(_notice(row))
    return taken


def note_sent(session: Session, notice_id: int) -> None:
    """It was taken at the other end."""
    row = session.get_one(NoticeTable, notice_id)
    row.state, row.error, row.ended_at = "sent", None, datetime.now(UTC)


def note_unsent(session: Session, notice_id: int, error: str) -> None:
    """It was not: again after a pause that doubles, dead after enough tries."""
    row = session.get_one(NoticeTable, notice_id)
    row.error, now = error[:500], datetime.now(UTC)
    if row.attempts >= MOST_ATTEMPTS:
        row.state, row.ended_at = "dead", now
    else:
        row.not_before = now + min(FIRST_PAUSE * 2 ** (row.attempts - 1), LONGEST_PAUSE)


def find_notices(session: Session, *, state: str | None = None, limit: int = 100) -> list[Notice]:
    """The newest first."""
    wanted = select(NoticeTable).order_by(NoticeTable.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(NoticeTable.state == state)
    return [_notice(row) for row in session.scalars(wanted)]


def unsent_notices(session: Session) -> tuple[int, int]:
    """How many wait, and how many were given up."""
    rows = session.execute(select(NoticeTable.state, func.count()).group_by(NoticeTable.state)).all()
    counts = {row[0]: row[1] for row in rows}
    return counts.get("waiting", 0), counts.get("dead", 0)


def _notice(row: NoticeTable) -> Notice:
    return Notice(
        id=row.id,
        key=row.key,
        kind=row.kind,
        channel=row.channel,
        address=row.address,
        subject=row.subject,
        body=row.body,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        error=row.error,
    )
