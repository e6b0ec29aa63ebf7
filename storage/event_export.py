"""Events for others to read: JSON Lines with the chain in it, ECS for a log store, CEF for a security centre."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from storage.chain import chained_events
from storage.event_formats import Format
from storage.records.models import EventTable

#: CEF severity, 0 to 10: what somebody should look at, and what is the day's work.
SEVERITY = {"success": 3, "failure": 6}
ALARMS = {"damaged": 9, "missing": 9, "chain broken": 10, "disposed": 7}


def export(session: Session, form: Format, *, after: int = 0) -> Iterator[str]:
    """A line for each event after the one with that id, in the order of the chain."""
    write = _WRITERS[form]
    for row in chained_events(session, after=after):
        yield write(row)


def _at(row: EventTable) -> str:
    return row.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _jsonl(row: EventTable) -> str:
    return _json(
        {
            "eventIdentifier": row.id,
            "eventDateTime": _at(row),
            "eventType": row.type,
            "eventOutcome": row.outcome,
            "eventDetail": row.detail,
            "linkingAgent": row.agent,
            "linkingObject": {"type": row.object_kind, "value": row.object_id},
            "previous": row.previous,
            "sha256": row.sha256,
        }
    )


def _ecs(row: EventTable) -> str:
    return _json(
        {
            "@timestamp": _at(row),
            "ecs": {"version": "8.11.0"},
            "event": {
                "id": str(row.id),
                "kind": "event",
                "action": row.type,
                "outcome": row.outcome if row.outcome in SEVERITY else "unknown",
                "hash": row.sha256,
                "module": "sohoa",
            },
            "user": {"name": row.agent},
            "sohoa": {"object": {"kind": row.object_kind, "id": row.object_id}, "detail": row.detail},
        }
    )


def _cef(row: EventTable) -> str:
    severity = max(SEVERITY.get(row.outcome, 5), ALARMS.get(row.type, 0))
    head = ["CEF:0", "Sohoa", "sohoa", version("sohoa"), row.type, row.type, str(severity)]
    extension = {
        "rt": str(int(row.at.timestamp() * 1000)),
        "externalId": str(row.id),
        "outcome": row.outcome,
        "suser": row.agent,
        "cs1Label": row.object_kind,
        "cs1": row.object_id,
        "cs2Label": "sha256",
        "cs2": row.sha256,
        "msg": _json(row.detail) if row.detail else "",
    }
    said = " ".join(f"{name}={_in_extension(value)}" for name, value in extension.items() if value)
    return "|".join([head[0], *(_in_header(part) for part in head[1:]), said])


def _in_header(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("\r", " ")


def _in_extension(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n").replace("\r", "\\r")


def _json(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


_WRITERS: dict[Format, Callable[[EventTable], str]] = {Format.JSONL: _jsonl, Format.ECS: _ecs, Format.CEF: _cef}
