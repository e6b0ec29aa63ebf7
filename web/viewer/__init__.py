"""Pages as pictures of any part and size, and papers as IIIF manifests."""

from pathlib import Path

from web.fields import WORDS
from web.group import PageGroup
from web.viewer.routes import prepare, router

GROUP = PageGroup(name="viewer", folder=Path(__file__).resolve().parent, router=router, words=WORDS, prepare=prepare)
