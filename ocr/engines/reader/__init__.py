"""A reader of our own for Vietnamese print (docs/reader.md): finds the lines of a page and reads them.

It was trained on lines that `training/` typesets, on no real paper. Hand-writing comes out as a box, not as letters;
seals, signatures, rules and noise come out as nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ocr.engines import Reading
from ocr.engines.reader.blanks import with_missed_blanks
from ocr.engines.reader.confidence import load
from ocr.engines.reader.covered import LineRead, with_covered_ends
from ocr.engines.reader.decoding import Letter, decode_lines
from ocr.engines.reader.doubt import looked_at_again, with_syllables
from ocr.engines.reader.hands import digits_unlike_print, without_parts_of_numbers
from ocr.engines.reader.letters import HANDWRITING
from ocr.engines.reader.neighbours import with_neighbours
from ocr.engines.reader.network import WEIGHTS, Network
from ocr.engines.reader.words import BESIDE, from_next_letter, unread_of, words_of
from ocr.geometry import Box, around
from ocr.lines import Crop, cut_out, find_lines
from ocr.opening.raw import Image
from ocr.page import Engine, Line, Word

__all__ = ["HANDWRITING", "Reader"]

VERSION = "1"
NOISE = 0.35  # confidence of a line below which it is a seal, a signature or dirt, not print
NOISE_OF_FEW = (0.8, 0.6, 0.6)  # the same for lines of no letter or digit, of one, of two: strokes, nearly always


class Reader:
    """Reads pages with the network of `weights`. Holds no page and no process."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._network = Network(weights)
        self._calibration = load(weights)

    def describe(self) -> Engine:
        """See Recogniser.describe."""
        return Engine(
            name="sohoa reader",
            version=VERSION,
            model=self._network.sha256,
            settings=f"confidence from {self._calibration.letters} letters",
        )

    def read(self, grey: Image, *, dpi: float, source: str, page: int, scratch: Path) -> Reading:  # noqa: ARG002
        """See Recogniser.read. Lines as they were found; `ocr.layout` puts them in reading order."""
        return self.read_image(grey, dpi=dpi)

    def read_image(self, grey: Image, *, dpi: float) -> Reading:
        """The lines of a clean, upright, level page, (height, width), boxes in its pixels."""
        found = find_lines(grey, dpi)
        crops = {index: cut_out(grey, found, index) for index in range(len(found.lines))}
        kept = {index: crop for index, crop in crops.items() if crop is not None}
        read = {
            index: LineRead(found.lines[index], crop, letters)
            for (index, crop), letters in zip(kept.items(), self.read_crops(list(kept.values())), strict=True)
        }
        read = with_covered_ends(grey, found, read, self.read_crops)
        lines: list[Line] = []
        hands: list[Box] = []
        unread: list[Box] = []
        for line, crop, as_read in ((one.line, one.crop, one.letters) for one in read.values()):
            letters = with_neighbours(with_missed_blanks(as_read, line, crop))
            words = words_of(letters, line, crop)
            if not words or _is_noise(words):
                continue
            ink = from_next_letter(letters, line, crop)
            unread += unread_of(ink, line)
            words = without_parts_of_numbers(words, unread_of(ink, line, away=BESIDE), line.height)
            print_ = tuple(word for word in words if word.text != HANDWRITING)
            hands += [word.box for word in words if word.text == HANDWRITING]
            hands += digits_unlike_print(letters, line, crop)
            if print_:
                box = line.box if len(print_) == len(words) else around(word.box for word in print_)
                lines.append(Line(words=print_, box=box, block=0))
        return Reading(lines=tuple(lines), handwriting=tuple(hands), left_over=(*found.loose, *unread))

    def read_crops(self, crops: list[Crop]) -> list[list[Letter]]:
        """The letters of each crop, unsure lines looked at again."""
        images = [crop.image for crop in crops]
        read = looked_at_again(images, self._decoded(images), self._decoded)
        return [with_syllables(letters) for letters in read]

    def _decoded(self, images: Sequence[Image]) -> list[list[Letter]]:
        return decode_lines(self._network.levels(images), self._network.step, self._calibration)


def _is_noise(words: tuple[Word, ...]) -> bool:
    mean = sum(word.confidence * len(word.text) for word in words) / sum(len(word.text) for word in words)
    letters = sum(map(str.isalnum, "".join(word.text for word in words)))
    return mean < (NOISE_OF_FEW[letters] if letters < len(NOISE_OF_FEW) else NOISE)
