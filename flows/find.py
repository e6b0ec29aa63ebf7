"""Searching, showing and re-indexing from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.installation import opened
from flows.settings import Settings
from storage.events import record_event
from storage.index import Hit
from storage.index.feed import feed, rebuild, sizes
from storage.records import DocumentRecord, get_document
from storage.signing import pdf_signatures


def print_hits(query: str, limit: int, settings: Settings, out: Console) -> int:
    """Print the papers found, best first, with page and snippet; how many there are in all."""
    with opened(settings) as house:
        feed(house.database, house.index)  # what a killed run left in the outbox
        result = house.index.search(query, limit=limit)
        for hit in result.hits:
            out.print(_hit(hit))
        out.print(f"{result.total} found" if result.total else "nothing found")
    return result.total


def _hit(hit: Hit) -> Text:
    text = Text()
    text.append(hit.document_id, style="bold")
    text.append(f"  {hit.title}  (page {hit.page})\n    ")
    at = 0
    for start, end in hit.marks:
        text.append(hit.snippet[at:start])
        text.append(hit.snippet[start:end], style="bold underline")
        at = end
    text.append(hit.snippet[at:])
    return text


def print_document(document_id: str, settings: Settings, out: Console) -> None:
    """Print one paper's record. Looking at it is an event. Raises UnknownDocument."""
    with opened(settings) as house, house.database.transaction() as session:
        document = get_document(session, document_id)
        record_event(session, type="viewed", object_kind="document", object_id=document.id, agent="sohoa show")
    _print(document, out)


def _print(document: DocumentRecord, out: Console) -> None:
    out.print(f"{document.id}  {document.title}")
    out.print(f"  source   {document.source}, pages {', '.join(map(str, document.pages)) or 'none'}")
    out.print(f"  type     {document.type or 'unknown'}")
    out.print(f"  status   {document.status}")
    for link in document.links:
        out.print(f"  dossier  {link.dossier_code} ({link.method}, {link.status}) {link.reason}".rstrip())
    told = document.report.get("link") or {}
    if told.get("role"):
        out.print(f"  role     {told['role']}")
    for one in told.get("candidates") or ():
        out.print(f"  may be of {one['dossier_code']} ({one['score']:.2f}: {', '.join(one['reasons'])})")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("field", "value", "status", "confidence", "page", "evidence"):
        table.add_column(heading, overflow="fold")
    for field in document.fields:
        table.add_row(
            field.name,
            Text(field.value or "–"),
            field.status,
            f"{field.confidence:.2f}",
            str(field.page or "–"),
            Text(field.evidence),
        )
    out.print(table)
    for signature in document.report.get("signatures") or ():
        out.print(f"  original signed by {_signed(signature)}")
    for signature in pdf_signatures(document):
        out.print(f"  PDF signed by {_signed(signature)}")
    for part in document.parts:
        out.print(f"  {part.name:9}{part.key}")
    for reason in document.reasons:
        out.print(f"  to confirm: {reason}")


def _signed(signature: Mapping[str, Any]) -> str:
    when = str(signature["signed_at"] or "at an unknown time")
    trust = "" if signature["trust"] == "not checked" else f", chain {signature['trust']}"
    note = f" ({signature['note']})" if signature["note"] else ""
    who = f"{signature['signer'] or 'unknown'}, {when}, {signature['sub_filter']}"
    return f"{who}: {signature['integrity']}{trust}{note}"


def index_is_right(settings: Settings) -> bool:
    """Whether the index opens and holds as many pages as the records say, once all that waits is told."""
    from storage.errors import SearchError

    with opened(settings) as house:
        try:
            feed(house.database, house.index)
            wanted, held = sizes(house.database, house.index)
        except SearchError:
            return False
    return wanted == held


def rebuild_index(settings: Settings) -> int:
    """Build the index anew beside the old one and swap; how many documents. A build that was killed goes on."""
    with opened(settings) as house:
        return rebuild(house.database, house.index)
