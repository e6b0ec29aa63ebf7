"""The report contract: what `sohoa digitise --report` writes, and what scores and other systems read.

Keys are only ever added. Page numbers count within the source, from 1; boxes are points from the top left.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.link import Linked, link_entry
from ocr.page import FailedPage, Page
from ocr.papers import Field, Paper
from ocr.signatures import Integrity, Signature, Trust


def document_entry(
    document_id: str,
    *,
    source: str,
    paper: Paper,
    pages: Iterable[Page],
    linked: Linked,
    objects: Mapping[str, str],
    status: str,
    reasons: Sequence[str],
    notes: Sequence[str] = (),
    signatures: Sequence[Signature] = (),
) -> dict[str, Any]:
    """One document of the report, as it is kept with its record."""
    infos, dpi = [], {}
    for page in pages:
        infos.append(_page_info(page))
        dpi[infos[-1]["page"]] = infos[-1]["dpi"]
    return {
        "id": document_id,
        "source": source,
        "pages": list(paper.pages),
        "blank_pages": list(paper.blank_pages),
        "type": paper.kind.code,
        "type_confidence": round(paper.kind.confidence, 3),
        "status": status,
        "reasons": list(reasons),
        "notes": list(notes),
        "signatures": [] if paper.secret else [signature_entry(one) for one in signatures],
        "dossier_code": linked.dossier_code,
        "link": link_entry(linked),
        "fields": {}  # nothing that a secret paper says goes anywhere
        if paper.secret
        else field_entries(paper, dpi),
        "objects": dict(objects),
        "page_info": infos,
    }


def field_entries(paper: Paper, dpi: Mapping[int, float]) -> dict[str, dict[str, Any]]:
    """A paper's fields as the report has them; dpi: of each page, by number."""
    return {name: _field(field, dpi.get(field.page, 0.0)) for name, field in sorted(paper.fields.items())}


def _field(field: Field, dpi: float) -> dict[str, Any]:
    box = [round(value, 1) for value in field.box.in_points(dpi)] if field.box and dpi else None
    return {
        "value": field.value,
        "confidence": round(field.confidence, 3),
        "status": str(field.status),
        "page": field.page,
        "box": box,
        "evidence": field.evidence,
        "rule": field.rule,
        "doubts": list(field.doubts),
    }


def signature_entry(signature: Signature) -> dict[str, Any]:
    """A signature's facts as records keep them."""
    return {
        "field": signature.field,
        "signer": signature.signer,
        "issuer": signature.issuer,
        "signed_at": signature.signed_at.isoformat() if signature.signed_at else None,
        "sub_filter": signature.sub_filter,
        "integrity": str(signature.integrity),
        "covers_file": signature.covers_file,
        "time_stamp": signature.time_stamp.isoformat() if signature.time_stamp else None,
        "trust": str(signature.trust),
        "note": signature.note,
        "bodies": list(signature.bodies),
    }


def signature_of(entry: Mapping[str, Any]) -> Signature:
    """A signature's facts from what records keep of them."""
    return Signature(
        field=entry["field"],
        signer=entry["signer"],
        issuer=entry["issuer"],
        signed_at=_moment(entry["signed_at"]),
        sub_filter=entry["sub_filter"],
        digest="",  # nobody asks for it later
        integrity=Integrity(entry["integrity"]),
        covers_file=entry["covers_file"],
        time_stamp=_moment(entry["time_stamp"]),
        trust=Trust(entry["trust"]),
        note=entry["note"],
        bodies=tuple(entry.get("bodies") or ()),  # records of before had none
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _page_info(page: Page) -> dict[str, Any]:
    if isinstance(page, FailedPage):
        return {"page": page.number, "dpi": page.dpi, "error": page.error}
    facts = page.facts
    return {
        "page": facts.number,
        "dpi": round(facts.dpi, 1),
        "rotation": facts.rotation,
        "skew": round(facts.skew, 3),
        "blank": facts.blank,
        "confidence": round(page.confidence, 3),
        "colour": str(facts.colour),
        "text_layer": str(facts.text_layer),
        "notes": list(facts.notes),
    }


def batch_report(
    batch_id: str,
    *,
    seconds: float,
    documents: Sequence[Mapping[str, Any]],
    failed: Sequence[Mapping[str, Any]],
    skipped: Sequence[Mapping[str, Any]],
    known: Sequence[str],
) -> dict[str, Any]:
    """The whole report. `known`: sources whose bytes had been published before."""
    pages = sum(len(document["pages"]) + len(document["blank_pages"]) for document in documents)
    return {
        "batch": batch_id,
        "pages": pages,
        "seconds": round(seconds, 2),
        "failed": list(failed),
        "skipped": list(skipped),
        "known": list(known),
        "documents": list(documents),
    }


def write_report(report: Mapping[str, Any], file: Path) -> None:
    """Write the report whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as writer:
        json.dump(report, writer, ensure_ascii=False, indent=1)
        writer.flush()
        os.fsync(writer.fileno())
    part.replace(file)
