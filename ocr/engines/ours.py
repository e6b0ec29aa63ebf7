"""The entry points of our two engines; what they need is imported only where one is asked for."""

from __future__ import annotations

from ocr.engines import Recogniser

VIETNAMESE = "vie"  # the one language that our own reader knows


def reader(*, languages: str, timeout_s: float) -> Recogniser:
    """Our own reader of Vietnamese print; Tesseract where other languages are asked for than it knows."""
    if languages != VIETNAMESE:
        return tesseract(languages=languages, timeout_s=timeout_s)
    from ocr.engines.reader import Reader

    return Reader()


def tesseract(*, languages: str, timeout_s: float) -> Recogniser:
    """Tesseract, for every language that it has a model for."""
    from ocr.engines.tesseract import Tesseract

    return Tesseract(languages=languages, timeout_s=timeout_s)
