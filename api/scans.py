"""Scans come in: streamed to disk, hashed, noted once for each idempotency key, then worked on beside."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from sqlalchemy.exc import IntegrityError

from api.access import Caller, Reader, TheDoor, Writer
from api.door import Door
from api.models import Answer
from api.problems import Code, Problem
from api.shapes import AGENCY, CODE, BatchId, HexId
from api.working import COMING
from storage.agencies import LONGEST, agency_code, agency_of_dossier
from storage.records import find_dossier
from storage.uploads import (
    NewUpload,
    Progress,
    Upload,
    UploadState,
    find_by_idempotency,
    find_upload,
    note_upload,
    progress_of,
    upload_of_batch,
)

router = APIRouter(prefix="/v1", tags=["scans"])

TAKEN = (
    "application/pdf",
    "application/zip",
    "image/tiff",
    "image/jpeg",
    "image/png",
    "application/octet-stream",
)
#: One name of a file: no folders, nothing hidden, no control characters; ext4 takes 255 bytes.
FILE_NAME = r"^[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,79}$"
KEY = r"^[A-Za-z0-9._:-]{8,200}$"


class UploadAnswer(Answer):
    """An upload and how far it is."""

    id: str = Field(examples=["9c1185a5c5e9fc549c1185a5c5e9fc54"])
    href: str = Field(examples=["/v1/scans/9c1185a5c5e9fc549c1185a5c5e9fc54"])
    state: UploadState
    sha256: str = Field(description="of the bytes that came")
    size: int = Field(description="bytes", examples=[184223])
    batch_id: str | None = Field(description="as soon as work has begun", examples=["20261124-081356-a1b2c3"])
    error: str | None
    created_at: datetime
    ended_at: datetime | None


class BatchAnswer(Answer):
    """How far a batch is."""

    id: str = Field(examples=["20261124-081356-a1b2c3"])
    state: str = Field(description="running, paused or ended", examples=["running"])
    started_at: datetime
    ended_at: datetime | None
    scans: int = Field(description="files that opened", examples=[1])
    refused: int = Field(description="files that did not", examples=[0])
    pages: int = Field(examples=[12])
    pages_read: int = Field(examples=[7])
    pages_failed: int = Field(examples=[0])
    documents: int = Field(description="known when the batch has ended", examples=[0])
    failed: int = Field(description="problems of files and pages, known when the batch has ended", examples=[0])


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TAKEN},
    }
}


@router.post(
    "/scans",
    status_code=202,
    response_model=UploadAnswer,
    responses={200: {"model": UploadAnswer, "description": "Uploaded before under this Idempotency-Key"}},
    openapi_extra=_BODY,
    operation_id="uploadScan",
)
async def upload(
    request: Request,
    response: Response,
    door: TheDoor,
    caller: Writer,
    name: Annotated[str, Query(pattern=FILE_NAME, description="name of the file", examples=["ho-so-0001.pdf"])],
    idempotency_key: Annotated[
        str, Header(pattern=KEY, description="the same for every try of one upload", examples=["ho-so-0001-lan-1"])
    ],
    dossier: Annotated[str | None, Query(pattern=CODE, description="dossier that all of it belongs to")] = None,
    procedure: Annotated[str | None, Query(pattern=CODE, description="procedure that all of it belongs to")] = None,
    agency: Annotated[
        str | None,
        Query(max_length=LONGEST, pattern=AGENCY, description="whose papers they are; a key's own agency goes first"),
    ] = None,
) -> UploadAnswer:
    """Bring a scan: a PDF, TIFF or photo, or a ZIP of them, as the body.

    202 once the bytes are safe on disk; the work is done beside, `GET /v1/scans/{id}` tells how far it is. The same
    Idempotency-Key with the same bytes gives the same upload, with other bytes 409.
    """
    kind = request.headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
    if kind not in TAKEN:
        raise Problem(Code.WRONG_TYPE, values={"accepted": ", ".join(TAKEN)})
    whose = await run_in_threadpool(_agency, door, caller, dossier, agency)
    upload_id = secrets.token_hex(16)
    coming = door.spool / f"{COMING}{upload_id}"
    try:
        sha256, size = await _spooled(request, coming / name)
        new = NewUpload(
            id=upload_id,
            key_id=caller.key.id,
            agent=caller.agent,
            idempotency_key=idempotency_key,
            name=name,
            sha256=sha256,
            size=size,
            dossier_code=dossier,
            procedure_code=procedure,
            agency_code=whose,
        )
        noted, is_new = await run_in_threadpool(_noted, door, new, coming, request.state.correlation_id)
    finally:
        shutil.rmtree(coming, ignore_errors=True)
    if not is_new:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return _upload_answer(noted)


async def _spooled(request: Request, file: Path) -> tuple[str, int]:
    """Write the body to a file that survives a power cut; its SHA-256 and bytes."""
    digest, size = hashlib.sha256(), 0
    file.parent.mkdir(parents=True)
    with file.open("xb") as writer:
        async for block in request.stream():
            digest.update(block)
            size += len(block)
            await run_in_threadpool(writer.write, block)
        writer.flush()
        await run_in_threadpool(os.fsync, writer.fileno())
    if not size:
        raise Problem(Code.INVALID, wrong=({"where": "body", "type": "missing", "message": "the body is empty"},))
    return digest.hexdigest(), size


def _noted(door: Door, new: NewUpload, coming: Path, correlation_id: str) -> tuple[Upload, bool]:
    """Move the file to where the worker finds it, and note it. Raises Problem: idempotency-mismatch.

    The file first: a note without a file would be work on nothing; a file without a note is swept away at a start.
    """
    with door.database.reading() as session:
        there = find_by_idempotency(session, new.key_id, new.idempotency_key)
    if there is None:
        folder = door.spool / new.id
        coming.rename(folder)
        _sync(door.spool)
        there, is_new = _note(door, new, correlation_id)
        if is_new:
            return there, True
        shutil.rmtree(folder, ignore_errors=True)  # the same upload came twice at once, and the other was first
    told = (there.sha256, there.name, there.dossier_code, there.procedure_code, there.agency_code)
    if told != (new.sha256, new.name, new.dossier_code, new.procedure_code, new.agency_code):
        raise Problem(Code.IDEMPOTENCY_MISMATCH)
    return there, False


def _note(door: Door, new: NewUpload, correlation_id: str) -> tuple[Upload, bool]:
    try:
        with door.database.transaction() as session:
            return note_upload(session, new, correlation_id=correlation_id)
    except IntegrityError:  # PostgreSQL lets both in and stops the second at its end
        with door.database.transaction() as session:
            return note_upload(session, new, correlation_id=correlation_id)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _agency(door: Door, caller: Caller, dossier: str | None, agency: str | None) -> str | None:
    """Whose papers they will be, and that the caller may bring them. Raises Problem: outside-agency."""
    told = agency_code(agency) if agency else None
    of_dossier = None
    if dossier:
        with door.database.reading() as session:
            known = find_dossier(session, dossier)
        of_dossier = (known.agency_code if known else None) or agency_of_dossier(dossier)
    if caller.sight.agency is None:
        return told or of_dossier
    for named in (told, of_dossier):
        if named is not None and not caller.sight.covers(named):
            raise Problem(Code.OUTSIDE_AGENCY, values={"agency": caller.sight.agency})
    return told or of_dossier or caller.sight.agency


@router.get("/scans/{upload_id}", operation_id="getUpload")
def get(door: TheDoor, caller: Reader, upload_id: HexId) -> UploadAnswer:
    """An upload and how far it is."""
    with door.database.reading() as session:
        found = find_upload(session, upload_id)
    if found is None or not _in_sight(caller, found):
        raise Problem(Code.NOT_FOUND)
    return _upload_answer(found)


def _in_sight(caller: Caller, upload: Upload) -> bool:
    return upload.key_id == caller.key.id or caller.sight.covers(upload.agency_code)


@router.get("/batches/{batch_id}", operation_id="getBatch")
def get_batch(door: TheDoor, caller: Reader, batch_id: BatchId) -> BatchAnswer:
    """How far a batch is. A key of one agency sees the batches of its own uploads only."""
    with door.database.reading() as session:
        progress = progress_of(session, batch_id)
        upload = upload_of_batch(session, batch_id)
    ours = caller.sight.agency is None or (upload is not None and _in_sight(caller, upload))
    if progress is None or not ours:
        raise Problem(Code.NOT_FOUND)
    return _batch_answer(progress)


def _upload_answer(upload: Upload) -> UploadAnswer:
    return UploadAnswer(
        id=upload.id,
        href=f"/v1/scans/{upload.id}",
        state=upload.state,
        sha256=upload.sha256,
        size=upload.size,
        batch_id=upload.batch_id,
        error=upload.error,
        created_at=upload.created_at,
        ended_at=upload.ended_at,
    )


def _batch_answer(progress: Progress) -> BatchAnswer:
    return BatchAnswer(
        id=progress.batch_id,
        state=progress.state,
        started_at=progress.started_at,
        ended_at=progress.ended_at,
        scans=progress.scans,
        refused=progress.refused,
        pages=progress.pages,
        pages_read=progress.pages_read,
        pages_failed=progress.pages_failed,
        documents=progress.documents,
        failed=progress.failed,
    )
