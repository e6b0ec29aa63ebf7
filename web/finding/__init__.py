"""Finding: one line to search, papers and dossiers as they are kept, their history and their files."""

from pathlib import Path

from fastapi import APIRouter

from storage.accounts import Role
from web.finding import dossier, paper, search
from web.finding.words import WORDS
from web.group import Entry, PageGroup

_router = APIRouter()
for _part in (search, paper, dossier):
    _router.include_router(_part.router)

GROUP = PageGroup(
    name="finding",
    folder=Path(__file__).resolve().parent,
    router=_router,
    words=WORDS,
    entries=(Entry(key="finding.nav", path="/find", roles=frozenset(set(Role) - {Role.ADMINISTRATOR})),),
)
