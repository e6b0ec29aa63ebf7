"""A paper as it is kept: its pages with what was sought marked, its fields, its files, its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import TheDoor
from api.documents import document_seen
from api.models import SignatureAnswer, document_answer
from api.problems import Code, Problem
from api.shapes import DocumentId
from storage.accounts import Role
from storage.index.query import LONGEST
from storage.scopes import Scope
from web.fields import ORDER
from web.finding.history import history
from web.pages import render
from web.session import Person, current_person

router = APIRouter()

FILES = ("pdf", "text", "alto")  # in the order in which they are offered


async def reader(person: Annotated[Person, Depends(current_person)]) -> Person:
    """Somebody who may see papers. Raises Problem: missing-scope."""
    if not person.caller.may(Scope.READ):
        raise Problem(Code.MISSING_SCOPE, values={"scope": Scope.READ})
    return person


@router.get("/papers/{document_id}")
def paper(
    request: Request,
    door: TheDoor,
    person: Annotated[Person, Depends(reader)],
    document_id: DocumentId,
    page: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    q: Annotated[str, Query(max_length=LONGEST)] = "",
) -> Response:
    """Show a paper; another agency's is not found."""
    with door.database.reading() as session:
        document = document_seen(session, person.caller, document_id)
        lines = history(request, session, document)
    shown = document_answer(document, personal=person.caller.personal, agency=person.caller.sight.agency)
    pages = sorted((*document.pages, *document.blank_pages))
    fields = sorted(shown.fields, key=lambda field: ORDER.index(field.name) if field.name in ORDER else len(ORDER))
    return render(
        request,
        "finding/paper.html",
        paper=shown,
        fields=fields,
        pages=pages,
        page=page if page in pages else pages[0],
        q=q,
        history=lines,
        files=[name for name in FILES if any(part.name == name for part in document.parts)],
        signed={"original": _signed(shown.signatures), "pdf": _signed(shown.pdf_signatures)},
        may_review=person.is_(Role.CLERK) and document.status == "review",
    )


def _signed(signatures: Sequence[SignatureAnswer]) -> str:
    """What is said of a file's signatures, the worst first; empty for a file that bears none."""
    found = {one.integrity for one in signatures}
    if "broken" in found:
        return "broken"
    if "not checked" in found:
        return "unchecked"
    return "signed" if found else ""
