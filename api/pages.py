"""Pages of documents: as images, and where on them the words of a query stand."""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from xml.etree import ElementTree

import pypdfium2
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathParameter
from pydantic import Field

from api.access import Reader, Searcher, TheDoor
from api.conditional import IF_NONE_MATCH, NOT_MODIFIED, has_already
from api.documents import document_seen
from api.models import Answer
from api.previews import stored_preview
from api.problems import Code, Problem
from api.shapes import DocumentId
from storage.index.query import LONGEST, understand
from storage.index.snippets import Sought, snippet, sought
from storage.records import DocumentRecord, StoredPart

router = APIRouter(prefix="/v1/documents", tags=["pages"])

NARROWEST, WIDEST = 50, 3000  # pixels; A4 at 300 dpi has 2,480
QUALITY = 80  # of the JPEG
MOST_MARKS = 500  # on one page
PDFIUM = threading.Lock()  # PDFium works for one thread at a time

PageNumber = Annotated[
    int, PathParameter(ge=1, le=100_000, description="within the source, as fields and hits name it", examples=[1])
]


class MarksAnswer(Answer):
    """Where on a page words stand."""

    page: int = Field(examples=[1])
    boxes: list[tuple[float, float, float, float]] = Field(
        description="x0, y0, x1, y1 as shares of the page's width and height, from the top left: right at any size",
        examples=[[[0.12, 0.4, 0.2, 0.42]]],
    )


IMAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}, "description": "The page"},
    **NOT_MODIFIED,
}


@router.get(
    "/{document_id}/pages/{page}/image",
    response_class=Response,
    responses=IMAGE,
    openapi_extra={"parameters": [IF_NONE_MATCH]},
    operation_id="getPageImage",
)
def image(
    request: Request,
    door: TheDoor,
    caller: Reader,
    document_id: DocumentId,
    page: PageNumber,
    width: Annotated[int, Query(ge=NARROWEST, le=WIDEST, description="pixels")] = 1000,
) -> Response:
    """A page as a JPEG, as the PDF shows it: upright, with its seals and inks. Shows the paper as it is, unmasked."""
    with door.database.reading() as session:
        document = document_seen(session, caller, document_id)
    part = _part(document, "pdf")
    place = _place(document, page)
    headers = {"ETag": f'"{part.sha256[:24]}-{place}-{width}"', "Cache-Control": "private, no-cache"}
    if has_already(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    stored = stored_preview(door.store, document, page, width=width)
    if stored is not None:
        height = max(round(stored.height * width / stored.width), 1)
        data = stored.resized(width, height).jpegsave_buffer(Q=QUALITY, strip=True)
        return Response(data, media_type="image/jpeg", headers=headers)
    with tempfile.TemporaryDirectory(dir=door.spool, prefix=".page-") as folder:
        file = Path(folder) / "paper.pdf"
        door.store.fetch(part.key, file)
        return Response(rendered(file, place, width), media_type="image/jpeg", headers=headers)


def _part(document: DocumentRecord, name: str) -> StoredPart:
    found = next((part for part in document.parts if part.name == name), None)
    if found is None:
        raise Problem(Code.NOT_FOUND)
    return found


def _place(document: DocumentRecord, page: int) -> int:
    """Which page of the PDF a page of the source is, from 0. Raises Problem: not-found."""
    if page not in document.order:
        raise Problem(Code.NOT_FOUND)
    return document.order.index(page)


def rendered(pdf: Path, place: int, width: int) -> bytes:
    """A page of a PDF as a JPEG of that width. Raises Problem: not-found."""
    with PDFIUM:
        try:
            with pypdfium2.PdfDocument(pdf) as document:
                if place >= len(document):
                    raise Problem(Code.NOT_FOUND)
                shown = document[place]
                picture = shown.render(scale=width / shown.get_width()).to_pil()
        except pypdfium2.PdfiumError as error:
            raise Problem(Code.NOT_FOUND) from error
    written = io.BytesIO()
    picture.convert("RGB").save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


@router.get("/{document_id}/pages/{page}/marks", operation_id="getPageMarks")
def marks(
    door: TheDoor,
    caller: Searcher,
    document_id: DocumentId,
    page: PageNumber,
    q: Annotated[str, Query(max_length=LONGEST, description="as in search", examples=["giấy phép"])],
) -> MarksAnswer:
    """Where on a page the words of a query stand, so that a viewer can mark them."""
    with door.database.reading() as session:
        document = document_seen(session, caller, document_id)
    wanted = sought(understand(q), near=False)
    with door.store.open(_part(document, "alto").key) as reader:
        boxes = list(_boxes(reader, page, wanted))
    return MarksAnswer(page=page, boxes=boxes[:MOST_MARKS])


def _boxes(alto: BinaryIO, page: int, wanted: Sought) -> Iterator[tuple[float, float, float, float]]:
    """Boxes of the words wanted on one page of an ALTO file. Raises Problem: not-found where it has no such page."""
    there = False
    for event, element in ElementTree.iterparse(alto, events=("start", "end")):  # noqa: S314  (we wrote it)
        name = element.tag.rpartition("}")[2]
        if name != "Page":
            continue
        if event == "start":
            there = element.get("PHYSICAL_IMG_NR") == str(page)
        elif there:
            yield from _of_page(element, wanted)
            return
        else:
            element.clear()
    raise Problem(Code.NOT_FOUND)


def _of_page(page: ElementTree.Element, wanted: Sought) -> Iterator[tuple[float, float, float, float]]:
    across, down = _number(page, "WIDTH"), _number(page, "HEIGHT")
    if not across or not down:
        return
    for word in page.iter():
        if word.tag.rpartition("}")[2] != "String":
            continue
        _, asked_for = snippet(word.get("CONTENT", ""), wanted)
        if asked_for:
            x, y = _number(word, "HPOS"), _number(word, "VPOS")
            right, bottom = x + _number(word, "WIDTH"), y + _number(word, "HEIGHT")
            yield _share(x, across), _share(y, down), _share(right, across), _share(bottom, down)


def _number(element: ElementTree.Element, name: str) -> float:
    try:
        return float(element.get(name, "0"))
    except ValueError:
        return 0.0


def _share(value: float, of: float) -> float:
    return round(min(max(value / of, 0.0), 1.0), 5)
