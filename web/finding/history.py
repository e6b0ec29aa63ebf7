"""What happened to a paper, in words: who saw it, who took it along, who changed what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.corrections import versions_of
from storage.events import events_of
from storage.records import DocumentRecord
from storage.records.account_models import AccountTable
from web.pages import say, site_of

MOST = 200  # lines; the whole log is in the events
_ACCOUNT = re.compile(r"account (?P<id>[0-9a-f]{12})")
_KEY = re.compile(r"key (?P<id>[0-9a-f]{12})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that happened."""

    at: datetime
    what: str
    who: str


def history(request: Request, session: Session, document: DocumentRecord) -> list[Line]:
    """The latest first."""
    versions = versions_of(session, document.id)
    events = events_of(session, "document", document.id)[-MOST:]
    names = _names(session, [agent for _, _, agent, _ in events] + [version.agent for version in versions])
    lines = [Line(at=at, what=_what(request, kind), who=_who(request, agent, names)) for at, kind, agent, _ in events]
    for version in versions:
        changed = ", ".join(_field(request, name) for name in version.changed)
        what = say(request, "finding.version", version=version.version, changed=changed)
        told = f"{what} – {version.reason}" if version.reason else what
        lines.append(Line(at=version.at, what=told, who=_who(request, version.agent, names)))
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _names(session: Session, agents: Sequence[str]) -> dict[str, str]:
    ids = {match["id"] for agent in agents if (match := _ACCOUNT.match(agent))}
    rows = session.execute(select(AccountTable.id, AccountTable.name).where(AccountTable.id.in_(ids)))
    return dict(rows.tuples().all())


def _who(request: Request, agent: str, names: dict[str, str]) -> str:
    if match := _ACCOUNT.match(agent):
        return names.get(match["id"], agent)
    if match := _KEY.match(agent):
        return say(request, "finding.key", id=match["id"]) + agent[match.end() :]
    return say(request, "finding.system") if agent in ("", "sohoa") else agent


def _what(request: Request, kind: str) -> str:
    key = f"finding.event.{kind}"
    return say(request, key) if site_of(request).words.knows(key) else kind


def _field(request: Request, name: str) -> str:
    key = f"field.{name}"
    return say(request, key) if site_of(request).words.knows(key) else name
