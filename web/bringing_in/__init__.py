"""Bringing in: files and folders dropped on the page, how far they are, what became of yesterday's, what to print."""

from pathlib import Path

from storage.accounts import Role
from web.bringing_in.routes import router
from web.bringing_in.words import WORDS
from web.group import Entry, PageGroup

GROUP = PageGroup(
    name="bringing_in",
    folder=Path(__file__).resolve().parent,
    router=router,
    words=WORDS,
    entries=(Entry(key="bring.nav", path="/bring", roles=frozenset({Role.CLERK, Role.OPERATOR})),),
)
