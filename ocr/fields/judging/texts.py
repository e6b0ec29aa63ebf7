"""Judges subject, signer and marks: words that nothing else on the paper repeats, so that each must be clear."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.fields.consensus import agreed, nearly_compounds
from ocr.fields.judging.case import UNCLEAR, UNREAD, Case, least
from ocr.fields.marks import find_mark
from ocr.fields.printed import born_digital
from ocr.fields.rows import Text
from ocr.fields.signer import Block, ReadName, block_on, covered_title, deputy_doubts, find_name
from ocr.fields.subject import ReadSubject, in_left_column, trimmed, under_title
from ocr.fields.value import Field, decided
from ocr.fields.wording import letters_of
from ocr.vietnamese import is_in_use

WHOLE_NAME = 3  # words; names of two are few, and those of three whose first lies under a seal are not


def subject_field(case: Case, hear: Sequence[Text]) -> Field | None:
    """What the paper is about, from where its kind has it.

    hear: pages of the paper that may say its words again.
    """
    where = case.kind.subject if case.kind else "none"
    found: ReadSubject | None = None
    if where == "title":
        found = under_title(case.head, case.rules)
    elif where == "left":
        below = max(word.box.y1 for word in case.number.words) if case.number else 0.0
        found = in_left_column(case.head, case.rules, below=below)
    if found is None or not found.words:
        return None
    value = agreed(found.words, (case.text, *hear), case.rules.compounds)
    doubts = list(found.doubts)
    if case.unclear("subject", found.words):
        doubts.append("a word of it is not clear")
    if case.unread_beside(found.words):
        doubts.append(UNREAD)
    odd = nearly_compounds(found.words, case.rules.compounds) if not born_digital(case.text) else ()
    strange = [word for word in value.text.split() if _strange(word)] if not born_digital(case.text) else []
    if strange:
        doubts.append(f"no Vietnamese syllable: {', '.join(strange)}")
    if odd:
        doubts.append(f"it may be misread: {', '.join(odd)}")
    if value.changed:
        doubts.append(f"accents put right: it was read {', '.join(value.changed)}")
    return decided(
        "subject",
        trimmed(value.text),
        case.found(found.words),
        rule="under the title" if where == "title" else "under the number",
        confidence=least(found.words),
        doubts=doubts,
    )


def _strange(word: str) -> bool:
    """Whether a word in small letters is none of the language: misread, or a piece whose other letters were lost."""
    bare = word.strip(" .,;:()“”\"'‘’")
    return bare.isalpha() and bare.islower() and not is_in_use(bare)


def signing_fields(case: Case, signing: Sequence[Text]) -> list[Field]:
    """Titles and name of who signed.

    signing: the page with the signing block, and the one behind it where there is one.
    """
    if not signing or (case.kind is not None and not case.expects("signer")):
        return []
    block = block_on(signing[0], case.rules)
    if block is None:
        return []
    name = find_name(block, case.rules, signing[1] if len(signing) > 1 else None)
    fields = [_title_field(case, block)] if block.titles else []
    return [*fields, _signer_field(case, name)] if name else fields


def _title_field(case: Case, block: Block) -> Field:
    words = [word for row in block.titles for word in row.words]
    doubts = list(deputy_doubts(block.printed))
    if not block.known and case.unclear("signer_title", words, block.text):
        doubts.append(UNCLEAR)
    if any(covered_title(letters_of(row.text), case.rules) for row in block.titles):
        doubts.append("its first letters are covered, and more words may be")
    return decided(
        "signer_title",
        " / ".join(block.printed),
        case.found(words, block.text),
        rule="signing block",
        confidence=least(words),
        doubts=doubts,
    )


def _signer_field(case: Case, name: ReadName) -> Field:
    doubts = list(name.doubts)
    if len(name.words) < WHOLE_NAME and not born_digital(case.text):
        doubts.append("two words may be the end of a name whose beginning is covered")
    if case.unclear("signer", name.words, name.text):
        doubts.append(UNCLEAR)
    return decided(
        "signer",
        name.value,
        case.found(name.words, name.text),
        rule="under the signing block",
        confidence=least(name.words),
        doubts=doubts,
    )


def urgency_field(case: Case) -> Field | None:
    """The mark of how urgent the paper is."""
    mark = find_mark(case.text, case.rules.fields.marks.urgency)
    if mark is None:
        return None
    doubts = [] if mark.exact or not case.unclear("urgency", mark.row.words) else [UNCLEAR]
    return decided(
        "urgency",
        mark.phrase,
        case.found(mark.row.words),
        rule="a mark that stands alone",
        confidence=mark.row.confidence,
        doubts=doubts,
    )
