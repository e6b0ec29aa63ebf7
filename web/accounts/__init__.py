"""Signing in and out, one's own account, and the people of the house."""

from pathlib import Path

from fastapi import APIRouter

from storage.accounts import Role
from web.accounts import own, people, sign_in
from web.accounts.words import WORDS
from web.group import Entry, PageGroup

_router = APIRouter()
for _part in (sign_in, own, people):
    _router.include_router(_part.router)

GROUP = PageGroup(
    name="accounts",
    folder=Path(__file__).resolve().parent,
    router=_router,
    words=WORDS,
    entries=(Entry(key="accounts.people", path="/people", roles=frozenset({Role.ADMINISTRATOR})),),
)
