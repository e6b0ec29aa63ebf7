"""What the fields of one paper are judged with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ocr.fields.dates import ReadDate
from ocr.fields.head import Head
from ocr.fields.issuer import ReadIssuer
from ocr.fields.number import ReadNumber
from ocr.fields.printed import born_digital
from ocr.fields.rows import Text
from ocr.fields.value import Found
from ocr.geometry import Box
from ocr.page import Word
from ocr.rules import FieldName, KindRule, Rules

UNREAD = "ink beside it was not read"
LETTER_HIGH = 0.5  # of a usual word's height; lower ink is a mark or a speck
CLOSE_BY = 0.8  # heights of a word
LEVEL = 0.6  # of the ink's height that lies beside the word
UNCLEAR = "not clear"  # the doubt that another reading of the same value takes away


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A paper's first page taken apart, and what was found in its head."""

    rules: Rules
    kind: KindRule | None  #: None where it is not known
    text: Text
    head: Head
    today: date
    number: ReadNumber | None
    date: ReadDate | None
    issuer: ReadIssuer | None

    def found(self, words: Sequence[Word], text: Text | None = None) -> Found:
        """These words as evidence; text: of another page than the first."""
        return Found(page=(text or self.text).page, words=tuple(words))

    def unclear(self, name: FieldName, words: Sequence[Word], text: Text | None = None) -> bool:
        """Whether a word is less sure than this engine must be to be believed without support."""
        text = text or self.text
        if born_digital(text):
            return False
        engine = text.page.engine.name if text.page.engine else ""
        least = self.rules.fields.least_confidence(engine, name)
        return min((word.confidence for word in words), default=0.0) < least

    def unread_beside(self, words: Sequence[Word]) -> bool:
        """Whether ink as high as a letter was not read on a level with these words, among them or close by."""
        if born_digital(self.text):
            return False
        ink = [box for box in self.text.page.facts.left_over if box.height > LETTER_HIGH * self.text.height]
        return any(_beside(box, word.box) for box in ink for word in words)

    def expects(self, name: FieldName) -> bool:
        """Whether such a paper has that field."""
        return self.kind is not None and name in self.kind.expects


def _beside(ink: Box, word: Box) -> bool:
    away = max(word.x0 - ink.x1, ink.x0 - word.x1)
    shared = min(ink.y1, word.y1) - max(ink.y0, word.y0)
    return away < CLOSE_BY * word.height and shared > LEVEL * ink.height


def least(words: Sequence[Word]) -> float:
    """The least sure word's confidence; 0 where there are none."""
    return min((word.confidence for word in words), default=0.0)
