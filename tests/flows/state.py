"""The whole state of an installation as plain values, so that two can be compared row by row, object by object."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData, select

from flows.installation import Installation

#: What differs between two runs of one batch without meaning anything: ids by counting, times, the batch's own name.
VOLATILE = {"at", "started_at", "ended_at", "registered_at", "published_at", "not_before", "batch_id", "first_batch"}
VOLATILE |= {"published_in", "attempts", "settings", "seen_at", "request"}
#: Hashes over such things: an event's link in its chain, and a page's result, which names its working folder.
VOLATILE_OF = {"events": {"sha256", "previous"}, "pages": {"result_sha256"}}


def objects_of(house: Installation) -> dict[str, str]:
    """Key and hash of the bytes of every object."""
    return {info.key: house.store.sha256(info.key) for info in house.store.list()}


def rows_of(house: Installation) -> dict[str, list[str]]:
    """The rows of every table, sorted; numbers that only count are left out."""
    tables = MetaData()
    tables.reflect(house.database.engine)
    state: dict[str, list[str]] = {}
    with house.database.engine.connect() as connection:
        scans = tables.tables["scans"]
        hashes: dict[Any, str] = {
            row.id: row.sha256 for row in connection.execute(select(scans.c.id, scans.c.sha256))
        }
        for name, table in sorted(tables.tables.items()):
            if name == "alembic_version":
                continue
            rows = connection.execute(select(table)).mappings().all()
            kept = [dict(row) for row in rows if not _of_resuming(name, dict(row))]
            state[name] = sorted(repr(_lasting(name, row, hashes)) for row in kept)
    return state


def _lasting(table: str, row: dict[str, Any], hashes: dict[Any, str]) -> list[tuple[str, Any]]:
    """What must be the same after every run; a scan is named by its hash, for scans are counted as they come."""
    left_out = VOLATILE | VOLATILE_OF.get(table, set())
    if isinstance(row.get("id"), int) or table == "batches":
        left_out |= {"id"}
    kept = {name: value for name, value in row.items() if name not in left_out}
    if kept.get("scan_id") is not None:
        kept["scan_id"] = hashes[kept["scan_id"]]
    if table == "events" and row["object_kind"] == "batch":
        kept.pop("object_id")
    return sorted(kept.items())


def _of_resuming(table: str, row: dict[str, Any]) -> bool:
    return table == "events" and row["type"] == "batch resumed"
