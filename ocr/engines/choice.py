"""Which recogniser reads the pages: a province's choice, by name.

Engines are entry points of the group `sohoa.engines`, ours among them: a package that brings another one is installed
beside Sohoa, and its name can be set at once. An entry point names a function or class that takes `languages` (by
Tesseract's names, + between) and `timeout_s` (seconds that an outside program may take for a page) and gives a
Recogniser.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from ocr.engines import Recogniser
from ocr.errors import EngineMissing

GROUP = "sohoa.engines"
READER, TESSERACT = "reader", "tesseract"  # ours


@lru_cache(maxsize=1)
def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def engine_names() -> tuple[str, ...]:
    """The engines that are installed, in alphabetical order."""
    return tuple(sorted(_installed()))


def recogniser(name: str, *, languages: str, timeout_s: float) -> Recogniser:
    """The recogniser of that name, for these languages.

    Raises EngineMissing where no installed package brings it or its package cannot be loaded.
    """
    point = _installed().get(name)
    if point is None:
        raise EngineMissing(name, f"no such engine is installed, only {', '.join(engine_names())}")
    try:
        make = point.load()
    except (ImportError, AttributeError) as error:
        raise EngineMissing(name, f"its package cannot be loaded: {error}") from error
    made: Recogniser = make(languages=languages, timeout_s=timeout_s)
    return made
