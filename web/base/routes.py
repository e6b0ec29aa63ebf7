"""The first page, the language, and the files that pages are made with."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse

from api.access import TheDoor
from api.conditional import has_already
from api.problems import Code, Problem
from storage.accounts import set_language
from web.pages import content_type, digest_of, own_path, render, site_of
from web.session import LANGUAGE_COOKIE, YEAR_SECONDS, Person, current_person, find_person, is_secure, refuse_foreign

router = APIRouter()

KEPT = "public, max-age=31536000, immutable"  # the address changes with the bytes
ICON = "mark.svg"


@router.get("/")
async def home(request: Request, person: Annotated[Person, Depends(current_person)]) -> Response:
    """Where a person's work begins: the first entry of the bar."""
    entries = site_of(request).entries(person)
    if entries:
        return RedirectResponse(entries[0].path, status_code=303)
    return render(request, "base/empty.html")


@router.post("/language")
async def language(
    request: Request,
    door: TheDoor,
    language: Annotated[str, Form(pattern="^(vi|en)$")],
    to: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Show everything in the other language from now on; nothing that needs a token, for it harms nobody."""
    refuse_foreign(request)
    person = await run_in_threadpool(find_person, request)
    if person is not None:
        await run_in_threadpool(_keep, door, person, language)
    response = RedirectResponse(own_path(to), status_code=303)
    secure = is_secure(request)
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_SECONDS, samesite="lax", secure=secure, httponly=True)
    return response


def _keep(door: TheDoor, person: Person, language: str) -> None:
    with door.database.transaction() as session:
        set_language(session, person.id, language)


@router.get("/static/{group}/{path:path}")
def static(request: Request, group: str, path: str) -> Response:
    """A file that pages are made with."""
    file = site_of(request).file(group, path)
    if file is None:
        raise Problem(Code.NOT_FOUND)
    digest = digest_of(file)
    kept = request.query_params.get("v") == digest
    headers = {
        "Cache-Control": KEPT if kept else "no-cache",  # a script that another names without its digest
        "ETag": f'"{digest}"',
        "Vary": "Accept-Encoding",
    }
    if has_already(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    kind = content_type(file)
    if kind.startswith("text/") and "gzip" in request.headers.get("accept-encoding", ""):
        packed = packed_file(file, file.stat().st_mtime_ns)
        return Response(packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=kind)
    return FileResponse(file, headers=headers, media_type=kind)


@cache
def packed_file(file: Path, _changed: int) -> bytes:
    """A script or style as it is sent. Pages stay unpacked: they hold tokens beside strangers' words (BREACH)."""
    return gzip.compress(file.read_bytes(), 9, mtime=0)


@router.get("/favicon.ico")
def icon(request: Request) -> Response:
    """The mark in the browser's tab."""
    return static(request, "base", ICON)
