"""The second person: samples of batches beside what was confirmed, and lists of disposal."""

from pathlib import Path

from storage.accounts import Role
from web.group import Entry, PageGroup
from web.sampling.routes import router
from web.sampling.words import WORDS

GROUP = PageGroup(
    name="sampling",
    folder=Path(__file__).resolve().parent,
    router=router,
    words=WORDS,
    entries=(Entry(key="sampling.nav", path="/samples", roles=frozenset({Role.SECOND})),),
)
