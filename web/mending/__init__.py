"""Mending pages: split, join, turn, order, blank, scan again, another dossier."""

from pathlib import Path

from web.group import PageGroup
from web.mending.routes import router
from web.mending.words import WORDS

GROUP = PageGroup(name="mending", folder=Path(__file__).resolve().parent, router=router, words=WORDS)
