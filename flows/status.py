"""`sohoa status`: one screen of what runs, what waits, what failed, disk and lag."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from flows.installation import Installation
from storage.bulk import RunState, run_progress, runs
from storage.fixity import bad_objects
from storage.heartbeats import SILENT, Heartbeat, heartbeats
from storage.intakes import WatchCounts, watch_counts
from storage.notices import unsent_notices
from storage.records.models import BatchTable, OutboxTable, ScanTable
from storage.records.service_models import UploadTable
from storage.sampling import SampleState, samples

RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An installation at one moment."""

    parts: tuple[Heartbeat, ...]  #: processes that said that they are alive, and did not say goodbye
    watched: tuple[WatchCounts, ...]  #: of the last week
    batches_running: int
    batches_silent: int  #: whose process is gone
    uploads_waiting: int
    runs: tuple[str, ...]  #: open bulk runs, in words
    failed_scans: int  #: of the last week
    outbox_waiting: int
    outbox_dead: int
    lag: timedelta | None  #: how long the oldest thing to be told has waited
    notices_waiting: int
    notices_dead: int
    samples_open: int
    bad_objects: int
    disk_free_gib: float
    disk_low: bool


def status_of(house: Installation) -> Status:
    """Look at everything. Raises RecordsUnreachable."""
    now = datetime.now(UTC)
    with house.database.reading() as session:

        def count(*conditions: object) -> int:
            return session.scalar(select(func.count()).where(*conditions)) or 0  # type: ignore[arg-type]

        due = (OutboxTable.state == "waiting") & (OutboxTable.attempts > 0)
        oldest = session.scalar(select(func.min(OutboxTable.not_before)).where(OutboxTable.state == "waiting", ~due))
        waiting, dead = unsent_notices(session)
        free = shutil.disk_usage(house.data_dir).free / 1024**3
        return Status(
            parts=tuple(heartbeats(session)),
            watched=tuple(watch_counts(session, since=now - RECENT)),
            batches_running=count(BatchTable.state == "running"),
            batches_silent=count(BatchTable.state == "running", BatchTable.seen_at < now - SILENT),
            uploads_waiting=count(UploadTable.state.in_(["waiting", "working"])),
            runs=tuple(
                f"{run.id} {run.state}: {run_progress(session, run.id).done} of "
                f"{run_progress(session, run.id).documents} scans"
                for run in runs(session, open_only=True)
                if run.state is not RunState.ENDED
            ),
            failed_scans=count(ScanTable.state == "failed", ScanTable.registered_at >= now - RECENT),
            outbox_waiting=count(OutboxTable.state == "waiting"),
            outbox_dead=count(OutboxTable.state == "dead"),
            lag=now - oldest if oldest and oldest < now else None,
            notices_waiting=waiting,
            notices_dead=dead,
            samples_open=len(samples(session, state=SampleState.OPEN)),
            bad_objects=len(bad_objects(session)),
            disk_free_gib=free,
            disk_low=free < house.settings.notices.disk_gib,
        )


def lines_of(status: Status) -> Iterator[str]:
    """The screen."""
    now = datetime.now(UTC)
    yield "runs"
    for part in status.parts:
        silent = now - part.seen_at
        state = "GONE" if part.gone(now) else "ok  "
        heard = f"heard {round(silent.total_seconds())} s ago"
        yield f"  {state} {part.name}, since {part.started_at.astimezone():%d.%m. %H:%M}, {heard}{_doing(part)}"
    if not status.parts:
        yield "  nothing: `sohoa up` starts everything"
    gone = f", {status.batches_silent} of them without a process" if status.batches_silent else ""
    yield f"  {'1 batch' if status.batches_running == 1 else f'{status.batches_running} batches'} under way{gone}"
    yield from (f"  bulk run {run}" for run in status.runs)
    yield "waits"
    yield f"  {sum(one.taken for one in status.watched)} scans of watched folders, {status.uploads_waiting} uploads"
    lag = f", the oldest for {timedelta(seconds=round(status.lag.total_seconds()))}" if status.lag else ""
    yield f"  {status.outbox_waiting} to be indexed or told{lag}, {status.notices_waiting} notices"
    yield f"  {status.samples_open} samples for a second person"
    yield "failed, last 7 days"
    ended = [one for one in status.watched if one.failed + one.done]
    yield from (f"  {one.watch}: {one.failed} of {one.failed + one.done} scans" for one in ended)
    yield f"  {status.failed_scans} scans that could not be read"
    yield f"  {status.outbox_dead} things and {status.notices_dead} notices that could not be told"
    yield f"  {status.bad_objects} objects damaged or missing"
    yield f"disk  {status.disk_free_gib:.1f} GiB free{', LOW' if status.disk_low else ''}"


def _doing(part: Heartbeat) -> str:
    detail = part.detail
    if part.part == "watch":
        folders = detail.get("folders", {})
        return "".join(
            f"; {name}: {of['waiting']} waiting, {of['unfinished']} unfinished"
            + (f", TROUBLE: {of['trouble']}" if of["trouble"] else "")
            for name, of in folders.items()
        )
    if part.part == "bulk":
        return f"; {detail.get('doing')}"
    if part.part == "up":
        return "".join(f"; {name} {'well' if of['well'] else 'NOT WELL'}" for name, of in detail.items())
    return ""
