"""Invented papers for the tests of storage: values only, no scan is read."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from storage.keys import derived_key, original_key
from storage.objects import ObjectStore
from storage.records import Database, NewDocument, NewField, NewLink, Part, Scan, register_scan, start_batch

TEXT = "Quyết định về việc cấp giấy phép môi trường cho Công ty Hoà Bình"


def a_batch(database: Database, key: str = "key") -> str:
    """Id of a running batch."""
    with database.transaction() as session:
        return start_batch(session, key, operator="operator", inputs=["in"], settings_json="{}").id


def a_scan(database: Database, batch: str, data: bytes = b"scan", source: str = "in/a.pdf", pages: int = 2) -> Scan:
    """A scan on record whose original was (let us say) stored."""
    sha256 = hashlib.sha256(data).hexdigest()
    with database.transaction() as session:
        return register_scan(
            session,
            batch,
            source=source,
            sha256=sha256,
            kind="pdf",
            size=len(data),
            page_count=pages,
            object_key=original_key(sha256),
        )


def put_original(store: ObjectStore, folder: Path, data: bytes) -> str:
    """Store a scan's own bytes; their hash."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = folder / sha256
    path.write_bytes(data)
    store.put(original_key(sha256), path, sha256=sha256, content_type="application/octet-stream")
    return sha256


def a_part(folder: Path, document_id: str, name: str, data: bytes) -> Part:
    """A finished file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{document_id}-{name}"
    path.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return Part(
        name=name,
        key=derived_key(document_id, 1, name, sha256),
        path=path,
        sha256=sha256,
        size=len(data),
        content_type="application/pdf",
    )


def a_document(
    folder: Path,
    batch: str,
    *,
    name: str = "a",
    pages: tuple[int, ...] = (1, 2),
    texts: tuple[str, ...] = (TEXT, "Nơi nhận: Lưu VT"),
    status: str = "published",
    dossier: str | None = "H21.14-240315-0012",
    number: str = "12/QĐ-UBND",
    issued_on: date | None = date(2024, 3, 15),
    type: str | None = "QĐ",  # noqa: A002  (the record's own word)
    agency: str | None = None,
) -> NewDocument:
    """A paper that is ready to be published, its two files on the disk."""
    document_id = hashlib.sha256(f"{batch}{name}".encode()).hexdigest()
    box = (72.0, 90.0, 180.0, 104.0)
    return NewDocument(
        id=document_id,
        version=1,
        batch_id=batch,
        source=f"in/{name}.pdf",
        pages=pages,
        blank_pages=(),
        type=type,
        title=f"Quyết định {number}",
        issued_on=issued_on,
        dossier_code=dossier,
        procedure_code="1.000123",
        agency_code=agency,
        link=NewLink(dossier_code=dossier, method="text", confidence=0.9, status="accepted") if dossier else None,
        fields=(
            NewField(
                name="number", value=number, confidence=0.97, status="accepted", page=1, box=box, evidence="Số: 12"
            ),
            NewField(name="signer", value=None, confidence=0.0, status="review", page=None, box=None, evidence=""),
        ),
        page_texts=tuple(zip(pages, texts, strict=True)),
        confidence=0.9,
        status=status,
        reasons=("signer",) if status == "review" else (),
        parts=(
            a_part(folder, document_id, "paper.pdf", f"PDF of {name}".encode()),
            a_part(folder, document_id, "text.txt", "\f".join(texts).encode()),
        ),
        report={"id": document_id, "source": f"in/{name}.pdf", "pages": list(pages)},
    )
