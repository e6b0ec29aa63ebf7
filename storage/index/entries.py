"""What is written to the index: an entry for each page. Columns of numbers answer without reading a page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import tantivy

from storage.agencies import levels
from storage.index.fold import spellings
from storage.index.only import as_number
from storage.index.query import as_kept
from storage.index.values import IndexedDocument

FORMAT = "3"  # of what is written here; another one must be built again

FACETS = {
    "type": "type",
    "status": "status",
    "agency": "agency_code",
    "procedure": "procedure_code",
}  # name in the answer → name in an entry; the year comes from the date


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "number", "type", "dossier", "procedure", "status", "agency"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("raw", tokenizer_name="whitespace", index_option="freq")
    for name in ("fold", "issuer"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_integer_field("issued", indexed=True, fast=True)
    for name in ("document", "page", *(f"{facet}_number" for facet in FACETS)):
        builder.add_integer_field(name, indexed=False, fast=True)
    builder.add_bytes_field("stored", stored=True, indexed=False, fast=False)
    return builder.build()


SCHEMA = _schema()


def entries(document: IndexedDocument) -> Iterator[tantivy.Document]:
    """A document's pages, or one without text where it has none."""
    about = {name: value for name, value in asdict(document).items() if name not in ("pages", "issuer")}
    for number, (page, text) in enumerate(document.pages or ((0, ""),)):
        entry = _entry(document, about)
        entry.add_integer("page", page)
        codes = f"{document.dossier_code or ''} {document.number or ''}" if number == 0 else ""
        raw, fold = spellings(f"{text}\n{codes}")
        entry.add_text("raw", raw)
        entry.add_text("fold", fold)
        entry.add_bytes("stored", json.dumps(about | {"page": page, "text": text}, ensure_ascii=False).encode())
        yield entry


def _entry(document: IndexedDocument, about: Mapping[str, Any]) -> tantivy.Document:
    entry = tantivy.Document()
    entry.add_text("id", document.id)
    entry.add_integer("document", numbered(document.id))
    kept = {
        "number": document.number,
        "type": document.type,
        "dossier": document.dossier_code,
        "procedure": document.procedure_code,
        "status": document.status,
    }
    for name, value in kept.items():
        if value:
            entry.add_text(name, as_kept(value))
    for level in levels(document.agency_code) if document.agency_code else ():
        entry.add_text("agency", level)
    if document.issuer:
        entry.add_text("issuer", spellings(document.issuer)[1])
    if document.issued_on:
        entry.add_integer("issued", as_number(date.fromisoformat(document.issued_on)))
    for name, key in FACETS.items():
        if about[key]:
            entry.add_integer(f"{name}_number", numbered(str(about[key])))
    return entry


def numbered(value: str) -> int:
    """A value as a number of 63 bits: columns hold numbers only."""
    return int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "big") >> 1


def stored(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> dict[str, Any]:
    """What an entry keeps to be shown."""
    kept: dict[str, Any] = json.loads(bytes(searcher.doc(address)["stored"][0]))
    return kept
