"""Mending over HTTP: a paper's pages as thumbnails, and what may be done with them; each a new version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access import TheDoor
from api.documents import document_seen
from api.pages import PDFIUM
from api.problems import Code, Problem
from api.shapes import CODE, DOCUMENT, DocumentId, Name
from flows import mending
from flows.mending import Bench
from storage.accounts import Role
from storage.agencies import agency_of_dossier
from storage.corrections import FieldName, versions_of
from storage.errors import DocumentChanged
from storage.mending import RESCAN, neighbours, scan_again
from storage.records import find_dossier
from storage.records.account_models import AccountTable
from storage.review import Verdict, decide
from web.fields import NAMES
from web.pages import address_of, render
from web.session import Person, needs
from web.viewer.routes import shapes_of, tag_of_pictures

router = APIRouter()
Clerk = Annotated[Person, Depends(needs(Role.CLERK))]

Version = Annotated[int, Form(ge=1)]
Pages = Annotated[str, Form(max_length=40_000, pattern=r"^(?:\d{1,6},)*\d{1,6}$|^$")]  # 5,000 pages, and some
Turns = Annotated[str, Form(max_length=60_000, pattern=r"^(?:\d{1,6}:\d{1,3},)*\d{1,6}:\d{1,3}$|^$")]
MOST_VERSIONS = 30  # of the history that is shown
WHYS = ("cut", "dark", "fold", "missing")  # usual reasons for a new scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another paper of the same scan."""

    id: str
    version: int
    title: str
    pages: int
    thumbnail: str


@router.get("/mend/{document_id}")
def paper(
    request: Request,
    door: TheDoor,
    person: Clerk,
    document_id: DocumentId,
    saved: Annotated[int, Query(ge=0)] = 0,
    *,
    changed: bool = False,
) -> Response:
    """A paper's pages, with what can be done with them."""
    with door.database.reading() as session:
        document = document_seen(session, person.caller, document_id)
        before, after = (_neighbour(session, person, other) for other in neighbours(session, document))
        versions = versions_of(session, document_id)[-MOST_VERSIONS:]
        names = _names(session, {version.agent for version in versions})
    shapes = shapes_of(request, door, document)
    tag = tag_of_pictures(document)
    waiting = [reason.removeprefix(RESCAN) for reason in document.reasons if reason.startswith(RESCAN)]
    pages = [
        {
            "number": number,
            "thumbnail": f"/iiif/image/{document_id}/{number}-{tag}/full/!320,460/0/default.webp",
            "blank": number in document.blank_pages,
            "wide": shape.width > shape.height,
        }
        for number, shape in shapes.items()
    ]
    return render(
        request,
        "mending/paper.html",
        paper=document,
        pages=pages,
        before=before,
        after=after,
        versions=list(reversed(versions)),
        names=names,
        field_names=NAMES,
        rescan=waiting[0] if waiting else "",
        whys=WHYS,
        saved=saved,
        changed=changed,
    )


def _neighbour(session: Session, person: Person, document_id: str | None) -> Neighbour | None:
    if document_id is None:
        return None
    try:
        other = document_seen(session, person.caller, document_id)
    except Problem:
        return None  # of another agency: not to be seen, nor joined
    tag = tag_of_pictures(other) if other.parts else ""
    return Neighbour(
        id=other.id,
        version=other.version,
        title=other.title,
        pages=len(other.order),
        thumbnail=f"/iiif/image/{other.id}/{other.order[0]}-{tag}/full/!320,460/0/default.webp",
    )


def _names(session: Session, agents: set[str]) -> dict[str, str]:
    """What the people behind agents are called."""
    ids = {agent.removeprefix("account ") for agent in agents if agent.startswith("account ")}
    found = session.execute(select(AccountTable.id, AccountTable.name).where(AccountTable.id.in_(ids)))
    return {f"account {identity}": name for identity, name in found}


def _bench(door: TheDoor, person: Person) -> Bench:
    return Bench(database=door.database, store=door.store, folder=door.spool, agent=person.agent, pdfium=PDFIUM)


def _mended(door: TheDoor, person: Person, document_id: str, act: Callable[[], Any]) -> Response:
    """Do it where the person may see the paper, and show the paper again, mended or changed by somebody else."""
    with door.database.reading() as session:
        document_seen(session, person.caller, document_id)
    try:
        version = act()
    except DocumentChanged:
        return RedirectResponse(address_of(f"/mend/{document_id}", changed="true"), status_code=303)
    told = {"saved": version} if isinstance(version, int) else {}
    return RedirectResponse(address_of(f"/mend/{document_id}", **told), status_code=303)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")] if text else []


@router.post("/mend/{document_id}/arrange")
def arrange(
    door: TheDoor,
    person: Clerk,
    document_id: DocumentId,
    version: Version,
    order: Pages,
    turns: Turns = "",
    blank: Pages = "",
) -> Response:
    """Order, turns and blanks as they stand on the screen."""
    turned = {int(page): int(degrees) for page, _, degrees in (one.partition(":") for one in turns.split(",") if one)}

    def act() -> int:
        return mending.arrange(
            _bench(door, person),
            document_id,
            version=version,
            order=_numbers(order),
            turns=turned,
            blank=_numbers(blank),
        )

    return _mended(door, person, document_id, act)


@router.post("/mend/{document_id}/split")
def split(door: TheDoor, person: Clerk, document_id: DocumentId, version: Version, pages: Pages) -> Response:
    """The chosen pages become a paper of their own."""

    def act() -> int:
        mending.split(_bench(door, person), document_id, version=version, pages=_numbers(pages))
        return version + 1

    return _mended(door, person, document_id, act)


@router.post("/mend/{document_id}/join")
def join(
    door: TheDoor,
    person: Clerk,
    document_id: DocumentId,
    version: Version,
    other: Annotated[str, Form(pattern=DOCUMENT)],
    other_version: Annotated[int, Form(ge=1)],
) -> Response:
    """Put this paper and its neighbour together, under the earlier one's id."""
    with door.database.reading() as session:
        ours = document_seen(session, person.caller, document_id)
        theirs = document_seen(session, person.caller, other)
    pair = sorted(((ours, version), (theirs, other_version)), key=lambda one: min(one[0].order))
    (first, first_version), (second, second_version) = pair

    def act() -> int:
        return mending.join(_bench(door, person), first.id, second.id, versions=(first_version, second_version))

    return _mended(door, person, first.id, act)


@router.post("/mend/{document_id}/rescan")
def rescan(
    door: TheDoor,
    person: Clerk,
    document_id: DocumentId,
    version: Version,
    why: Annotated[Name | None, Form()] = None,
) -> Response:
    """Ask for a new scan with the reason, or say that it was done."""

    def act() -> int:
        with door.database.transaction() as session:
            return scan_again(session, document_id, version=version, why=why, agent=person.agent)

    return _mended(door, person, document_id, act)


@router.post("/mend/{document_id}/attach")
def attach(
    door: TheDoor,
    person: Clerk,
    document_id: DocumentId,
    version: Version,
    dossier_code: Annotated[str, Form(pattern=CODE)],
) -> Response:
    """Bind the paper to another dossier."""

    def act() -> int:
        with door.database.transaction() as session:
            _in_sight(session, person, dossier_code)
            return decide(
                session,
                document_id,
                version=version,
                name=FieldName.DOSSIER_CODE,
                verdict=Verdict.CORRECTED,
                value=dossier_code,
                agent=person.agent,
            )

    return _mended(door, person, document_id, act)


def _in_sight(session: Session, person: Person, code: str) -> None:
    """A paper is not moved to where the person could not follow it."""
    dossier = find_dossier(session, code)
    agency = (dossier.agency_code if dossier else None) or agency_of_dossier(code)
    if not person.sight.covers(agency):
        raise Problem(Code.OUTSIDE_AGENCY, values={"agency": person.agency or ""})
