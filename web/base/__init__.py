"""What every page stands on: the frame, the style, files, the language, errors."""

from pathlib import Path

from web.base.routes import router
from web.base.words import WORDS
from web.group import PageGroup

GROUP = PageGroup(name="base", folder=Path(__file__).resolve().parent, router=router, words=WORDS)
