"""Tells people of bulk runs that do not get on: a chunk that never ends, one that stands still, a run left alone.

Nothing is ended here. Whoever holds a chunk may be reading a page of a thousand; a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from flows.bulk.windows import HERE
from flows.installation import Installation
from flows.notices.telling import tell
from flows.notices.words import Kind
from flows.resident import key_of
from storage.bulk import Run, RunState, run_progress, runs
from storage.bulk_course import HeldChunk, held_chunks, last_sign, last_step
from storage.heartbeats import heartbeats
from storage.records import latest_batch

STUCK_AFTER = 4  # tries of one chunk before people are told; the first two cost a minute or a kill
LEFT_AFTER = timedelta(minutes=15)  # without any worker: time enough for one that is started again


def chunk_key(run_id: str, number: int) -> str:
    """The name of a chunk's batch, by which every worker finds it again."""
    return f"bulk {run_id} {number}"


def tell_of_bulk(house: Installation) -> int:
    """Tell everybody, once for each chunk and each time that a run is left alone; how many notices are new."""
    with house.database.reading() as session:
        chunks = held_chunks(session)
        stuck = [chunk for chunk in chunks if chunk.attempts >= STUCK_AFTER]
        quiet_for = timedelta(minutes=house.settings.bulk.quiet_minutes)
        quiet = list(_quiet(session, chunks, quiet_for))
        left = list(_left(session))
    new = sum(_tell_of_stuck(house, chunk) for chunk in stuck)
    new += sum(_tell_of_quiet(house, chunk, batch_id) for chunk, batch_id in quiet)
    return new + sum(
        tell(
            house,
            Kind.RUN_LEFT,
            f"{run.id}:{since:%Y%m%d%H%M%S}",
            run=run.id,
            done=done,
            total=total,
            since=f"{since.astimezone(HERE):%H:%M %d/%m/%Y}",
        )
        for run, since, done, total in left
    )


def _tell_of_stuck(house: Installation, chunk: HeldChunk) -> int:
    return tell(
        house,
        Kind.CHUNK_STUCK,
        f"{chunk.run_id}:{chunk.number}",
        run=chunk.run_id,
        chunk=chunk.number,
        documents=chunk.documents,
        attempts=chunk.attempts,
        log=house.data_dir / "bulk" / f"{chunk.run_id}.log",
    )


def _tell_of_quiet(house: Installation, chunk: HeldChunk, batch_id: str) -> int:
    return tell(
        house,
        Kind.CHUNK_QUIET,
        f"{chunk.run_id}:{chunk.number}:{batch_id}",
        run=chunk.run_id,
        chunk=chunk.number,
        documents=chunk.documents,
        worker=chunk.worker,
        minutes=f"{house.settings.bulk.quiet_minutes:g}",
    )


def _quiet(session: Session, chunks: list[HeldChunk], quiet_for: timedelta) -> Iterator[tuple[HeldChunk, str]]:
    """Chunks whose worker is alive and whose batch has not got on for so long, with the batch."""
    now = datetime.now(UTC)
    for chunk in chunks:
        batch_id, state = latest_batch(session, key_of(chunk_key(chunk.run_id, chunk.number))) or ("", "")
        at = last_step(session, batch_id) if state == "running" and chunk.lease_until >= now else None
        if at is not None and now - at > quiet_for:
            yield chunk, batch_id


def _left(session: Session) -> Iterator[tuple[Run, datetime, int, int]]:
    """Runs that are under way by the records and that no process works on: since when, documents done and all."""
    now = datetime.now(UTC)
    alive = {beat.detail.get("run") for beat in heartbeats(session) if not beat.gone(now)}
    for run in runs(session, open_only=True):
        if run.state not in (RunState.LISTING, RunState.RUNNING) or run.id in alive:
            continue
        since = last_sign(session, run.id)
        if since is not None and now - since > LEFT_AFTER:
            progress = run_progress(session, run.id)
            yield run, since, progress.done, progress.documents
