"""What a batch prints when it ends: what came out, what did not and why, what to do next."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.digitise import Summary

SHOWN = 25  # rows; the report and `sohoa show` have the rest


def print_summary(summary: Summary, out: Console) -> None:
    """Table of documents, then failures, then one last line."""
    report = summary.report
    documents: list[dict[str, Any]] = report["documents"]
    if documents:
        out.print(_table(documents[:SHOWN]))
        if len(documents) > SHOWN:
            out.print(f"… and {len(documents) - SHOWN} more; --report FILE has them all")
    if not out.is_terminal:  # on a terminal each was told as it came
        for failure in report["failed"][:SHOWN]:
            out.print(f"! {failure['error']}")
        if len(report["failed"]) > SHOWN:
            out.print(f"! … and {len(report['failed']) - SHOWN} more problems; --report FILE has them all")
    if summary.stopped:
        out.print(
            f"stopped early: {summary.stopped}. Mend that and run the same command: it goes on where it stopped."
        )
    out.print(_last_line(summary))
    out.print("next: sohoa search …, sohoa show DOCUMENT, sohoa runs for the run's own record")


def _table(documents: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("document", "source", "pages", "type", "number", "date", "dossier", "status"):
        table.add_column(heading, overflow="fold")
    for document in documents:
        fields = document["fields"]
        table.add_row(
            document["id"],
            Text(document["source"]),
            _pages(document["pages"]),
            document["type"] or "?",
            Text(_value(fields, "number")),
            _value(fields, "date"),
            Text(document["dossier_code"] or "–"),
            document["status"],
        )
    return table


def _pages(pages: list[int]) -> str:
    return f"{pages[0]}–{pages[-1]}" if len(pages) > 1 else str(pages[0]) if pages else "blank"


def _value(fields: dict[str, Any], name: str) -> str:
    """The value, with a question mark where a person must confirm it."""
    field = fields.get(name)
    if not field or field["value"] is None:
        return "–"
    return str(field["value"]) + ("" if field["status"] == "accepted" else " ?")


def _last_line(summary: Summary) -> str:
    report = summary.report
    review = sum(document["status"] == "review" for document in report["documents"])
    parts = [f"{len(report['documents'])} documents, {report['pages']} pages"]
    if review:
        parts.append(f"{review} with something to confirm")
    if report["known"]:
        parts.append(f"{len(report['known'])} known already")
    if report["skipped"]:
        parts.append(f"{len(report['skipped'])} skipped as no scan")
    parts.append(f"{len(report['failed'])} problems")
    return f"batch {summary.batch_id}: {', '.join(parts)}, {report['seconds']:.0f} s"
