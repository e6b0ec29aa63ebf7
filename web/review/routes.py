"""Review over HTTP: the queue, a paper, sheets of like fields, and decisions, each saved at once."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from api.access import TheDoor
from api.conditional import version_asked
from api.documents import document_seen
from api.problems import Code, Problem
from api.shapes import AGENCY, CODE, DocumentId, Text
from storage import review
from storage.accounts import Role
from storage.agencies import LONGEST, agency_of_dossier
from storage.corrections import FieldName, versions_of
from storage.errors import DocumentChanged
from storage.records import DocumentRecord, find_dossier
from storage.records.models import DocumentTable
from storage.review import Filter, Place, QueueCounts, Verdict
from storage.uploads import as_brought
from web.fields import NAMES
from web.pages import address_of, render
from web.review.candidates import candidates
from web.review.doubts import doubts_in, in_words
from web.review.paper import PAPER, crop, items_of, placed, sure, told
from web.session import Person, language_of, needs
from web.viewer.pictures import PageShape
from web.viewer.routes import draw_ahead, shapes_of, tag_of_pictures

router = APIRouter()
Clerk = Annotated[Person, Depends(needs(Role.CLERK))]

ON_A_PAGE = 50  # papers of the queue
ON_A_SHEET = 40  # like fields
COUNTED_FOR = 15.0  # seconds that the queue's numbers are kept; ten thousand papers take 50 ms to count
MOST_SIGHTS = 200
KIND = r"^[A-Za-zÀ-ỹĐđ0-9._-]{1,20}$"
PLACE = r"^[0-9T:.+\-Z]{10,40}~[0-9a-f]{16,64}$"


class Numbers:
    """The queue's numbers for each sight, kept for some seconds."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, tuple[float, QueueCounts]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, session: Session, person: Person) -> QueueCounts:
        """Count, or remember."""
        now = time.monotonic()
        with self._lock:
            at, kept = self._kept.get(person.sight, (0.0, None))
        if kept is not None and now - at < COUNTED_FOR:
            return kept
        counts = review.count_waiting(session, person.sight)
        with self._lock:
            self._kept[person.sight] = (now, counts)
            while len(self._kept) > MOST_SIGHTS:
                self._kept.popitem(last=False)
        return counts


def wanted(
    agency: Annotated[str, Query(max_length=LONGEST, pattern=f"^$|{AGENCY}")] = "",
    reason: Annotated[str, Query(max_length=40, pattern="^[a-z_]*$")] = "",
    dossier: Annotated[str, Query(max_length=60, pattern=f"^$|{CODE}")] = "",
) -> Filter:
    """The filter that an address names."""
    known = reason in (review.DOSSIER, review.OTHER, *FieldName)
    return Filter(agency=agency or None, reason=reason if known else None, dossier=dossier or None)


TheFilter = Annotated[Filter, Depends(wanted)]
After = Annotated[str, Query(max_length=110, pattern=f"^$|{PLACE}")]


def place_of(text: str) -> Place | None:
    """Where in the queue an address says one is. Raises Problem: bad-cursor."""
    if not text:
        return None
    at, _, document_id = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise Problem(Code.BAD_CURSOR) from error
    if moment.tzinfo is None:
        raise Problem(Code.BAD_CURSOR)
    return moment, document_id


def _text_of(at: datetime, document_id: str) -> str:
    return f"{at.isoformat()}~{document_id}"


def _query(chosen: Filter) -> dict[str, str | None]:
    return {"agency": chosen.agency, "reason": chosen.reason, "dossier": chosen.dossier}


@router.get("/review")
def queue(request: Request, door: TheDoor, person: Clerk, chosen: TheFilter, after: After = "") -> Response:
    """The papers that wait, oldest first."""
    numbers: Numbers = request.app.state.queue_numbers
    with door.database.reading() as session:
        listed = review.waiting(session, person.sight, chosen, after=place_of(after), limit=ON_A_PAGE + 1)
        counts = numbers.of(session, person)
    more = len(listed) > ON_A_PAGE
    listed = listed[:ON_A_PAGE]
    following = _text_of(listed[-1].published_at, listed[-1].id) if more else ""
    return render(
        request,
        "review/queue.html",
        papers=listed,
        counts=counts,
        chosen=chosen,
        query=_query(chosen),
        after=after,
        following=following,
        sheets=[(name, count) for name, count in counts.by_reason if name in NAMES and name != "dossier_code"],
    )


@router.get("/review/next")
def following(door: TheDoor, person: Clerk, chosen: TheFilter, after: After = "", *, data: bool = False) -> Response:
    """On to the next paper that nobody else has open; as data, its id and the place behind it."""
    with door.database.reading() as session:
        ids = review.next_waiting(session, person.sight, chosen, after=place_of(after), account_id=person.id)
    if data:
        return JSONResponse({"id": ids[0] if ids else None}, headers={"Cache-Control": "no-store"})
    if not ids:
        return RedirectResponse(address_of("/review", **_query(chosen)), status_code=303)
    return RedirectResponse(address_of(f"/review/{ids[0]}", **_query(chosen)), status_code=303)


@router.get("/review/sheet")
def sheet(
    request: Request, door: TheDoor, person: Clerk, chosen: TheFilter, name: FieldName, after: After = ""
) -> Response:
    """Doubtful fields of one name, a crop each, to be confirmed one below the other."""
    rows: list[dict[str, Any]] = []
    with door.database.reading() as session:
        listed = review.fields_alike(
            session, person.sight, name, agency=chosen.agency, after=place_of(after), limit=ON_A_SHEET + 1
        )
        more = len(listed) > ON_A_SHEET
        for one in listed[:ON_A_SHEET]:
            document = document_seen(session, person.caller, one.document_id)
            rows.append(_row(request, door, document, one))
    following = _text_of(listed[ON_A_SHEET - 1].published_at, listed[ON_A_SHEET - 1].document_id) if more else ""
    return render(
        request,
        "review/sheet.html",
        rows=rows,
        name=name,
        query=_query(chosen),
        following=following,
        account=person.id,
    )


def _shapes(request: Request, door: TheDoor, document: DocumentRecord) -> dict[int, PageShape]:
    """The shapes of a paper's pages; none where its PDF does not open, for its fields can be decided all the same."""
    try:
        return shapes_of(request, door, document)
    except Problem as problem:
        if problem.code is not Code.NOT_FOUND:
            raise
        return {}


def _row(request: Request, door: TheDoor, document: DocumentRecord, one: review.DoubtfulField) -> dict[str, Any]:
    shapes = _shapes(request, door, document)
    tag = tag_of_pictures(document) if shapes else ""
    place = placed(one.page, one.box, shapes)
    language = language_of(request)
    return {
        "id": one.document_id,
        "version": one.version,
        "title": one.title,
        "name": one.name,
        "value": one.value,
        "sure": sure(one.confidence),
        "crop": crop(one.document_id, one.page, place, shapes, tag),
        "doubts": [in_words(doubt, language) for reason in one.reasons for doubt in doubts_in(reason, one.name)],
    }


@router.get("/review/{document_id}")
def paper(request: Request, door: TheDoor, person: Clerk, chosen: TheFilter, document_id: DocumentId) -> Response:
    """A paper with its page at the left and its fields at the right."""
    with door.database.reading() as session:
        data = _data(request, door, session, person, document_id)
    return render(
        request, "review/paper.html", paper=data, query=_query(chosen), account=person.id, kinds=_kinds(door, person)
    )


@router.get("/review/{document_id}/data")
def data_of(request: Request, door: TheDoor, person: Clerk, document_id: DocumentId) -> Response:
    """The paper as the page's script wants it."""
    with door.database.reading() as session:
        return _json(_data(request, door, session, person, document_id))


def _data(request: Request, door: TheDoor, session: Session, person: Person, document_id: str) -> dict[str, Any]:
    document = document_seen(session, person.caller, document_id)
    row = session.get_one(DocumentTable, document_id)
    own = review.paper_reasons(session, row)
    items = items_of(document, candidates(session, person.caller, document), own)
    shapes = _shapes(request, door, document)
    tag = tag_of_pictures(document) if shapes else ""
    if shapes:
        doubted = next((item.page for item in items if item.status == "review" and item.page in shapes), None)
        draw_ahead(request, door, document, doubted or min(shapes))
    place = _text_of(document.published_at, document.id)
    source = as_brought(session, document.batch_id, document.source)
    return told(document, items, shapes, tag=tag, language=language_of(request)) | {"place": place, "source": source}


def _kinds(door: TheDoor, person: Person) -> list[str]:
    """Kinds of paper that there are, for the clerk to choose from."""
    with door.database.reading() as session:
        return [kind for kind in review.kinds_of_papers(session) if kind not in person.sight.hidden_types]


def _json(content: dict[str, Any], status: int = 200) -> JSONResponse:
    return JSONResponse(content, status_code=status, headers={"Cache-Control": "no-store"})


class Decision(BaseModel):
    """What a person says of one field, or of the paper as a whole under the name `type`."""

    model_config = ConfigDict(extra="forbid")

    name: str
    verdict: Verdict
    value: Text | None = None
    from_version: int | None = None  #: of an undo: the version to bring back


@router.post("/review/{document_id}/decisions")
def decide(
    request: Request,
    door: TheDoor,
    person: Clerk,
    document_id: DocumentId,
    decision: Decision,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Save a decision as a new version; the paper as it is then.

    The same decision sent twice, because the answer was lost, is saved once. 412 where somebody else was first: with
    the paper as it is now, for the page to tell what is whose.
    """
    version = version_asked(if_match)
    try:
        with door.database.transaction() as session:
            document_seen(session, person.caller, document_id)
            _decided(session, person, document_id, version, decision)
            session.flush()
            session.expire_all()
            return _json(_data(request, door, session, person, document_id))
    except DocumentChanged:
        with door.database.reading() as session:
            now = _data(request, door, session, person, document_id)
            ours = _was_ours(session, person, document_id, version, decision, now)
        return _json(now if ours else {"paper": now, "code": "version-conflict"}, 200 if ours else 412)


def _decided(session: Session, person: Person, document_id: str, version: int, decision: Decision) -> None:
    if decision.name == PAPER:
        kind = decision.value or None
        if decision.verdict is not Verdict.CONFIRMED and decision.verdict is not Verdict.CORRECTED:
            kind = None
        review.settle_paper(session, document_id, version=version, type=_kind(kind), agent=person.agent)
        return
    name = _field_name(decision.name)
    if decision.verdict is Verdict.UNDONE:
        if decision.from_version is None:
            raise Problem(Code.WRONG_CORRECTION)
        review.restore_field(
            session, document_id, version=version, name=name, from_version=decision.from_version, agent=person.agent
        )
        return
    if name is FieldName.DOSSIER_CODE and decision.value:
        _dossier_in_sight(session, person, decision.value)
    review.decide(
        session,
        document_id,
        version=version,
        name=name,
        verdict=decision.verdict,
        value=decision.value,
        agent=person.agent,
    )


def _field_name(name: str) -> FieldName:
    try:
        return FieldName(name)
    except ValueError as error:
        raise Problem(Code.WRONG_CORRECTION) from error


def _kind(kind: str | None) -> str | None:
    if kind is not None and not re.fullmatch(KIND, kind):
        raise Problem(Code.WRONG_CORRECTION)
    return kind


def _dossier_in_sight(session: Session, person: Person, code: str) -> None:
    """A paper is not moved to where the person could not follow it."""
    dossier = find_dossier(session, code)
    agency = (dossier.agency_code if dossier else None) or agency_of_dossier(code)
    if person.agency is not None and not person.sight.covers(agency):
        raise Problem(Code.OUTSIDE_AGENCY, values={"agency": person.agency})


def _was_ours(
    session: Session, person: Person, document_id: str, version: int, decision: Decision, now: dict[str, Any]
) -> bool:
    """Whether this decision had been saved already, right upon the version that it names."""
    made = next((one for one in versions_of(session, document_id) if one.version == version + 1), None)
    if made is None or made.agent != person.agent or made.changed != (decision.name,):
        return False
    if decision.name == PAPER:
        return bool(now["version"] == version + 1)
    value = next((item["value"] for item in now["items"] if item["name"] == decision.name), None)
    same = decision.verdict not in (Verdict.CONFIRMED, Verdict.CORRECTED) or value == decision.value
    return bool(made.reason == str(decision.verdict) and same)


@router.post("/review/{document_id}/open")
def opened(request: Request, door: TheDoor, person: Clerk, document_id: DocumentId) -> Response:
    """The paper is on somebody's screen; who else has it, and which version there is."""
    request.state.unrecorded = True  # the view itself is on the log; this is heard every 15 s
    with door.database.transaction() as session:
        document = document_seen(session, person.caller, document_id)
        others = review.open_paper(session, document_id, person.id)
    return _json({"others": others, "version": document.version})


@router.post("/review/{document_id}/close")
def closed(request: Request, door: TheDoor, person: Clerk, document_id: DocumentId) -> Response:
    """It is no longer."""
    request.state.unrecorded = True
    with door.database.transaction() as session:
        document_seen(session, person.caller, document_id)
        review.close_paper(session, document_id, person.id)
    return Response(status_code=204)
