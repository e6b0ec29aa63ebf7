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
from ocr.page import Word
from ocr.rules import FieldName, KindRule, Rules

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

    def expects(self, name: FieldName) -> bool:
        """Whether such a paper has that field."""
        return self.kind is not None and name in self.kind.expects


def least(words: Sequence[Word]) -> float:
    """The least sure word's confidence; 0 where there are none."""
    return min((word.confidence for word in words), default=0.0)
