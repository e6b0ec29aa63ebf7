"""The operator's page. What changes is asked for every few seconds, as one piece of the page.

Counts of the whole installation are shown to every operator, as `/metrics` shows them to every key with the scope;
who is bound to one agency sees no names of batches or files, which may be another agency's, and tries nothing again.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import RedirectResponse

from api.access import TheDoor
from api.door import Door
from api.metrics import Counted
from api.problems import Code, Problem
from storage.accounts import Role
from storage.bulk import find_run, run_progress, runs, set_run_state
from storage.bulk_values import RunState
from storage.figures import Gauges
from storage.heartbeats import heartbeats
from storage.outbox import INDEX
from storage.overview import (
    Fixity,
    failures,
    fixity,
    latest_batches,
    pages_by_hour,
    same_failure,
    try_again,
    waiting,
    weeks,
)
from storage.records import pause_batch, resume_batch
from web.pages import address_of, render, say, when
from web.session import Person, needs

router = APIRouter(prefix="/operate")

Operator = Annotated[Person, Depends(needs(Role.OPERATOR))]
LITTLE_LEFT = 0.1  # of the disk
STEERED = (RunState.PAUSED, RunState.RUNNING, RunState.STOPPED)  # what an operator may ask of a bulk run


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A number at the top of the page."""

    value: str
    name: str
    detail: str
    kind: str  #: good, doubt, bad or nothing


@router.get("")
def operate(request: Request, door: TheDoor, person: Operator, again: int | None = None) -> Response:
    """Everything at a glance."""
    told = say(request, "operator.again.done", count=again) if again is not None else ""
    return render(request, "operator/operate.html", told=told, **_live(request, door, person), **_charts(door))


@router.get("/live")
def live(request: Request, door: TheDoor, person: Operator) -> Response:
    """The part of the page that changes; asked by its script, and no view of a paper."""
    request.state.unrecorded = True
    return render(request, "operator/live.html", **_live(request, door, person))


def _live(request: Request, door: Door, person: Person) -> dict[str, Any]:
    counted: Counted = request.app.state.counted
    found = counted.get()
    now = datetime.now(UTC)
    whole = person.agency is None
    with door.database.reading() as session:
        queue, objects = waiting(session), fixity(session)
        processes = [(one, one.gone(now)) for one in heartbeats(session)]
        batches = latest_batches(session) if whole else []
        failed = failures(session) if whole else []
        steered = [(one, run_progress(session, one.id)) for one in runs(session, open_only=True)] if whole else []
    lights = [
        _queue(request, queue.uploads, queue.oldest_upload, "uploads"),
        _queue(request, queue.review, queue.oldest_review, "review"),
        _disk(request, door),
        _lag(request, found, "index"),
        _lag(request, found, "hooks"),
        _intact(request, objects),
    ]
    return {
        "lights": lights,
        "runs": steered,
        "batches": batches,
        "failures": failed,
        "processes": processes,
        "whole": whole,
        "span": lambda seconds: _span(request, seconds),
    }


def _queue(request: Request, count: int, oldest: datetime | None, name: str) -> Light:
    since = say(request, "operator.since", when=when(oldest)) if oldest else ""
    return Light(value=str(count), name=say(request, f"operator.waiting.{name}"), detail=since, kind="")


def _disk(request: Request, door: Door) -> Light:
    usage = shutil.disk_usage(door.spool)
    left = usage.free / usage.total
    share = say(request, "operator.disk.share", share=round((1 - left) * 100))
    value = f"{usage.free / 1e9:.0f} GB"
    kind = "good" if left > LITTLE_LEFT else "bad"
    return Light(value=value, name=say(request, "operator.disk"), detail=share, kind=kind)


def _lag(request: Request, found: Gauges, name: str) -> Light:
    """How long the oldest item is overdue, of the index or of all others."""

    def ours(topic: str) -> bool:
        return (topic == INDEX) == (name == "index")

    seconds = max((age for topic, age in found.outbox_age_seconds.items() if ours(topic)), default=0.0)
    waits = sum(count for (topic, state), count in found.outbox.items() if ours(topic) and state == "waiting")
    kind = "good" if seconds < 60 else "doubt" if seconds < 3600 else "bad"
    return Light(
        value=_span(request, seconds),
        name=say(request, f"operator.lag.{name}"),
        detail=say(request, "operator.waits", count=waits),
        kind=kind,
    )


def _span(request: Request, seconds: float) -> str:
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return say(request, f"operator.{unit}", count=round(seconds / length))
    return say(request, "operator.seconds", count=round(seconds))


def _intact(request: Request, found: Fixity) -> Light:
    bad = found.by_outcome.get("damaged", 0) + found.by_outcome.get("missing", 0)
    read = sum(found.by_outcome.values())
    share = f"{(read - bad) / read:.0%}" if read else "–"
    if bad:
        detail = say(request, "operator.fixity.bad", count=bad)
    elif found.never_read or not found.oldest:
        detail = say(request, "operator.fixity.never", count=found.never_read)
    else:
        detail = say(request, "operator.fixity.oldest", when=when(found.oldest, day=True))
    kind = "bad" if bad else "good" if read else ""
    return Light(value=share, name=say(request, "operator.fixity"), detail=detail, kind=kind)


def _charts(door: Door) -> dict[str, Any]:
    with door.database.reading() as session:
        hours, of_weeks = pages_by_hour(session), weeks(session)
    return {
        "pages": [(f"{at.astimezone():%H}", count) for at, count in hours],
        "review": [
            (f"{one.first:%d/%m}", round(100 * one.looked_at / one.papers, 1) if one.papers else None)
            for one in of_weeks
        ],
        "confidence": [
            (f"{one.first:%d/%m}", None if one.confidence is None else round(100 * one.confidence, 1))
            for one in of_weeks
        ],
    }


@router.post("/runs/{run_id}")
def steer(
    door: TheDoor,
    person: Operator,
    run_id: Annotated[str, PathParameter(max_length=40)],
    state: Annotated[RunState, Form()],
) -> Response:
    """Pause a bulk run, let it go on, or send its workers home after what they are on."""
    if person.agency is not None:
        raise Problem(Code.OUTSIDE_AGENCY, values={"agency": person.agency})
    if state not in STEERED:
        raise Problem(Code.INVALID)
    with door.database.transaction() as session:
        if find_run(session, run_id).state in (RunState.LISTING, RunState.ENDED):
            raise Problem(Code.CONFLICT)
        set_run_state(session, run_id, state, agent=person.agent)
    return RedirectResponse("/operate", status_code=303)


@router.post("/batches/{batch_id}")
def hold(
    door: TheDoor,
    person: Operator,
    batch_id: Annotated[str, PathParameter(max_length=40)],
    state: Annotated[Literal["paused", "running"], Form()],
) -> Response:
    """Pause a batch after what it is on, or let it go on; one that has ended meanwhile is left alone."""
    if person.agency is not None:
        raise Problem(Code.OUTSIDE_AGENCY, values={"agency": person.agency})
    with door.database.transaction() as session:
        (pause_batch if state == "paused" else resume_batch)(session, batch_id, agent=person.agent)
    return RedirectResponse("/operate", status_code=303)


@router.post("/again")
def again(
    door: TheDoor,
    person: Operator,
    kind: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Try everything of one reason again."""
    if person.agency is not None:
        raise Problem(Code.OUTSIDE_AGENCY, values={"agency": person.agency})
    with door.database.transaction() as session:
        failure = same_failure(failures(session), kind, reason)
        count = try_again(session, failure, agent=person.agent) if failure is not None else 0
    return RedirectResponse(address_of("/operate", again=count), status_code=303)
