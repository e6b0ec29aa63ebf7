"""Prepares a page for reading: what it is, the faithful page as it will be stored, and a clean grey working copy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ocr.geometry import Box, around
from ocr.imaging.blank import is_blank
from ocr.imaging.ink import (
    WHITE,
    WHITE_OF_RESTLESS,
    Inks,
    is_blue_print,
    levelled_light,
    part_inks,
    texture,
    with_blue_ink,
    without_colour,
)
from ocr.imaging.marks import Marks, PrintedLine, find_marks
from ocr.imaging.orientation import Turn, find_turn
from ocr.imaging.photo import find_sheet, flattened
from ocr.imaging.pieces import Pieces, find_pieces
from ocr.imaging.quality import find_quality, reason_to_scan_again
from ocr.imaging.scale import LOOK_DPI, PRINT_DPI, halved, halved_to
from ocr.imaging.skew import Skew, find_skew, remaining_skew
from ocr.imaging.spread import find_leaves, levelled
from ocr.imaging.structure import Structure, find_structure, grey_seals
from ocr.imaging.turning import Placement, place, placed, quarter_turned
from ocr.opening.raw import Image, RawPage
from ocr.page import Colour, PageFacts, TextLayer

WORTH_LEVELLING = 0.12  # degrees; a smaller turn blurs more strokes than it straightens, and costs the scan's bytes
READ_DPI = (150.0, 380.0)  # scans are read as they are within this; below they are enlarged, above they are halved
ENLARGE = 2.0
MANY_LETTERS = 60  # no page with as many is blank
RESTLESS = 1.6  # texture of the paper from which it is softened; on quiet paper accents would suffer
SOFTEN = 1.2  # standard deviation in pixels: paper's texture goes, strokes of print stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A page ready for a recogniser."""

    facts: PageFacts
    faithful: Image  #: upright and level, in the scan's own colours
    grey: Image  #: black print on white, other ink faded
    scale: float  #: pixels of `grey` for one of `faithful`
    coloured_print: tuple[PrintedLine, ...] = ()  #: lines in colour, which `grey` does not show; stored-page pixels
    other_turns: tuple[int, ...] = ()  #: rotations that are worth a try where this one reads badly

    @property
    def grey_dpi(self) -> float:
        """Dots an inch of the working copy."""
        return self.facts.dpi * self.scale


@dataclass(frozen=True, slots=True)
class _Clean:
    """A scan's clean grey page, still as it lay on the glass."""

    grey: Image  #: full size, halved where there are more dots than reading needs
    scale: float  #: pixels of `grey` for one of the scan
    small: Image  #: of `grey`, at about 150 dpi
    small_scale: float  #: pixels of `small` for one of the scan
    look: Image  #: the scan in its own colours, at about 75 dpi
    look_dpi: float
    restless: bool  #: the paper has a texture that a recogniser takes for ink


def prepare(raw: RawPage, *, min_dpi: int, rotation: int | None = None) -> Prepared:
    """Turn, level and clean a page.

    min_dpi: below it the page is marked for another scan. rotation: taken as given instead of found, to try another.
    A born-digital page is left as it is.
    """
    if raw.text_layer is TextLayer.GOOD:
        facts = replace(_first_facts(raw, min_dpi), blank=not raw.lines and is_blank(raw.image, raw.dpi))
        return Prepared(facts=facts, faithful=raw.image, grey=raw.image, scale=1.0)
    return _prepared(_flat(raw), min_dpi, rotation)


def _prepared(raw: RawPage, min_dpi: int, rotation: int | None, *, leaves_are_level: bool = False) -> Prepared:
    facts = _first_facts(raw, min_dpi)
    clean = _cleaned(raw)
    pieces = find_pieces(clean.small, raw.dpi * clean.small_scale)
    turn = find_turn(pieces)
    if int(max(pieces.letters.sum(), pieces.lying_letters.sum())) < MANY_LETTERS and is_blank(raw.image, raw.dpi):
        return Prepared(facts=replace(facts, blank=True), faithful=raw.image, grey=clean.grey, scale=clean.scale)
    if rotation is not None and rotation != turn.rotation:
        turn = find_turn(pieces, rotation=rotation)
    small = quarter_turned(clean.small, turn.rotation)
    standing = find_pieces(small, raw.dpi * clean.small_scale) if turn.rotation else pieces
    leaves = None if leaves_are_level else find_leaves(small, standing)
    if leaves is not None:
        return _prepared(levelled(raw, turn.rotation, leaves), min_dpi, rotation, leaves_are_level=True)
    skew = find_skew(small, standing, turn.peak)
    placement = _placement(raw, turn, skew, pieces, clean)
    facts = replace(
        facts,
        rotation=turn.rotation,
        rotation_confidence=turn.confidence,
        skew=skew.degrees if skew else 0.0,
        skew_confidence=skew.confidence if skew else 0.0,
        width=placement.size[0],
        height=placement.size[1],
        kept_bytes=facts.kept_bytes and placement.is_identity,
        notes=facts.notes + _skew_notes(skew),
    )
    return _finished(raw, clean, pieces, placement, facts, turn, min_dpi)


def _flat(raw: RawPage) -> RawPage:
    """A photo's sheet made flat; any other page as it came."""
    sheet = find_sheet(raw.image, dpi_is_known=raw.dpi_is_known)
    if sheet is None:
        return raw
    image, dpi = flattened(raw.image, sheet)
    notes = (*raw.notes, "photo of a sheet: its perspective was straightened")
    return replace(raw, image=image, dpi=dpi, jpeg=None, notes=notes)


def _first_facts(raw: RawPage, min_dpi: int) -> PageFacts:
    notes = list(raw.notes)
    if raw.dpi < min_dpi:
        notes.append(f"below {min_dpi} dpi")
    if raw.colour is Colour.BILEVEL:
        notes.append("black and white: no colour tells seals from print")
    elif raw.colour is Colour.GREY:
        notes.append("grey: no colour tells seals from print")
    return PageFacts(
        number=raw.number,
        width=raw.image.shape[1],
        height=raw.image.shape[0],
        dpi=raw.dpi,
        colour=raw.colour,
        text_layer=raw.text_layer,
        kept_bytes=raw.jpeg is not None,
        notes=tuple(notes),
    )


def _skew_notes(skew: Skew | None) -> tuple[str, ...]:
    if skew is None or not skew.uneven:
        return ()
    return (f"parts of the page lean differently, by {skew.uneven:.1f} degrees: the sheet slipped or is pasted up",)


def _cleaned(raw: RawPage) -> _Clean:
    image, scale = raw.image, 1.0
    while raw.dpi * scale > READ_DPI[1]:
        image, scale = halved(image), scale / 2
    plain = with_blue_ink(image) if is_blue_print(image) else without_colour(image)
    restless = texture(plain) >= RESTLESS
    grey = levelled_light(plain, raw.dpi * scale, white=WHITE_OF_RESTLESS if restless else WHITE)
    small, small_dpi = halved_to(grey, raw.dpi * scale, PRINT_DPI)
    look, look_dpi = halved_to(image, raw.dpi * scale, LOOK_DPI)
    return _Clean(grey, scale, small, small_dpi / raw.dpi, look, look_dpi, restless=restless)


def _placement(raw: RawPage, turn: Turn, skew: Skew | None, pieces: Pieces, clean: _Clean) -> Placement:
    """Where the scan goes; letters are not let fall off the page."""
    height, width = raw.image.shape[:2]
    degrees = skew.degrees if skew and abs(skew.degrees) >= WORTH_LEVELLING else 0.0
    kept = np.flatnonzero(pieces.letters)
    keep: Box | None = None
    if degrees and len(kept):
        right, bottom = pieces.x[kept] + pieces.width[kept], pieces.y[kept] + pieces.height[kept]
        sides = (pieces.x[kept].min(), pieces.y[kept].min(), right.max(), bottom.max())
        keep = Box(*(float(side) / clean.small_scale for side in sides))
    return place(width, height, rotation=turn.rotation, degrees=degrees, keep=keep)


def _finished(
    raw: RawPage,
    clean: _Clean,
    pieces: Pieces,
    placement: Placement,
    facts: PageFacts,
    turn: Turn,
    min_dpi: int,
) -> Prepared:
    """The page as it will be stored and read, with everything that is told from it."""
    faithful = _faithful(raw, placement)
    scale = clean.scale * (ENLARGE if raw.dpi < READ_DPI[0] else 1.0)
    grey = placed(clean.grey, placement, scale=scale, reduced=clean.scale)
    if scale == clean.scale:
        small, _ = halved_to(grey, raw.dpi * scale, PRINT_DPI)  # cheaper than a second warp, and sharper
    else:
        small = placed(clean.small, placement, scale=clean.small_scale, reduced=clean.small_scale)
    there = pieces.placed(placement, 1 / clean.small_scale)
    structure = find_structure(small, there, 1 / clean.small_scale)
    left = remaining_skew(small, structure.runs) if placement.degrees else facts.skew
    look_scale = clean.look_dpi / raw.dpi
    inks = part_inks(placed(clean.look, placement, scale=look_scale, reduced=look_scale), clean.look_dpi)
    marks = find_marks(inks, faithful, raw.dpi)
    facts = _with_places(replace(facts, residual_skew=left), structure, marks, inks, 1 / look_scale)
    quality = find_quality(small, inks)
    letters = int(there.letters.sum())
    again = reason_to_scan_again(
        quality, dpi=raw.dpi, dpi_is_known=raw.dpi_is_known, min_dpi=min_dpi, letters=letters
    )
    facts = replace(facts, sharpness=quality.sharpness, contrast=quality.contrast, scan_again=again)
    if clean.restless:
        grey = np.asarray(cv2.GaussianBlur(grey, (3, 3), SOFTEN), np.uint8)
    return Prepared(
        facts=facts,
        faithful=faithful,
        grey=grey,
        scale=scale,
        coloured_print=marks.coloured_print,
        other_turns=turn.others,
    )


def _faithful(raw: RawPage, placement: Placement) -> Image:
    """The scan turned and levelled; one of black and white stays so."""
    if placement.is_identity:
        return raw.image
    turned = placed(raw.image, placement)
    if raw.colour is Colour.BILEVEL and placement.degrees:
        return np.asarray(cv2.threshold(turned, 127, 255, cv2.THRESH_BINARY)[1], np.uint8)
    return turned


def _with_places(facts: PageFacts, structure: Structure, marks: Marks, inks: Inks, scale: float) -> PageFacts:
    seals = marks.seals if inks.red is not None else grey_seals(inks.dark, inks.dpi, scale)
    written = [box for box in structure.signatures if not any(_within(box, seal) for seal in seals)]
    return replace(
        facts,
        seals=seals,
        stamps=marks.stamps,
        signatures=(*marks.signatures, *written),
        handwriting=marks.handwriting,
        red_print=tuple(line.box for line in marks.coloured_print if line.sure),
        rules=structure.rules,
        tables=structure.tables,
        crop=around([*([structure.crop] if structure.crop else []), *seals]) if structure.crop or seals else None,
        fill=structure.fill,
    )


def _within(box: Box, seal: Box) -> bool:
    return box.overlap(seal) > 0.6 * box.width * box.height
