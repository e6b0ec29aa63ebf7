"""Samples of batches, page by page beside what was confirmed; lists of disposal.

Never the same person: the records refuse the batch's own operator, and these routes whoever confirmed a paper of it.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from api.access import TheDoor
from api.documents import document_seen
from api.door import Door
from api.models import document_answer
from api.problems import Code, Problem
from api.shapes import DOCUMENT
from storage.accounts import Role
from storage.disposal import decide as decide_disposal
from storage.disposal import get_disposal, open_disposals
from storage.errors import WrongDisposal, WrongInspection
from storage.records import get_document
from storage.sampling import (
    Sample,
    SamplePage,
    SampleState,
    decide_sample,
    find_sample,
    judge_page,
    sample_pages,
    samples,
)
from storage.second_person import worked_on
from web.fields import ORDER
from web.pages import render, say
from web.session import Person, needs

router = APIRouter(prefix="/samples")

Second = Annotated[Person, Depends(needs(Role.SECOND))]
MOST_DECIDED = 20  # shown below those that wait


@router.get("")
def listed(request: Request, door: TheDoor, person: Second) -> Response:
    """Samples that wait, those decided lately, and lists of disposal."""
    with door.database.reading() as session:
        seen = [one for one in samples(session) if person.sight.covers(one.agency_code)]
        waiting = [(one, _why_not(session, person, one)) for one in seen if one.state is SampleState.OPEN]
        disposals = []
        if person.agency is None:  # a list holds papers of all agencies
            for one in open_disposals(session):
                papers = [get_document(session, document) for document in one.documents]
                disposals.append((one, papers))
    decided = [one for one in seen if one.state is not SampleState.OPEN][:MOST_DECIDED]
    return render(request, "sampling/list.html", waiting=waiting, decided=decided, disposals=disposals)


def _why_not(session: Session, person: Person, sample: Sample) -> str:
    """Why somebody may not judge a sample: own or others; empty where they may."""
    if worked_on(session, sample.batch_id, agent=person.agent, names=(person.login, person.name)):
        return "own"
    return "others" if sample.inspector not in (None, person.agent) else ""


def _sample(session: Session, person: Person, number: int) -> Sample:
    """Raises UnknownSample, Problem: not-found, also for another agency's."""
    sample = find_sample(session, number)
    if not person.sight.covers(sample.agency_code):
        raise Problem(Code.NOT_FOUND)
    return sample


@router.get("/{number}")
def look(
    request: Request,
    door: TheDoor,
    person: Second,
    number: int,
    place: Annotated[int | None, Query(ge=1, le=100_000)] = None,
) -> Response:
    """The first page that nobody judged, or the one at a place; the decision when all are judged."""
    return _look(request, door, person, number, place=place)


def _look(
    request: Request, door: Door, person: Person, number: int, *, place: int | None = None, trouble: str = ""
) -> Response:
    with door.database.reading() as session:
        sample = _sample(session, person, number)
        pages = sample_pages(session, number)
        why = _why_not(session, person, sample)
        first = next((spot for spot, one in enumerate(pages, 1) if one.verdict is None), None)
        spot = place if place is not None and place <= len(pages) else first
        shown = _page(session, person, pages[spot - 1]) if spot else {}
    if why == "own":
        trouble = say(request, "sampling.not_yours")
    elif why == "others":
        trouble = say(request, "sampling.others")
    values = {"sample": sample, "pages": pages, "spot": spot, "trouble": trouble, "closed": bool(why)}
    return render(request, "sampling/look.html", status=409 if trouble else 200, **values, **shown)


def _page(session: Session, person: Person, page: SamplePage) -> dict[str, Any]:
    document = document_seen(session, person.caller, page.document_id)
    paper = document_answer(document, personal=person.caller.personal, agency=person.agency)
    fields = sorted(
        (field for field in paper.fields if field.value),
        key=lambda field: (field.page != page.page, ORDER.index(field.name) if field.name in ORDER else len(ORDER)),
    )
    return {"paper": paper, "page": page, "fields": fields}


@router.post("/{number}/pages")
def judge(
    request: Request,
    door: TheDoor,
    person: Second,
    number: int,
    document: Annotated[str, Form(pattern=DOCUMENT)],
    page: Annotated[int, Form(ge=1, le=100_000)],
    verdict: Annotated[str, Form(pattern="^(good|bad)$")],
    fault: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Say what was found on a page; the next one comes."""
    said = " ".join(fault.split())
    if verdict == "bad" and not said:
        return _look(request, door, person, number, trouble=say(request, "sampling.fault"))
    try:
        with door.database.transaction() as session:
            sample = _sample(session, person, number)
            _refuse_own(session, person, sample)
            judge_page(
                session, number, document, page, inspector=person.agent, fault=said if verdict == "bad" else None
            )
    except WrongInspection:
        return _look(request, door, person, number, trouble=say(request, "sampling.refused"))
    return RedirectResponse(f"/samples/{number}", status_code=303)


def _refuse_own(session: Session, person: Person, sample: Sample) -> None:
    if worked_on(session, sample.batch_id, agent=person.agent, names=(person.login, person.name)):
        raise WrongInspection("who scanned or confirmed papers of a batch does not inspect it")


@router.post("/{number}/decide")
def decide(
    request: Request,
    door: TheDoor,
    person: Second,
    number: int,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Accept the batch or send it back, by the count of bad pages."""
    said = " ".join(reason.split()) or None
    try:
        with door.database.transaction() as session:
            _refuse_own(session, person, _sample(session, person, number))
            decided = decide_sample(session, number, inspector=person.agent, reason=said)
    except WrongInspection:
        return _look(request, door, person, number, trouble=say(request, "sampling.refused"))
    if door.sample_decided is not None:
        door.sample_decided(decided)
    return RedirectResponse("/samples", status_code=303)


@router.post("/disposals/{number}")
def dispose(
    door: TheDoor, person: Second, number: int, verdict: Annotated[str, Form(pattern="^(approve|refuse)$")]
) -> Response:
    """Agree to a list of disposal or refuse it; `sohoa retention` carries it out."""
    if person.agency is not None:
        raise Problem(Code.NOT_FOUND)
    try:
        with door.database.transaction() as session:
            proposed = get_disposal(session, number).proposed_by.casefold()
            names = {person.agent.casefold(), person.login.casefold(), person.name.casefold()}
            if proposed in names:
                raise Problem(Code.CONFLICT)
            decide_disposal(session, number, by=person.agent, approve=verdict == "approve")
    except WrongDisposal as error:
        raise Problem(Code.CONFLICT) from error
    return RedirectResponse("/samples", status_code=303)
