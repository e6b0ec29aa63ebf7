"""Prepares a page for reading: what it is, the faithful page as it will be stored, and a clean grey working copy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ocr.imaging.blank import is_blank
from ocr.imaging.ink import clean, seals
from ocr.imaging.skew import find_skew
from ocr.imaging.turning import levelled
from ocr.opening.raw import Image, RawPage
from ocr.page import Colour, PageFacts, TextLayer

WORTH_TURNING = 0.15  # degrees; a smaller turn blurs more strokes than it straightens


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A page ready for a recogniser."""

    facts: PageFacts
    faithful: Image  #: upright and level, in the scan's own colours
    grey: Image  #: black print on white, other ink faded
    scale: float  #: pixels of `grey` for one of `faithful`

    @property
    def grey_dpi(self) -> float:
        """Dots an inch of the working copy."""
        return self.facts.dpi * self.scale


def prepare(raw: RawPage, *, min_dpi: int) -> Prepared:
    """Turn, level and clean a page.

    min_dpi: below it the page is marked for another scan. A born-digital page is left as it is.
    """
    height, width = raw.image.shape[:2]
    facts = PageFacts(
        number=raw.number,
        width=width,
        height=height,
        dpi=raw.dpi,
        colour=raw.colour,
        text_layer=raw.text_layer,
        kept_bytes=raw.jpeg is not None,
        notes=raw.notes + _notes(raw, min_dpi),
        blank=is_blank(raw.image, raw.dpi),
    )
    if facts.blank or raw.text_layer is TextLayer.GOOD:
        return Prepared(facts=facts, faithful=raw.image, grey=raw.image, scale=1.0)
    grey = clean(raw.image, raw.dpi)
    faithful = raw.image
    skew = find_skew(grey, raw.dpi)
    if skew is not None:
        facts = replace(facts, skew=skew.degrees, skew_confidence=1 - 1 / skew.contrast, residual_skew=skew.degrees)
        if abs(skew.degrees) >= WORTH_TURNING:
            grey, faithful = levelled(grey, skew.degrees), levelled(faithful, skew.degrees)
            facts = replace(facts, kept_bytes=False, residual_skew=0.0)
    facts = replace(facts, seals=seals(faithful, raw.dpi))
    return Prepared(facts=facts, faithful=faithful, grey=grey, scale=1.0)


def _notes(raw: RawPage, min_dpi: int) -> tuple[str, ...]:
    notes = []
    if raw.dpi < min_dpi:
        notes.append(f"below {min_dpi} dpi")
    if raw.colour is Colour.BILEVEL:
        notes.append("black and white")
    return tuple(notes)
