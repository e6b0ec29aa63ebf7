"""Which recogniser reads the pages: a province's choice, by name."""

from __future__ import annotations

from enum import StrEnum

from ocr.engines import Recogniser


class EngineName(StrEnum):
    """The recognisers there are."""

    TESSERACT = "tesseract"  # any language that it has a model for
    READER = "reader"  # our own, for Vietnamese print


VIETNAMESE = "vie"  # the one language that our own reader knows


def recogniser(name: EngineName, *, languages: str, timeout_s: float) -> Recogniser:
    """The recogniser of that name; Tesseract where other languages are asked for than the reader knows.

    timeout_s: for Tesseract; the reader cannot hang. Imports where used: settings need the names alone.
    """
    if name is EngineName.READER and languages == VIETNAMESE:
        from ocr.engines.reader import Reader

        return Reader()
    from ocr.engines.tesseract import Tesseract

    return Tesseract(languages=languages, timeout_s=timeout_s)
