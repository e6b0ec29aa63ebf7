"""Signed papers on record: a new version whose PDF bears the signatures, beside the unsigned one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from storage.corrections import copied_fields, new_version, note_version
from storage.records.models import PartTable
from storage.records.values import DocumentRecord, Part

PDF = "pdf"  # name of the part that is signed


def keep_signed(
    session: Session,
    document_id: str,
    *,
    version: int,
    part: Part,
    signatures: Sequence[Mapping[str, Any]],
    agent: str,
) -> int:
    """Put a signed PDF on record, whose object is in the store already; the new version.

    signatures: facts of all that the PDF bears. Raises UnknownDocument, DocumentChanged.
    """
    row = new_version(session, document_id, version=version, agent=agent, reason="signed", changed=[])
    copied_fields(session, document_id, version)
    session.add(
        PartTable(
            document_id=document_id,
            version=row.version,
            name=part.name,
            key=part.key,
            sha256=part.sha256,
            size=part.size,
            content_type=part.content_type,
        )
    )
    row.report = row.report | {
        "objects": (row.report.get("objects") or {}) | {part.name: part.key},
        "signed": {"key": part.key, "signatures": [dict(one) for one in signatures]},
    }
    detail = {"parts": {part.name: part.sha256}, "fields": [one["field"] for one in signatures]}
    note_version(session, row, type="signed", agent=agent, detail=detail)
    return row.version


def pdf_signatures(document: DocumentRecord) -> list[dict[str, Any]]:
    """Facts of the signatures that a document's PDF bears now; none where it was made anew since it was signed."""
    signed = document.report.get("signed") or {}
    current = {part.name: part.key for part in document.parts}.get(PDF)
    return list(signed.get("signatures") or ()) if current and signed.get("key") == current else []
