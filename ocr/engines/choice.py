"""Which recogniser reads the pages: a province's choice, by name."""

from __future__ import annotations

from enum import StrEnum

from ocr.engines import Recogniser
from ocr.engines.reader import Reader
from ocr.engines.tesseract import Tesseract


class EngineName(StrEnum):
    """The recognisers there are."""

    TESSERACT = "tesseract"  # any language that it has a model for
    READER = "reader"  # our own, for Vietnamese print


def recogniser(name: EngineName, *, languages: str, timeout_s: float) -> Recogniser:
    """The recogniser of that name. Languages and time are for Tesseract: the reader knows Vietnamese, cannot hang."""
    if name is EngineName.READER:
        return Reader()
    return Tesseract(languages=languages, timeout_s=timeout_s)
