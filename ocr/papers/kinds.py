"""What a paper is, from everything on its first page that speaks for one kind or another."""

from __future__ import annotations

import re
from collections import defaultdict

from ocr.fields.head import Head
from ocr.fields.number import ReadNumber
from ocr.fields.subject import opens_subject
from ocr.papers.paper import UNKNOWN, Kind
from ocr.rules import KindRule, Rules, phrase_plain

TITLE = 1.0  # weight of a title that was read without a mistake
SYMBOL = 0.7  # of the type's letters in the number
LETTER = 0.8  # of V/v in the left column with an address
LETTER_NUMBER = 0.35  # of a number that has a body's letters but no type's
SHAPE = 0.3  # of a number that only this kind has
PHRASE = 0.15  # of each phrase of the form
MOST_PHRASES = 0.45
LEAST = 0.3  # below it nothing is known
CLEAR = 0.5  # lead over the runner-up that leaves no doubt
_BLANKS = re.compile(r"\s+")


def kind_of(head: Head, number: ReadNumber | None, rules: Rules) -> Kind:
    """Weigh title, symbol, layout and phrases; UNKNOWN where they weigh too little."""
    weights: dict[str, float] = defaultdict(float)
    letter = _is_letter(head, rules)
    if head.title is not None and not (letter and _below_address(head)):
        weights[head.title.kind.code] += TITLE * head.title.likeness
    flat = _BLANKS.sub(" ", head.text.plain)
    for kind in rules.kinds:
        weights[kind.code] += _of_number(kind, number) + _of_phrases(kind, flat)
        if kind.layout == "letter":
            weights[kind.code] += LETTER if letter else 0.0
            weights[kind.code] += LETTER_NUMBER if number and number.body and not number.symbol else 0.0
    ranked = sorted(weights.items(), key=lambda one: -one[1])
    (code, weight), (second, second_weight) = ranked[0], ranked[1] if len(ranked) > 1 else ("", 0.0)
    rule = rules.kind(code)
    if rule is None or weight < LEAST:
        return UNKNOWN
    lead = min(1.0, (weight - second_weight) / CLEAR)
    confidence = round(min(0.999, 0.5 * min(1.0, weight) + 0.5 * lead), 3)
    return Kind(
        code=code,
        name=rule.name,
        confidence=confidence,
        runner_up=second if second_weight >= LEAST / 2 else None,
        role=rule.role,
    )


def _is_letter(head: Head, rules: Rules) -> bool:
    """Whether the left column has a letter's subject and somebody is addressed."""
    return head.addressed is not None and any(opens_subject(row, rules) for row in head.left)


def _below_address(head: Head) -> bool:
    return head.title is not None and head.addressed is not None and head.title.box.y0 > head.addressed.box.y0


def _of_number(kind: KindRule, number: ReadNumber | None) -> float:
    if number is None or number.value is None:
        return 0.0
    if kind.symbol and number.symbol == kind.symbol:
        return SYMBOL
    return SHAPE if any(re.fullmatch(pattern, number.value) for pattern in kind.numbers) else 0.0


def _of_phrases(kind: KindRule, flat: str) -> float:
    said = sum(phrase_plain(phrase) in flat for phrase in kind.phrases)
    return min(MOST_PHRASES, PHRASE * said)
