"""Events written for others: every line can be read by the tools of a security centre, whatever stands in it."""

from __future__ import annotations

import json
import re

import pytest

from storage.chain import GENESIS, head
from storage.event_export import export
from storage.event_formats import Format
from storage.events import record_event
from storage.records import Database

NASTY = 'Trần "Hoà" | a=b\\c\nnext line'


@pytest.fixture
def recorded(database: Database) -> Database:
    """Records with two events."""
    with database.transaction() as session:
        record_event(session, type="viewed", object_kind="document", object_id="a", agent=NASTY)
        record_event(
            session,
            type="damaged",
            object_kind="object",
            object_id="b",
            agent="sohoa",
            outcome="failure",
            detail={"note": NASTY},
        )
    return database


def lines(database: Database, form: Format, after: int = 0) -> list[str]:
    """The events in a format."""
    with database.reading() as session:
        return list(export(session, form, after=after))


def test_json_lines_carry_the_chain(recorded: Database) -> None:
    """An auditor must be able to verify the chain from the export alone, without our program."""
    one, two = map(json.loads, lines(recorded, Format.JSONL))
    assert (one["eventType"], one["linkingAgent"], one["linkingObject"]["value"]) == ("viewed", NASTY, "a")
    assert (one["previous"], two["previous"]) == (GENESIS, one["sha256"])
    with recorded.reading() as session:
        last = head(session)
    assert last is not None
    assert two["sha256"] == last.sha256
    assert two["eventDetail"] == {"note": NASTY}


def test_ecs_has_the_fields_that_a_log_store_sorts_by(recorded: Database) -> None:
    """A log store drops what has no time."""
    one, two = map(json.loads, lines(recorded, Format.ECS))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", one["@timestamp"])
    assert (one["event"]["action"], two["event"]["outcome"], one["user"]["name"]) == ("viewed", "failure", NASTY)


def test_cef_escapes_what_would_break_a_line(recorded: Database) -> None:
    """A name with a bar or a line break must not forge an event of its own in the security centre."""
    one, two = lines(recorded, Format.CEF)
    assert re.match(r"CEF:0\|Sohoa\|sohoa\|[\d.a-z]+\|viewed\|viewed\|3\|rt=\d{13} externalId=\d+ ", one)
    assert 'suser=Trần "Hoà" | a\\=b\\\\c\\nnext line cs1Label=document cs1=a' in one
    assert "|damaged|damaged|9|" in two
    assert "\n" not in one + two


def test_an_export_goes_on_after_the_last_one(recorded: Database) -> None:
    """The security centre fetches every minute: it must not be sent everything again."""
    first = json.loads(lines(recorded, Format.JSONL)[0])["eventIdentifier"]
    assert len(lines(recorded, Format.JSONL, after=first)) == 1
    assert lines(recorded, Format.JSONL, after=first + 1) == []
