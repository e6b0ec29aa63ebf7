"""What was read of one field, with everything that a person needs to judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ocr.geometry import Box, around
from ocr.page import ReadPage, Word


class FieldStatus(StrEnum):
    """Whether a person must look."""

    ACCEPTED = "accepted"  # nearly never wrong
    REVIEW = "review"  # found but doubtful, or not found where the paper should have it


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a paper."""

    name: str  #: as in the report contract: number, date, issuer …
    value: str | None  #: None where it was looked for and not found
    confidence: float  #: 0 to 1
    status: FieldStatus
    page: int  #: within the source, from 1
    box: Box  #: stored-page pixels of that page; the whole page where nothing was found
    evidence: str  #: the words of the page, or the code, that the value was read from
    rule: str  #: which rule found it, for people
    doubts: tuple[str, ...] = ()  #: what speaks against accepting it, for people; empty where it was accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Words of one page that a rule points at."""

    page: ReadPage
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words with single blanks between."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """The smallest box around the words; the whole page where there are none."""
        return around(word.box for word in self.words) if self.words else whole(self.page)

    @property
    def confidence(self) -> float:
        """The least sure word's confidence; 0 where there are none."""
        return min((word.confidence for word in self.words), default=0.0)


def whole(page: ReadPage) -> Box:
    """The page's own box."""
    return Box(0.0, 0.0, float(page.facts.width), float(page.facts.height))


def decided(
    name: str, value: str | None, found: Found, *, rule: str, confidence: float, doubts: Sequence[str] = ()
) -> Field:
    """A field that is accepted unless there is no value or something speaks against it.

    doubts: what speaks against accepting it, for people; a doubted value's confidence is one half at most.
    """
    accepted = value is not None and not doubts
    return Field(
        name=name,
        value=value,
        confidence=round(max(0.0, min(1.0, confidence)) if accepted else min(confidence, 0.5), 3),
        status=FieldStatus.ACCEPTED if accepted else FieldStatus.REVIEW,
        page=found.page.facts.number,
        box=found.box,
        evidence=found.text,
        rule=rule,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def missing(name: str, page: ReadPage) -> Field:
    """A field that such a paper has and that was not found."""
    found = Found(page=page, words=())
    return decided(name, None, found, rule="expected on this kind of paper", confidence=0.0, doubts=("not found",))
