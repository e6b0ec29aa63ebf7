"""What is written to the index: an entry for each page. Columns of numbers answer without reading a page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from json.encoder import encode_basestring as quoted
from typing import Any

import tantivy

from storage.agencies import levels
from storage.index.fold import spellings
from storage.index.only import as_number
from storage.index.query import as_kept
from storage.index.values import IndexedDocument

FORMAT = "4"  # of what is written here; another one must be built again

FACETS = {
    "type": "type",
    "status": "status",
    "agency": "agency_code",
    "procedure": "procedure_code",
}  # name in the answer → name in an entry; the year comes from the date

ABOUT = tuple(one.name for one in fields(IndexedDocument) if one.name not in ("pages", "issuer"))  # kept to be shown


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "number", "type", "dossier", "procedure", "status", "agency"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("raw", tokenizer_name="whitespace", index_option="freq")
    for name in ("fold", "issuer"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_integer_field("issued", indexed=True, fast=True)
    builder.add_integer_field("document", indexed=True, fast=True)
    for name in ("page", *(f"{facet}_number" for facet in FACETS)):
        builder.add_integer_field(name, indexed=False, fast=True)
    builder.add_bytes_field("stored", stored=True, indexed=False, fast=False)
    return builder.build()


SCHEMA = _schema()


def entries(document: IndexedDocument) -> Iterator[tantivy.Document]:
    """A document's pages, or one without text where it has none."""
    about = {name: getattr(document, name) for name in ABOUT}
    texts, numbers = _texts(document), _numbers(document, about)
    opening = json.dumps(about, ensure_ascii=False)[:-1]
    codes = f"{document.dossier_code or ''} {document.number or ''}"
    for page, text in document.pages or ((0, ""),):
        entry = tantivy.Document()
        for name, value in texts:
            entry.add_text(name, value)
        for name, number in numbers:
            entry.add_integer(name, number)
        entry.add_integer("page", page)
        raw, fold = spellings(f"{text}\n{codes}")
        entry.add_text("raw", raw)
        entry.add_text("fold", fold)
        entry.add_bytes("stored", f'{opening}, "page": {page}, "text": {quoted(text)}}}'.encode())
        codes = ""  # they are found on the first page only
        yield entry


def _texts(document: IndexedDocument) -> list[tuple[str, str]]:
    """What filters compare, the same for all pages."""
    kept = {
        "number": document.number,
        "type": document.type,
        "dossier": document.dossier_code,
        "procedure": document.procedure_code,
        "status": document.status,
    }
    texts = [("id", document.id), *((name, as_kept(value)) for name, value in kept.items() if value)]
    texts += [("agency", level) for level in (levels(document.agency_code) if document.agency_code else ())]
    if document.issuer:
        texts.append(("issuer", spellings(document.issuer)[1]))
    return texts


def _numbers(document: IndexedDocument, about: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Columns, the same for all pages."""
    numbers = [("document", numbered(document.id))]
    if document.issued_on:
        numbers.append(("issued", as_number(date.fromisoformat(document.issued_on))))
    return numbers + [(f"{name}_number", numbered(str(about[key]))) for name, key in FACETS.items() if about[key]]


def numbered(value: str) -> int:
    """A value as a number of 63 bits: columns hold numbers only."""
    return int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "big") >> 1


def stored(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> dict[str, Any]:
    """What an entry keeps to be shown."""
    kept: dict[str, Any] = json.loads(bytes(searcher.doc(address)["stored"][0]))
    return kept
