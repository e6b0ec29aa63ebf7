"""Documents over HTTP: fields, links, versions, events, corrections."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.access import Caller, Reader, Reviewer, TheDoor
from api.conditional import IF_NONE_MATCH, NOT_MODIFIED, has_already, tag_of, version_asked
from api.models import (
    DocumentAnswer,
    EventAnswer,
    VersionAnswer,
    document_answer,
    version_answer,
)
from api.problems import Code, Problem
from api.shapes import DocumentId, Name, Text
from storage.agencies import agency_of_dossier
from storage.corrections import FieldName, correct_fields, versions_of
from storage.events import events_of
from storage.records import DocumentRecord, find_dossier, get_document

router = APIRouter(prefix="/v1/documents", tags=["documents"])

MOST_EVENTS = 1000
MOST_FIELDS = 20  # in one correction; there are thirteen


class Correction(BaseModel):
    """Values that a person read on the paper."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"fields": {"number": "2911/QĐ-UBND"}, "reason": "số viết tay, đọc từ bản giấy"}]
        },
    )

    fields: dict[FieldName, Text | None] = Field(
        min_length=1, max_length=MOST_FIELDS, description="by name; null: the paper has none"
    )
    reason: Name = Field(description="why, for the record")
    by: Name | None = Field(default=None, description="the person, where the key is a system's")


def document_seen(session: Session, caller: Caller, document_id: str) -> DocumentRecord:
    """The document, where the caller may see it. Raises UnknownDocument, Problem: not-found."""
    document = get_document(session, document_id)
    if document.id != document_id or not caller.sight.sees(document):
        raise Problem(Code.NOT_FOUND)
    return document


def reply(request: Request, answer: DocumentAnswer) -> Response:
    """The document with its ETag; 304 where the caller has it already."""
    content = answer.model_dump_json().encode()
    headers = {"ETag": tag_of(content, answer.version), "Cache-Control": "private, no-cache"}
    if request.method in ("GET", "HEAD") and has_already(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


@router.get(
    "/{document_id}",
    response_model=DocumentAnswer,
    responses=NOT_MODIFIED,
    openapi_extra={"parameters": [IF_NONE_MATCH]},
    operation_id="getDocument",
)
def get(request: Request, door: TheDoor, caller: Reader, document_id: DocumentId) -> Response:
    """A document with its fields, their evidence, its links and files.

    Its ETag is what a correction sends in If-Match.
    """
    with door.database.reading() as session:
        document = document_seen(session, caller, document_id)
    return reply(request, document_answer(document, personal=caller.personal, agency=caller.sight.agency))


@router.get("/{document_id}/versions", operation_id="listVersions")
def versions(door: TheDoor, caller: Reader, document_id: DocumentId) -> list[VersionAnswer]:
    """The document's versions, oldest first; the first is the machine's, the others people's."""
    with door.database.reading() as session:
        document = document_seen(session, caller, document_id)
        made = [version_answer(version) for version in versions_of(session, document.id)]
    first = VersionAnswer(
        version=1, at=document.published_at, agent="sohoa", reason="", changed=sorted(f.name for f in document.fields)
    )
    return [first, *made]


@router.get("/{document_id}/events", operation_id="listEvents")
def events(door: TheDoor, caller: Reader, document_id: DocumentId) -> list[EventAnswer]:
    """What happened to the document and by whom, oldest first; the latest thousand events."""
    with door.database.reading() as session:
        document = document_seen(session, caller, document_id)
        listed = events_of(session, "document", document.id)
    return [
        EventAnswer(at=at, type=kind, agent=agent, outcome=outcome)
        for at, kind, agent, outcome in listed[-MOST_EVENTS:]
    ]


@router.patch("/{document_id}", response_model=DocumentAnswer, operation_id="correctDocument")
def correct(
    request: Request,
    door: TheDoor,
    caller: Reviewer,
    document_id: DocumentId,
    correction: Correction,
    if_match: Annotated[
        str | None, Header(description="ETag of the document that the person saw", examples=['"v1-0a1b2c"'])
    ] = None,
) -> Response:
    """Set fields to what a person read: a new version beside the old one, with who and why.

    428 without If-Match; 412 where somebody else was first: read again, look again.
    A masked number cannot be sent back: `*` is refused in `citizen_id`.
    """
    seen = version_asked(if_match)
    if "*" in (correction.fields.get(FieldName.CITIZEN_ID) or ""):
        raise Problem(Code.WRONG_CORRECTION)
    with door.database.transaction() as session:
        document_seen(session, caller, document_id)
        _dossier_in_sight(session, caller, correction)
        agent = f"{caller.agent} ({correction.by})" if correction.by else caller.agent
        values = {str(name): value for name, value in correction.fields.items()}
        correct_fields(session, document_id, version=seen, values=values, agent=agent, reason=correction.reason)
        session.flush()
        session.expire_all()
        document = get_document(session, document_id)
    return reply(request, document_answer(document, personal=caller.personal, agency=caller.sight.agency))


def _dossier_in_sight(session: Session, caller: Caller, correction: Correction) -> None:
    """A paper is not moved to where the caller could not follow it."""
    code = correction.fields.get(FieldName.DOSSIER_CODE)
    if not code or caller.sight.agency is None:
        return
    dossier = find_dossier(session, code)
    agency = (dossier.agency_code if dossier else None) or agency_of_dossier(code)
    if not caller.sight.covers(agency):
        raise Problem(Code.OUTSIDE_AGENCY, values={"agency": caller.sight.agency})
