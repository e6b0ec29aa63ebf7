"""All fields of one paper: each rule's finding weighed against the others and against what the rules know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ocr.fields.codes import (
    citizen_id_doubts,
    find_business_codes,
    find_citizen_ids,
    find_dossier_codes,
    find_procedure_codes,
)
from ocr.fields.dates import ReadDate, dates_of
from ocr.fields.head import Head, head_of
from ocr.fields.issuer import ReadIssuer, bodies_letters, find_issuer
from ocr.fields.labelled import Labelled, labelled, name_behind
from ocr.fields.marks import find_mark
from ocr.fields.number import IN_HEAD, ReadNumber, find_number
from ocr.fields.printed import born_digital
from ocr.fields.rows import Row, Text, row_of, text_of
from ocr.fields.signer import block_on, deputy_doubts, find_name, name_doubts
from ocr.fields.subject import ReadSubject, in_left_column, under_title
from ocr.fields.value import Field, Found, decided, missing
from ocr.page import ReadPage, Word
from ocr.rules import KindRule, Rules
from ocr.vietnamese import key, name_case, one_form, plain_key, without_accents

SURE = 0.9  # confidence of every word of a value that nothing else supports
SURE_NAME = 0.9
FAIR = 0.75  # … of one that something else on the paper supports
SURE_TEXT = 0.93  # … of a long one, where one misread letter in fifty words would go unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """The pages of one paper that fields are read from."""

    first: ReadPage
    signing: tuple[ReadPage, ...]  #: the page with the signing block and the one behind it; may be `first` itself


@dataclass(slots=True)
class _Reading:
    """What the fields of one paper are read with."""

    rules: Rules
    kind: KindRule | None
    text: Text
    head: Head
    today: date
    number: ReadNumber | None = None
    date: ReadDate | None = None
    issuer: ReadIssuer | None = None

    def found(self, words: Sequence[Word], text: Text | None = None) -> Found:
        return Found(page=(text or self.text).page, words=tuple(words))

    def sure(self, words: Sequence[Word], least: float) -> bool:
        return born_digital(self.text) or min((word.confidence for word in words), default=0.0) >= least


def read_fields(pages: Papers, kind: KindRule | None, rules: Rules, *, today: date) -> dict[str, Field]:
    """The fields of a paper by name, those among them that its kind has and that were not found.

    kind: None where it is not known; then all that is found is kept and nothing is missed.
    """
    text = text_of(pages.first)
    reading = _Reading(rules=rules, kind=kind, text=text, head=head_of(text, rules), today=today)
    reading.number = find_number(reading.head, kind, rules)
    reading.issuer = find_issuer(reading.head, rules, above=_number_top(reading))
    reading.date = _best_date(reading)
    signing = [text if page is pages.first else text_of(page) for page in pages.signing]
    fields = [
        _number(reading),
        _date(reading),
        _place(reading),
        _issuer(reading),
        _subject(reading),
        *_signer(reading, signing),
        _urgency(reading),
        *_form_fields(reading),
    ]
    found = {field.name: field for field in fields if field is not None}
    for name in kind.expects if kind else ():
        found.setdefault(name, missing(name, pages.first))
    return found


def _number_top(reading: _Reading) -> float | None:
    number = reading.number
    return min(word.box.y0 for word in number.words) if number and number.rule == IN_HEAD else None


def _number(reading: _Reading) -> Field | None:
    number = reading.number
    if number is None or (number.value is None and not _expected(reading, "number")):
        return None
    doubts = list(number.doubts)
    kind = reading.kind
    if number.value and kind is not None:
        if kind.symbol and number.symbol and number.symbol != kind.symbol:
            doubts.append(f"its symbol says {number.symbol}, the paper is a {kind.name}")
        doubts += _body_doubts(reading, number)
    confidence = min((word.confidence for word in number.words), default=0.0)
    return decided(
        "number",
        number.value,
        reading.found(number.words),
        rule=f"behind its label, {number.rule}",
        confidence=max(confidence, 0.97) if not doubts else confidence,
        doubts=doubts,
    )


def _body_doubts(reading: _Reading, number: ReadNumber) -> list[str]:
    """Whether the body's letters in the symbol are those of the issuer."""
    if not number.body or born_digital(reading.text):
        return []
    issuer = reading.issuer.value if reading.issuer else ""
    first = number.body.split("-")[0].split("/")[0]
    shorts = reading.rules.fields.head.short_names
    agrees = (
        any(key(first) == key(short) and key(issuer).startswith(key(name)) for short, name in shorts.items())
        or without_accents(first).casefold() in without_accents(bodies_letters(issuer)).casefold()
    )
    rest = number.body[len(first) :]
    if agrees and not rest:
        return []
    if reading.sure(number.words[1:], 0.85):
        return []
    return ["the body's letters in its symbol are not clear"]


def _best_date(reading: _Reading) -> ReadDate | None:
    """The date of the head; where that has none, the last one over a signature."""
    in_head = dates_of(reading.head.right, reading.text, today=reading.today)
    if in_head:
        return in_head[0]
    rows = [row for row in reading.text.lines if len(row.words) <= 14 and row.box.x0 > 0.3 * reading.text.width]
    later = [found for found in dates_of(rows, reading.text, today=reading.today) if found.place]
    return later[-1] if later else None


def _date(reading: _Reading) -> Field | None:
    found = reading.date
    if found is None:
        return None
    doubts = list(found.doubts)
    value = found.value.isoformat() if found.value else None
    confidence = min(word.confidence for word in found.words)
    return decided(
        "date",
        value,
        reading.found((*found.place, *found.words)),
        rule="date line",
        confidence=max(confidence, 0.97) if not doubts else confidence,
        doubts=doubts,
    )


def _place(reading: _Reading) -> Field | None:
    found = reading.date
    if found is None or not found.place:
        return None
    value = " ".join(one_form(word.text).strip(" .,;:'\"|") for word in found.place).strip()
    provinces = {plain_key(name): name for name in reading.rules.fields.provinces.values()}
    doubts = []
    known = provinces.get(plain_key(value))
    issuer = reading.issuer.value if reading.issuer else ""
    agrees = bool(issuer) and key(issuer).endswith(key(value))
    if known is not None:
        value = known
    elif not agrees and not reading.sure(found.place, SURE):
        doubts.append("not clear")
    confidence = min(word.confidence for word in found.place)
    return decided(
        "place", value, reading.found(found.place), rule="before the date", confidence=confidence, doubts=doubts
    )


def _issuer(reading: _Reading) -> Field | None:
    found = reading.issuer
    if found is None:
        return None
    doubts = []
    place = _place(reading)
    supported = place is not None and place.value is not None and key(found.value).endswith(key(place.value))
    if not (found.known or supported or _letters_agree(reading, found) or born_digital(reading.text)):
        doubts.append("no body that the rules know")
    if not reading.sure(found.words, FAIR) and not (found.known or supported):
        doubts.append("not clear")
    confidence = min(word.confidence for word in found.words)
    return decided(
        "issuer",
        found.value,
        reading.found(found.words),
        rule="left column of the head" + (", accents put right" if found.repaired else ""),
        confidence=confidence,
        doubts=doubts,
    )


def _letters_agree(reading: _Reading, issuer: ReadIssuer) -> bool:
    number = reading.number
    if number is None or not number.body:
        return False
    letters = without_accents(bodies_letters(issuer.value)).casefold()
    return without_accents(number.body.split("-")[0]).casefold() == letters and reading.sure(issuer.words, SURE)


def _subject(reading: _Reading) -> Field | None:
    kind = reading.kind
    where = kind.subject if kind else "none"
    found: ReadSubject | None = None
    if where == "title":
        found = under_title(reading.head, reading.rules)
    elif where == "left":
        number = reading.number
        found = in_left_column(
            reading.head, reading.rules, below=max(word.box.y1 for word in number.words) if number else 0.0
        )
    if found is None or not found.text:
        return None
    doubts = list(found.doubts)
    if not reading.sure(found.words, SURE_TEXT):
        doubts.append("a word of it is not clear")
    confidence = min(word.confidence for word in found.words)
    return decided(
        "subject",
        found.text,
        reading.found(found.words),
        rule=f"subject, {where}",
        confidence=confidence,
        doubts=doubts,
    )


def _signer(reading: _Reading, signing: Sequence[Text]) -> list[Field]:
    if not signing or (reading.kind is not None and "signer" not in reading.kind.expects):
        return []
    block = block_on(signing[0], reading.rules)
    if block is None:
        return []
    fields = []
    if block.titles:
        words = [word for row in block.titles for word in row.words]
        doubts = list(deputy_doubts(block.printed))
        if not (block.known or reading.sure(words, SURE)):
            doubts.append("not clear")
        fields.append(
            decided(
                "signer_title",
                " / ".join(block.printed),
                Found(page=block.text.page, words=tuple(words)),
                rule="signing block",
                confidence=0.97 if block.known else min(word.confidence for word in words),
                doubts=doubts,
            )
        )
    name = find_name(block, reading.rules, signing[1] if len(signing) > 1 else None)
    if name is not None:
        doubts = list(name.doubts)
        if not reading.sure(name.words, SURE_NAME):
            doubts.append("not clear")
        fields.append(
            decided(
                "signer",
                name.value,
                Found(page=name.text.page, words=name.words),
                rule="under the signing block",
                confidence=min(word.confidence for word in name.words),
                doubts=doubts,
            )
        )
    return fields


def _urgency(reading: _Reading) -> Field | None:
    mark = find_mark(reading.text, reading.rules.fields.marks.urgency)
    if mark is None:
        return None
    doubts = [] if mark.exact or mark.row.confidence >= SURE else ["not clear"]
    return decided(
        "urgency",
        mark.phrase,
        reading.found(mark.row.words),
        rule="a mark that stands alone",
        confidence=mark.row.confidence,
        doubts=doubts,
    )


def _form_fields(reading: _Reading) -> list[Field | None]:
    labels = reading.rules.fields.labels
    return [
        _applicant(reading),
        _coded(reading, "citizen_id", labels.citizen_id, find_citizen_ids),
        _coded(reading, "business_code", labels.business_code, find_business_codes),
        _dossier_code(reading),
        _coded(reading, "procedure_code", labels.procedure_code, find_procedure_codes),
    ]


def _expected(reading: _Reading, name: str) -> bool:
    return reading.kind is not None and name in reading.kind.expects


def _applicant(reading: _Reading) -> Field | None:
    """The applicant or owner; only forms have one, running text does not."""
    if reading.kind is not None and not _expected(reading, "applicant"):
        return None
    for hit in labelled(reading.text, reading.rules.fields.labels.applicant, reading.rules, anywhere=False):
        words = name_behind(hit, reading.rules)
        if len(words) < 2:
            continue
        row = row_of(words)
        value = name_case(" ".join(one_form(word.text).strip(" .,;:'\"|") for word in words))
        doubts = list(name_doubts([word.text for word in words], reading.rules))
        if not reading.sure(words, SURE_NAME) and not _again(reading, value, row):
            doubts.append("not clear")
        return decided(
            "applicant",
            value,
            reading.found(words),
            rule=f"behind “{hit.label}”",
            confidence=row.confidence,
            doubts=doubts,
        )
    return None


def _again(reading: _Reading, value: str, row: Row) -> bool:
    """Whether a name stands on the paper a second time, letter for letter."""
    return sum(key(value) in key(line.text) for line in reading.text.lines if line.box != row.box) >= 2


def _coded(reading: _Reading, name: str, labels: Sequence[str], find: object) -> Field | None:
    """A code with a shape and checks, behind its label."""
    for hit in labelled(reading.text, labels, reading.rules, anywhere=True):
        for words in (hit.words, (*hit.words, *hit.following)):
            codes = find("".join(one_form(word.text) for word in words))  # type: ignore[operator]
            if not codes:
                continue
            used = _words_of(words, codes[0])
            doubts = _code_doubts(reading, name, codes[0])
            if not reading.sure(used, FAIR):
                doubts.append("not clear")
            return decided(
                name,
                codes[0],
                reading.found(used),
                rule=f"behind “{hit.label}”",
                confidence=min(word.confidence for word in used),
                doubts=doubts,
            )
    return None


def _words_of(words: Sequence[Word], code: str) -> tuple[Word, ...]:
    """The words that a code was read from."""
    used = [word for word in words if word.text.strip(" .,;:") and word.text.strip(" .,;:").upper() in code.upper()]
    return tuple(used or words)


def _code_doubts(reading: _Reading, name: str, code: str) -> list[str]:
    if name != "citizen_id":
        return []
    return list(citizen_id_doubts(code, provinces=reading.rules.fields.provinces, today=reading.today))


def _dossier_code(reading: _Reading) -> Field | None:
    page = reading.text.page
    for barcode in page.barcodes:
        codes = find_dossier_codes(barcode.text)
        if len(codes) == 1:
            word = Word(text=codes[0], box=barcode.box, confidence=1.0)
            return decided("dossier_code", codes[0], reading.found([word]), rule="QR code", confidence=0.999)
    for hit in labelled(reading.text, reading.rules.fields.labels.dossier_code, reading.rules, anywhere=True):
        found = _dossier_code_behind(reading, hit)
        if found is not None:
            return found
    return None


def _dossier_code_behind(reading: _Reading, hit: Labelled) -> Field | None:
    for words in (hit.words, (*hit.words, *hit.following)):
        codes = find_dossier_codes(" ".join(word.text for word in words))
        if codes:
            used = _words_of(words, codes[0])
            doubts = [] if reading.sure(used, FAIR) else ["not clear"]
            return decided(
                "dossier_code",
                codes[0],
                reading.found(used),
                rule=f"behind “{hit.label}”",
                confidence=min(word.confidence for word in used),
                doubts=doubts,
            )
    return None
