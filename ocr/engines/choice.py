"""Which recogniser reads the pages: a province's choice, by name."""

from __future__ import annotations

from enum import StrEnum

from ocr.engines import Recogniser


class EngineName(StrEnum):
    """The recognisers there are."""

    TESSERACT = "tesseract"  # any language that it has a model for
    READER = "reader"  # our own, for Vietnamese print


def recogniser(name: EngineName, *, languages: str, timeout_s: float) -> Recogniser:
    """The recogniser of that name. Languages and time are for Tesseract: the reader knows Vietnamese, cannot hang."""
    if name is EngineName.READER:  # imported where it is used: settings need the names alone
        from ocr.engines.reader import Reader

        return Reader()
    from ocr.engines.tesseract import Tesseract

    return Tesseract(languages=languages, timeout_s=timeout_s)
