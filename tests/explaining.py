"""What tests ask of PostgreSQL is explained there: no statement may read a large table from end to end.

A statement is explained once a process, in the database that it was put to, before that is dropped. A new one cannot
be forgotten: it is enough that any test runs it on PostgreSQL.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event

REPOSITORY = Path(__file__).resolve().parent.parent
#: Tables that stay small, by what they hold.
SMALL = frozenset(
    {
        "heartbeats",  # processes that run
        "bulk_runs",  # archives brought in: some hundred
        "agencies",  # names of offices and their days: some thousand
        "accounts",  # who may sign in: some thousand people
        "webhooks",  # addresses of other systems
        "disposals",  # a few hundred in a century
        "retention_classes",
        "alembic_version",
    }
)
EXPLAINED: set[str] = set()


@contextmanager
def explained(where: str, database: str) -> Iterator[None]:
    """Note what is asked of a database, and explain it at the end. where: how psycopg finds the server.

    Raises AssertionError with the plans of statements that go by no index.
    """
    asked: dict[str, Any] = {}

    def note(connection: Connection, _: Any, statement: str, parameters: Any, __: Any, many: bool) -> None:
        if connection.engine.url.database != database or statement in EXPLAINED or not explains(statement):
            return
        if _asked_by_the_program():
            asked[statement] = parameters[0] if many and isinstance(parameters, list) else parameters

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    EXPLAINED.update(asked)
    whole = plans_of_whole_tables(f"{where} dbname={database}", asked) if asked else []
    assert not whole, "these read a whole table for want of an index:\n\n" + "\n\n".join(whole)


def _asked_by_the_program() -> bool:
    """Whether the nearest of our own code that asks is neither a test nor a migration, which may read all."""
    frame = sys._getframe(1)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(REPOSITORY) and file != Path(__file__) and ".venv" not in file.parts:
            return "tests" not in file.parts and "migrations" not in file.parts
        frame = frame.f_back  # type: ignore[assignment]
    return False


def explains(statement: str) -> bool:
    """Whether a statement has a plan that says something of our tables."""
    return statement.split(None, 1)[0] in ("SELECT", "UPDATE", "DELETE") and "pg_catalog" not in statement


def plans_of_whole_tables(where: str, asked: Mapping[str, Any]) -> list[str]:
    """Statements with their plans, of those that read a large table from end to end."""
    found = []
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")  # then only what has no index at all reads a table
        for statement, parameters in asked.items():
            lines = [str(row[0]) for row in connection.execute(f"EXPLAIN {statement}".encode(), parameters)]
            read = {line.split(" on ")[1].split()[0] for line in lines if "Seq Scan on" in line}
            if read - SMALL:
                found.append("\n".join([statement, *lines]))
    return found
