"""The operator's page: what runs, what waits, what failed and is tried again at a key."""

from pathlib import Path

from storage.accounts import Role
from web.group import Entry, PageGroup
from web.operator.routes import router
from web.operator.words import WORDS

GROUP = PageGroup(
    name="operator",
    folder=Path(__file__).resolve().parent,
    router=router,
    words=WORDS,
    entries=(Entry(key="operator.nav", path="/operate", roles=frozenset({Role.OPERATOR})),),
)
