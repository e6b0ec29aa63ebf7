"""The page that scans are dropped on, how far they are, and what is printed for them.

The bytes go to `POST /v1/scans`, as other systems send theirs; this page tells what became of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from api.access import Caller, TheDoor
from api.problems import Code, Problem
from api.shapes import HexId
from storage.accounts import Role
from storage.intakes import watch_counts
from storage.records import DocumentRecord, documents_of_batch
from storage.records.account_models import AccountTable
from storage.uploads import (
    Progress,
    Upload,
    UploadState,
    find_upload,
    papers_of_batch,
    progress_of,
    refusals_of_batch,
    uploads_seen,
)
from web.pages import render, say
from web.session import Person, needs

router = APIRouter(prefix="/bring")

Bringer = Annotated[Person, Depends(needs(Role.CLERK, Role.OPERATOR))]
ON_A_PAGE = 40
MOST_ASKED = 100  # uploads whose progress is asked for at a time
MOST_SHEETS = 500
WATCHED_FOR = timedelta(days=7)  # that is counted of each watched folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """An upload and what became of it so far."""

    upload: Upload
    progress: Progress | None
    papers: dict[str, int]  #: state of a paper → how many


@router.get("")
def bring(
    request: Request, door: TheDoor, person: Bringer, before: Annotated[str | None, Query(max_length=32)] = None
) -> Response:
    """Drop files, and see what became of those that came before."""
    with door.database.reading() as session:
        uploads = uploads_seen(session, person.sight, key_id=person.id, limit=ON_A_PAGE + 1, before=before)
        came = [_came(session, upload) for upload in uploads[:ON_A_PAGE]]
        watches = watch_counts(session, since=datetime.now(UTC) - WATCHED_FOR) if person.agency is None else []
    return render(
        request,
        "bringing_in/bring.html",
        came=came,
        older=uploads[ON_A_PAGE - 1].id if len(uploads) > ON_A_PAGE else None,
        first=before is None,
        watches=watches,
        sheets=door.separators is not None,
        size=size_of,
    )


def _came(session: Session, upload: Upload) -> Came:
    batch = upload.batch_id
    progress = progress_of(session, batch) if batch else None
    return Came(upload=upload, progress=progress, papers=papers_of_batch(session, batch) if batch else {})


@router.get("/progress")
def progress(
    request: Request,
    door: TheDoor,
    person: Bringer,
    upload: Annotated[list[str], Query(max_length=MOST_ASKED)] = [],  # noqa: B006
) -> list[dict[str, Any]]:
    """How far uploads are, for the page's script; asked every two seconds, and no view of a paper."""
    request.state.unrecorded = True
    with door.database.reading() as session:
        found = [find_upload(session, upload_id) for upload_id in upload[:MOST_ASKED]]
        came = [_came(session, one) for one in found if one is not None and in_sight(person.caller, one)]
    return [
        {
            "id": one.upload.id,
            "name": one.upload.name,
            "state": one.upload.state,
            "told": say(request, f"bring.state.{one.upload.state}"),
            "pages": one.progress.pages if one.progress else 0,
            "read": one.progress.pages_read if one.progress else 0,
            "became": _became(request, one),
        }
        for one in came
    ]


def _became(request: Request, one: Came) -> list[str]:
    counts = {"published": one.papers.get("published", 0), "review": one.papers.get("review", 0)}
    if one.progress:
        counts |= {"pages_failed": one.progress.pages_failed, "refused": one.progress.refused}
    return [say(request, f"bring.{name}", count=count) for name, count in counts.items() if count]


def in_sight(caller: Caller, upload: Upload) -> bool:
    """Whether somebody may know of an upload: their own, or their agency's."""
    return upload.key_id == caller.key.id or caller.sight.covers(upload.agency_code)


def size_of(count: int) -> str:
    """Bytes as people read them."""
    units = ("B", "KB", "MB", "GB")
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(units) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.0f} {units[unit]}" if unit < 2 else f"{amount:.1f} {units[unit]}".replace(".", ",")


@router.get("/separators.pdf")
def separators(
    request: Request,
    door: TheDoor,
    person: Bringer,  # noqa: ARG001  (closed like the rest)
    codes: Annotated[str, Query(max_length=20_000)] = "",
    plain: Annotated[int, Query(ge=0, le=MOST_SHEETS)] = 0,
) -> Response:
    """Sheets that open dossiers in a pile, as a PDF."""
    asked: Sequence[str | None] = [*dict.fromkeys(codes.upper().split()), *([None] * plain)]
    if door.separators is None:
        raise Problem(Code.NOT_FOUND)
    if not 0 < len(asked) <= MOST_SHEETS:
        return _wrong(request, say(request, "bring.sheets.empty"))
    for code in asked:
        if code is not None and not (code.isascii() and code.isprintable() and len(code) <= 60):
            return _wrong(request, say(request, "bring.sheets.wrong", code=code[:60]))
    with tempfile.TemporaryDirectory(dir=door.spool, prefix=".sheets-") as folder:
        file = Path(folder) / "sheets.pdf"
        try:
            door.separators(asked, file)
        except ValueError as error:
            wrong = str(error).partition(":")[0]
            return _wrong(request, say(request, "bring.sheets.wrong", code=wrong[:60]))
        headers = {"Content-Disposition": 'inline; filename="to-ngan.pdf"', "Cache-Control": "no-store"}
        return Response(file.read_bytes(), media_type="application/pdf", headers=headers)


def _wrong(request: Request, why: str) -> Response:
    return render(request, "base/problem.html", status=422, title=why, advice="", correlation_id="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """An upload with its papers."""

    came: Came
    papers: list[DocumentRecord]
    refusals: list[tuple[str, str]]
    by: str


def _whole(door: TheDoor, person: Person, upload_id: str) -> Whole:
    """Raises Problem: not-found, also for another agency's."""
    with door.database.reading() as session:
        upload = find_upload(session, upload_id)
        if upload is None or not in_sight(person.caller, upload):
            raise Problem(Code.NOT_FOUND)
        batch = upload.batch_id
        papers = documents_of_batch(session, batch) if batch else []
        account = session.get(AccountTable, upload.key_id)
        return Whole(
            came=_came(session, upload),
            papers=[paper for paper in papers if person.sight.sees(paper)],
            refusals=refusals_of_batch(session, batch) if batch else [],
            by=account.name if account else upload.agent,
        )


@router.get("/{upload_id}")
def brought(request: Request, door: TheDoor, person: Bringer, upload_id: HexId) -> Response:
    """What became of one upload, paper by paper."""
    return render(request, "bringing_in/upload.html", **_shown(door, person, upload_id))


@router.get("/{upload_id}/receipt")
def receipt(request: Request, door: TheDoor, person: Bringer, upload_id: HexId) -> Response:
    """A sheet to sign: what was handed over, and by which hash it is known again."""
    return render(request, "bringing_in/receipt.html", **_shown(door, person, upload_id))


def _shown(door: TheDoor, person: Person, upload_id: str) -> dict[str, Any]:
    whole = _whole(door, person, upload_id)
    ended = whole.came.upload.state in (UploadState.DONE, UploadState.FAILED)
    return {"whole": whole, "upload": whole.came.upload, "ended": ended, "size": size_of}
