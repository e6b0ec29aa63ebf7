"""Review: what the machine was not sure of, confirmed or corrected by a person, field by field."""

from pathlib import Path

from fastapi import FastAPI

from storage.accounts import Role
from web.group import Entry, PageGroup
from web.review.routes import Numbers, router
from web.review.words import WORDS


def _prepare(app: FastAPI) -> None:
    app.state.queue_numbers = Numbers()


GROUP = PageGroup(
    name="review",
    folder=Path(__file__).resolve().parent,
    router=router,
    words=WORDS,
    entries=(Entry(key="review.nav", path="/review", roles=frozenset({Role.CLERK})),),
    prepare=_prepare,
)
