"""Files of documents: streamed with ranges and ETags, or by a short-lived link into the store."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access import Caller, Reader, TheDoor
from api.conditional import IF_NONE_MATCH, NOT_MODIFIED, RANGE, ByteRange, has_already, range_asked, tag_of
from api.documents import document_seen
from api.door import Door
from api.masking import masked
from api.problems import Code, Problem
from api.shapes import DocumentId
from storage.objects import BLOCK
from storage.records import DocumentRecord, StoredPart, documents_of_scan
from storage.records.models import ScanTable

router = APIRouter(prefix="/v1/documents", tags=["files"])

LARGEST_MASKED = 64 << 20  # bytes of a text that is masked in memory; 10,000 pages have some 40 MB
SUFFIXES = {
    "application/pdf": ".pdf",
    "application/xml": ".xml",
    "application/json": ".json",
    "application/zip": ".zip",
    "image/tiff": ".tiff",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "text/plain": ".txt",
}

FileName = Literal["pdf", "text", "alto", "original"]

_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": dict.fromkeys(("application/pdf", "application/xml", "text/plain", "image/*", "*/*"), _BYTES),
    },
    206: {"description": "The range that was asked for", "content": {"*/*": _BYTES}},
    **NOT_MODIFIED,
    307: {"description": "A link into the store that opens for some minutes (link=true)"},
    416: {"description": "The range lies outside the file"},
}


@router.get(
    "/{document_id}/{part}",
    response_class=Response,
    responses=RESPONSES,
    openapi_extra={"parameters": [IF_NONE_MATCH, RANGE]},
    operation_id="getFile",
)
def get(
    request: Request,
    door: TheDoor,
    caller: Reader,
    document_id: DocumentId,
    part: FileName,
    *,
    link: Annotated[bool, Query(description="answer 307 with a link into the store, where it has links")] = False,
) -> Response:
    """A document's file: searchable PDF/A, text, ALTO, or the scanner's own bytes.

    One byte range is served (Range, If-Range); `Repr-Digest` and the ETag hold the file's SHA-256. Text and ALTO come
    masked without the scope `personal`. The original is withheld where a page of it is in a paper that the caller may
    not see.
    """
    with door.database.reading() as session:
        document = document_seen(session, caller, document_id)
        chosen = _original(door, session, caller, document) if part == "original" else _part(document, part)
    if part in ("text", "alto") and not caller.personal:
        return _masked(request, door, chosen)
    headers = _headers(chosen, document_id)
    if has_already(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if link:
        opens = door.store.presign(chosen.key, door.settings.link_seconds)
        if opens:
            return RedirectResponse(opens, status_code=307, headers={"Cache-Control": "no-store"})
    return _streamed(request, door, chosen, headers)


@router.head("/{document_id}/{part}", include_in_schema=False)
def head(request: Request, door: TheDoor, caller: Reader, document_id: DocumentId, part: FileName) -> Response:
    """As GET, without the file."""
    return get(request, door, caller, document_id, part, link=False)


def _part(document: DocumentRecord, name: str) -> StoredPart:
    chosen = next((part for part in document.parts if part.name == name), None)
    if chosen is None:
        raise Problem(Code.NOT_FOUND)
    return chosen


def _original(door: Door, session: Session, caller: Caller, document: DocumentRecord) -> StoredPart:
    """The scan that the document was cut from, where every paper in it is in sight: it shows them all."""
    scan = session.scalars(select(ScanTable).where(ScanTable.sha256 == document.scan_sha256)).one()
    if not all(caller.sight.sees(other) for other in documents_of_scan(session, scan.id)):
        raise Problem(Code.NOT_FOUND)
    info = door.store.head(scan.object_key)
    if info is None:
        raise Problem(Code.NOT_FOUND)
    return StoredPart(
        name="original",
        key=scan.object_key,
        sha256=document.scan_sha256,
        size=info.size,
        content_type=info.content_type or "application/octet-stream",
        version=document.version,
    )


def _headers(part: StoredPart, document_id: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(part.sha256)).decode()
    suffix = SUFFIXES.get(part.content_type.partition(";")[0], ".bin")
    return {
        "ETag": f'"{part.sha256}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{document_id}-{part.name}{suffix}"',
    }


def _streamed(request: Request, door: Door, part: StoredPart, headers: dict[str, str]) -> Response:
    wanted = range_asked(
        request.headers.get("range"), request.headers.get("if-range"), tag=headers["ETag"], size=part.size
    )
    span = wanted or ByteRange(0, part.size - 1)
    headers["Content-Length"] = str(span.size)
    if wanted:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{part.size}"
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=part.content_type)
    stack = ExitStack()
    reader = stack.enter_context(
        door.store.open(part.key, start=span.first)
    )  # before the answer begins: a missing object is a 404
    blocks = _blocks(stack, reader, span.size)
    return StreamingResponse(blocks, status_code=status, headers=headers, media_type=part.content_type)


def _blocks(stack: ExitStack, reader: BinaryIO, left: int) -> Iterator[bytes]:
    with stack:
        while left and (block := reader.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def _masked(request: Request, door: Door, part: StoredPart) -> Response:
    if part.size > LARGEST_MASKED:
        raise Problem(Code.MISSING_SCOPE, values={"scope": "personal"})
    with door.store.open(part.key) as reader:
        content = masked(reader.read().decode("utf-8", "replace")).encode()
    headers = {
        "ETag": tag_of(content),
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{part.name}{SUFFIXES.get(part.content_type, ".txt")}"',
    }
    if has_already(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=part.content_type, headers=headers)
