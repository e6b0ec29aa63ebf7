"""The leader's page: the digitisation figures of QĐ 766/QĐ-TTg, drawn and as a table, with targets, for print."""

from pathlib import Path

from storage.accounts import Role
from web.group import Entry, PageGroup
from web.leader.routes import router
from web.leader.words import WORDS

GROUP = PageGroup(
    name="leader",
    folder=Path(__file__).resolve().parent,
    router=router,
    words=WORDS,
    entries=(Entry(key="leader.nav", path="/figures", roles=frozenset({Role.LEADER, Role.OPERATOR})),),
)
