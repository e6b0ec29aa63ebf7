"""IIIF Presentation API 3.0: a paper as a manifest for any archive's viewer, its text and fields as annotations.

https://iiif.io/api/presentation/3.0/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.models import DocumentAnswer, FieldAnswer
from storage.records import DossierRow
from web.viewer.lines import TextLine
from web.viewer.pictures import PageShape

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
MEDIA_TYPE = 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
THUMBNAIL = 240  # pixels, the longer side


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A page as the manifest has it."""

    page: int  #: within the source
    shape: PageShape


def image_base(root: str, document_id: str, page: int) -> str:
    """Where a page's pictures are."""
    return f"{root}/iiif/image/{document_id}/{page}"


def paper_base(root: str, document_id: str) -> str:
    """Where a paper's manifest and annotations are."""
    return f"{root}/iiif/presentation/{document_id}"


def manifest(
    root: str, document: DocumentAnswer, canvases: Sequence[Canvas], names: dict[str, tuple[str, str]]
) -> dict[str, Any]:
    """A paper's manifest.

    root: our own address, without a slash at its end. names: of fields, Vietnamese and English.
    """
    base = paper_base(root, document.id)
    told: dict[str, Any] = {
        "@context": CONTEXT,
        "id": f"{base}/manifest.json",
        "type": "Manifest",
        "label": {"vi": [document.title]},
        "metadata": [_pair(names, field.name, field.value) for field in document.fields if field.value],
        "items": [_canvas(root, document.id, canvas) for canvas in canvases],
        "rendering": [
            {
                "id": f"{root}/v1/documents/{document.id}/pdf",
                "type": "Text",
                "label": {"vi": ["PDF/A có lớp văn bản"], "en": ["PDF/A with text"]},
                "format": "application/pdf",
            }
        ],
        "seeAlso": [
            {
                "id": f"{root}/v1/documents/{document.id}/alto",
                "type": "Dataset",
                "label": {"en": ["ALTO 4.4"]},
                "format": "application/xml",
                "profile": "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd",
            }
        ],
    }
    if document.issued_on:
        told["navDate"] = f"{document.issued_on.isoformat()}T00:00:00Z"
    if document.dossier_code:
        told["partOf"] = [{"id": collection_address(root, document.dossier_code), "type": "Collection"}]
    return told


def _pair(names: dict[str, tuple[str, str]], name: str, value: str | None) -> dict[str, Any]:
    vi, en = names.get(name, (name, name))
    return {"label": {"vi": [vi], "en": [en]}, "value": {"none": [value or ""]}}


def _canvas(root: str, document_id: str, canvas: Canvas) -> dict[str, Any]:
    base, image = paper_base(root, document_id), image_base(root, document_id, canvas.page)
    where, shape = f"{base}/canvas/{canvas.page}", canvas.shape
    service = [{"id": image, "type": "ImageService3", "profile": "level2"}]
    return {
        "id": where,
        "type": "Canvas",
        "label": {"vi": [f"Trang {canvas.page}"], "en": [f"Page {canvas.page}"]},
        "width": shape.width,
        "height": shape.height,
        "thumbnail": [
            {
                "id": f"{image}/full/!{THUMBNAIL},{THUMBNAIL}/0/default.jpg",
                "type": "Image",
                "format": "image/jpeg",
                "service": service,
            }
        ],
        "items": [
            {
                "id": f"{where}/painting",
                "type": "AnnotationPage",
                "items": [
                    {
                        "id": f"{where}/painting/1",
                        "type": "Annotation",
                        "motivation": "painting",
                        "target": where,
                        "body": {
                            "id": f"{image}/full/max/0/default.jpg",
                            "type": "Image",
                            "format": "image/jpeg",
                            "width": shape.width,
                            "height": shape.height,
                            "service": service,
                        },
                    }
                ],
            }
        ],
        "annotations": [
            {"id": f"{base}/pages/{canvas.page}/{kind}.json", "type": "AnnotationPage", "label": label}
            for kind, label in (
                ("fields", {"vi": ["Trường dữ liệu"], "en": ["Fields"]}),
                ("text", {"vi": ["Văn bản"], "en": ["Text"]}),
            )
        ],
    }


def text_annotations(root: str, document_id: str, canvas: Canvas, lines: Sequence[TextLine]) -> dict[str, Any]:
    """The text of a page, a line an annotation, where it stands."""
    shape, where = canvas.shape, f"{paper_base(root, document_id)}/pages/{canvas.page}/text.json"
    items = []
    for number, line in enumerate(lines, 1):
        x0, y0, x1, y1 = line.box
        box = (x0 * shape.width, y0 * shape.height, x1 * shape.width, y1 * shape.height)
        body = {"type": "TextualBody", "value": line.text, "format": "text/plain", "language": "vi"}
        items.append(_annotation(root, document_id, canvas, f"{where}#{number}", "supplementing", body, box))
    return {"@context": CONTEXT, "id": where, "type": "AnnotationPage", "items": items}


def field_annotations(
    root: str, document_id: str, canvas: Canvas, fields: Sequence[FieldAnswer], names: dict[str, tuple[str, str]]
) -> dict[str, Any]:
    """The fields that were read on a page."""
    scale, where = canvas.shape.scale, f"{paper_base(root, document_id)}/pages/{canvas.page}/fields.json"
    items = []
    for field in fields:
        if field.page != canvas.page or not field.value:
            continue
        vi, _ = names.get(field.name, (field.name, field.name))
        body = {"type": "TextualBody", "value": f"{vi}: {field.value}", "format": "text/plain", "language": "vi"}
        box = tuple(value * scale for value in field.box) if field.box else None
        items.append(_annotation(root, document_id, canvas, f"{where}#{field.name}", "commenting", body, box))
    return {"@context": CONTEXT, "id": where, "type": "AnnotationPage", "items": items}


def _annotation(
    root: str,
    document_id: str,
    canvas: Canvas,
    identity: str,
    motivation: str,
    body: dict[str, Any],
    box: Sequence[float] | None,
) -> dict[str, Any]:
    target = f"{paper_base(root, document_id)}/canvas/{canvas.page}"
    if box:
        x0, y0 = max(0, int(box[0])), max(0, int(box[1]))
        wide, high = max(1, round(box[2] - x0)), max(1, round(box[3] - y0))
        target += f"#xywh={x0},{y0},{min(wide, canvas.shape.width - x0)},{min(high, canvas.shape.height - y0)}"
    return {"id": identity, "type": "Annotation", "motivation": motivation, "body": body, "target": target}


def collection_address(root: str, dossier_code: str) -> str:
    """Where a dossier's collection is."""
    return f"{root}/iiif/collection/{dossier_code}.json"


def collection(root: str, dossier: DossierRow, documents: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A dossier as a collection of its papers' manifests; documents: id and title."""
    return {
        "@context": CONTEXT,
        "id": collection_address(root, dossier.code),
        "type": "Collection",
        "label": {"vi": [f"Hồ sơ {dossier.code}"], "en": [f"Dossier {dossier.code}"]},
        "items": [
            {"id": f"{paper_base(root, identity)}/manifest.json", "type": "Manifest", "label": {"vi": [title]}}
            for identity, title in documents
        ],
    }
