"""A finished file as a part of a document's version: hashed, named, with its place in the store."""

from __future__ import annotations

import hashlib
from pathlib import Path

from storage.keys import derived_key
from storage.records.values import Part

READING = "reading"  # the part that holds a paper's pages as they were recognised
PREVIEWS = "previews"  # the part that holds small pictures of a paper's pages
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "alto": "application/xml",
    "text": "text/plain; charset=utf-8",
    READING: "application/gzip",
    PREVIEWS: "application/zip",
}


def part_of(document_id: str, version: int, name: str, file: Path) -> Part:
    """The file as that part, one of CONTENT_TYPES; nothing is stored yet. Raises OSError."""
    with file.open("rb") as reader:
        sha256 = hashlib.file_digest(reader, "sha256").hexdigest()
    return Part(
        name=name,
        key=derived_key(document_id, version, file.name, sha256),
        path=file,
        sha256=sha256,
        size=file.stat().st_size,
        content_type=CONTENT_TYPES[name],
    )
