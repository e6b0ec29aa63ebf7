"""Pictures of pages and manifests of papers, for our own viewer and any archive's; a key or a session opens them."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from dataclasses import replace
from typing import Annotated, Any

import pyvips
from fastapi import APIRouter, FastAPI, Path, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from api.access import Caller, Reader, TheDoor
from api.conditional import has_already
from api.documents import document_seen
from api.masking import masked
from api.models import DocumentAnswer, document_answer
from api.previews import stored_preview
from api.problems import Code, Problem
from api.shapes import DocumentId, DossierCode
from storage.records import DocumentRecord, StoredPart, documents_of_dossier, find_dossier
from storage.records.sight import Sight
from web.fields import NAMES
from web.viewer import manifest as iiif
from web.viewer.cutting import FORMATS, cut_from_preview, cut_out, information, levels_of, understood
from web.viewer.lines import TextLine, lines_of_page
from web.viewer.pictures import PageShape, Pictures, dpi_by_place, pictures_of

router = APIRouter()

FOR_A_DAY = "private, max-age=86400, immutable"  # of pictures whose address names the PDF's bytes
OPEN_TO_VIEWERS = {"Access-Control-Allow-Origin": "*"}  # with a key only: browsers send no cookie along
SEEN_FOR = 600.0  # seconds in which pictures of a paper are one view in the log
MOST_SEEN = 10_000
FRESH_FOR = 5.0  # seconds that a paper seen counts as seen, for addresses that name its very bytes
MOST_FRESH = 200
_PAGE = re.compile(r"(?P<page>[1-9]\d{0,5})(?:-(?P<bytes>[0-9a-f]{8}))?")

PageName = Annotated[str, Path(description="page within the source, and the first digits of the PDF's SHA-256")]


class Seen:
    """Which caller was handed which paper's pictures lately: forty tiles of one page are one view, not forty."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def lately(self, caller: Caller, document_id: str) -> bool:
        """Whether it is on the log already; notes that it is now."""
        now, name = time.monotonic(), (caller.agent, document_id)
        before = self._at.get(name)
        if before is not None and now - before < SEEN_FOR:
            return True
        self._at[name] = now
        self._at.move_to_end(name)
        while len(self._at) > MOST_SEEN:
            self._at.popitem(last=False)
        return False


def pictures(request: Request) -> Pictures:
    """The cache of this process."""
    cache: Pictures = request.app.state.pictures
    return cache


def prepare(app: FastAPI) -> None:
    """What the routes need of an application, before its first request."""
    app.state.pictures = Pictures(pictures_of(app.state.door))
    app.state.seen_pictures = Seen()
    app.state.fresh_papers = Fresh()


def pdf_of(document: DocumentRecord) -> StoredPart:
    """The paper's PDF. Raises Problem: not-found."""
    found = next((part for part in document.parts if part.name == "pdf"), None)
    if found is None:
        raise Problem(Code.NOT_FOUND)
    return found


def shapes_of(request: Request, door: TheDoor, document: DocumentRecord) -> dict[int, PageShape]:
    """The shape of each page, by its number within the source."""
    listed = pictures(request).shapes(door.store, pdf_of(document), dpi_by_place(document))
    return dict(zip(document.order, listed, strict=False))


def draw_ahead(request: Request, door: TheDoor, document: DocumentRecord, number: int) -> None:
    """Begin to draw a page that the browser is about to ask for."""
    shape = shapes_of(request, door, document)[number]
    pictures(request).ahead(door.store, pdf_of(document), document.order.index(number), shape)


def tag_of_pictures(document: DocumentRecord) -> str:
    """What an address of a picture names so that it may be kept: changes with the PDF."""
    return pdf_of(document).sha256[:8]


def _page(name: str, document: DocumentRecord) -> tuple[int, bool]:
    """The page that an identifier names, and whether it names these very bytes. Raises Problem: not-found."""
    match = _PAGE.fullmatch(name)
    if match is None:
        raise Problem(Code.NOT_FOUND)
    return int(match["page"]), match["bytes"] == tag_of_pictures(document)


def root_of(request: Request) -> str:
    """Our own address as the browser or a public_url has it."""
    public: str = request.app.state.door.settings.public_url
    return (public or str(request.base_url)).rstrip("/")


class Fresh:
    """Papers as they were a moment ago, by who saw them: the tiles of a page are asked for within a second."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[float, DocumentRecord]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, caller: Caller, document_id: str) -> DocumentRecord | None:
        """The paper, where this caller was shown it a moment ago."""
        with self._lock:
            at, document = self._kept.get((caller.agent, document_id), (0.0, None))
        return document if document is not None and time.monotonic() - at < FRESH_FOR else None

    def keep(self, caller: Caller, document: DocumentRecord) -> None:
        """Note that the caller may see it, as it is."""
        with self._lock:
            self._kept[caller.agent, document.id] = (time.monotonic(), document)
            self._kept.move_to_end((caller.agent, document.id))
            while len(self._kept) > MOST_FRESH:
                self._kept.popitem(last=False)


def _document(door: TheDoor, caller: Caller, document_id: str) -> DocumentRecord:
    with door.database.reading() as session:
        return document_seen(session, caller, document_id)


def _for_pictures(request: Request, door: TheDoor, caller: Caller, document_id: str, page: str) -> DocumentRecord:
    """The paper whose page is asked for; read again where the address names other bytes than a moment ago."""
    fresh: Fresh = request.app.state.fresh_papers
    document = fresh.get(caller, document_id)
    if document is None or not _page(page, document)[1]:
        document = _document(door, caller, document_id)
        fresh.keep(caller, document)
    return document


@router.get("/iiif/image/{document_id}/{page}")
def base(request: Request, document_id: DocumentId, page: PageName, caller: Reader) -> Response:  # noqa: ARG001  (closed like the rest)
    """As Image API §2.2 has it: the base leads to the information."""
    return RedirectResponse(f"{request.url.path}/info.json", status_code=303, headers=OPEN_TO_VIEWERS)


@router.get("/iiif/image/{document_id}/{page}/info.json")
def info(request: Request, door: TheDoor, caller: Reader, document_id: DocumentId, page: PageName) -> Response:
    """What a viewer must know of a page's picture."""
    document = _document(door, caller, document_id)
    number, _ = _page(page, document)
    shape = shapes_of(request, door, document).get(number)
    if shape is None:
        raise Problem(Code.NOT_FOUND)
    where = f"{root_of(request)}/iiif/image/{document_id}/{page}"
    told = information(where, shape.width, shape.height, levels_of(shape.width, shape.height))
    return _json(told, 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"')


@router.get("/iiif/image/{document_id}/{page}/{region}/{size}/{rotation}/{quality}.{format}")
def picture(
    request: Request,
    door: TheDoor,
    caller: Reader,
    document_id: DocumentId,
    page: PageName,
    region: str,
    size: str,
    rotation: str,
    quality: str,
    format: str,  # noqa: A002  (the API's word)
) -> Response:
    """A part of a page's picture. Shows the paper as it is, unmasked."""
    document = _for_pictures(request, door, caller, document_id, page)
    number, very = _page(page, document)
    shape = shapes_of(request, door, document).get(number)
    if shape is None:
        raise Problem(Code.NOT_FOUND)
    cut = understood(
        shape.width, shape.height, region=region, size=size, rotation=rotation, quality=quality, format=format
    )
    pdf = pdf_of(document)
    headers = {
        "ETag": f'"{pdf.sha256[:16]}-{number}-{region}-{size}-{rotation}-{quality}-{format}"',
        "Cache-Control": FOR_A_DAY if very else "private, no-cache",
        **OPEN_TO_VIEWERS,
    }
    request.state.unrecorded = request.app.state.seen_pictures.lately(caller, document_id)
    if has_already(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    wide, high = cut.out_width, cut.out_height
    stored = stored_preview(door.store, document, number, width=wide, height=high) if cut.whole else None
    if stored is not None:
        return Response(cut_from_preview(stored, cut), media_type=FORMATS[format], headers=headers)
    place = document.order.index(number)
    cache = pictures(request)
    try:
        data = cut_out(cache.picture(door.store, pdf, place, shape), cut)
    except pyvips.Error:  # its file went while it was read: the pyramid has come, or the cache was swept
        data = cut_out(cache.picture(door.store, pdf, place, shape), cut)
    return Response(data, media_type=FORMATS[format], headers=headers)


@router.get("/iiif/presentation/{document_id}/manifest.json")
def manifest(request: Request, door: TheDoor, caller: Reader, document_id: DocumentId) -> Response:
    """A paper for an archive's viewer."""
    document = _document(door, caller, document_id)
    told = iiif.manifest(root_of(request), _masked(caller, document), _canvases(request, door, document), NAMES)
    return _json(told, iiif.MEDIA_TYPE)


@router.get("/iiif/presentation/{document_id}/pages/{page}/{kind}.json")
def annotation_page(
    request: Request,
    door: TheDoor,
    caller: Reader,
    document_id: DocumentId,
    page: Annotated[int, Path(ge=1, le=100_000)],
    kind: Annotated[str, Path(pattern="^(text|fields)$")],
) -> Response:
    """A page's text, line by line, or its fields, with their places."""
    document = _document(door, caller, document_id)
    canvas = next((one for one in _canvases(request, door, document) if one.page == page), None)
    if canvas is None:
        raise Problem(Code.NOT_FOUND)
    root = root_of(request)
    if kind == "fields":
        fields = _masked(caller, document).fields
        return _json(iiif.field_annotations(root, document_id, canvas, fields, NAMES), iiif.MEDIA_TYPE)
    alto = next((part for part in document.parts if part.name == "alto"), None)
    if alto is None:
        raise Problem(Code.NOT_FOUND)
    with door.store.open(alto.key) as reader:
        lines = lines_of_page(reader, page)
    return _json(iiif.text_annotations(root, document_id, canvas, _hidden(caller, lines)), iiif.MEDIA_TYPE)


@router.get("/iiif/collection/{dossier_code}.json")
def collection(request: Request, door: TheDoor, caller: Reader, dossier_code: DossierCode) -> Response:
    """A dossier's papers."""
    with door.database.reading() as session:
        dossier = find_dossier(session, dossier_code)
        papers = documents_of_dossier(session, dossier_code) if dossier else []
    sight: Sight = caller.sight
    if dossier is None or not sight.covers(dossier.agency_code):
        raise Problem(Code.NOT_FOUND)
    listed = [(paper.id, _masked(caller, paper).title) for paper in papers if sight.sees(paper)]
    return _json(iiif.collection(root_of(request), dossier, listed), iiif.MEDIA_TYPE)


@router.options("/iiif/{path:path}")
def asked_first(path: str) -> Response:  # noqa: ARG001  (the same for all)
    """What a foreign viewer may send: a key, and nothing that it holds by accident."""
    allowed = {"Access-Control-Allow-Headers": "Authorization", "Access-Control-Allow-Methods": "GET"}
    return Response(status_code=204, headers=OPEN_TO_VIEWERS | allowed | {"Access-Control-Max-Age": "86400"})


def _masked(caller: Caller, document: DocumentRecord) -> DocumentAnswer:
    return document_answer(document, personal=caller.personal, agency=caller.sight.agency)


def _hidden(caller: Caller, lines: list[TextLine]) -> list[TextLine]:
    return lines if caller.personal else [replace(line, text=masked(line.text)) for line in lines]


def _canvases(request: Request, door: TheDoor, document: DocumentRecord) -> list[iiif.Canvas]:
    return [iiif.Canvas(page=page, shape=shape) for page, shape in shapes_of(request, door, document).items()]


def _json(told: dict[str, Any], kind: str) -> JSONResponse:
    return JSONResponse(told, media_type=kind, headers={**OPEN_TO_VIEWERS, "Cache-Control": "private, no-cache"})
