"""Judges what stands behind the labels of forms: names and codes, each with the checks that it allows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ocr.fields.codes import (
    citizen_id_doubts,
    find_business_codes,
    find_citizen_ids,
    find_dossier_codes,
    find_procedure_codes,
    identity_card,
)
from ocr.fields.judging.case import UNCLEAR, UNREAD, Case, least
from ocr.fields.labelled import Labelled, labelled, name_behind
from ocr.fields.signer import name_doubts, with_family_name
from ocr.fields.value import Field, decided
from ocr.page import Barcode, Word
from ocr.rules import FieldName
from ocr.vietnamese import name_case, one_form, plain_key, says

QR = "QR code"  # the rule of a value that a code says itself
QR_CONFIDENCE = 0.999  # its own check digits were right, or it could not be read at all
CODE_EDGES = " .,;:'\"|"
_YEAR = re.compile(r"(?<!\d)(19\d{2}|20\d{2})(?!\d)")

Finder = Callable[[str], tuple[str, ...]]


def form_fields(case: Case) -> list[Field | None]:
    """Applicant and codes."""
    labels = case.rules.fields.labels
    card = [field for barcode in case.text.page.barcodes for field in _card_fields(case, barcode)]
    if card:
        return [*card, _dossier_code(case)]
    return [
        _applicant(case),
        _code(case, "citizen_id", labels.citizen_id, find_citizen_ids),
        _code(case, "business_code", labels.business_code, find_business_codes),
        _dossier_code(case),
        _code(case, "procedure_code", labels.procedure_code, find_procedure_codes),
    ]


def _card_fields(case: Case, barcode: Barcode) -> list[Field]:
    """Owner and number of an identity card from its QR code; of relatives in it nothing is taken."""
    card = identity_card(barcode.text)
    if card is None:
        return []
    values: tuple[tuple[FieldName, str], ...] = (("citizen_id", card.number), ("applicant", card.name))
    return [
        decided(
            name,
            value,
            case.found([Word(text=value, box=barcode.box, confidence=1.0)]),
            rule=QR,
            confidence=QR_CONFIDENCE,
        )
        for name, value in values
    ]


def _applicant(case: Case) -> Field | None:
    """The applicant or owner; only forms have one, running text does not."""
    if case.kind is not None and not case.expects("applicant"):
        return None
    for hit in labelled(case.text, case.rules.fields.labels.applicant, case.rules, anywhere=False):
        words = name_behind(hit, case.rules)
        if len(words) < 2:
            continue
        printed = name_case(" ".join(one_form(word.text).strip(CODE_EDGES) for word in words))
        value = with_family_name(printed, case.rules)
        doubts = list(name_doubts([word.text for word in words], case.rules))
        if case.unclear("applicant", words) and not _stands_again(case, value, hit):
            doubts.append(UNCLEAR)
        if case.unread_beside(words):
            doubts.append(UNREAD)
        return decided(
            "applicant",
            value,
            case.found(words),
            rule=f"behind “{hit.label}”",
            confidence=least(words),
            doubts=doubts,
        )
    return None


def _stands_again(case: Case, value: str, hit: Labelled) -> bool:
    """Whether a name stands on the paper a second time, letter for letter: its owner's signature, a shop's name."""
    return any(says(line.text, value) for line in case.text.lines if line.box != hit.row.box)


def _code(case: Case, name: FieldName, labels: Sequence[str], find: Finder) -> Field | None:
    """A code with a shape and checks, behind its label; broken over two rows where need be."""
    for hit in labelled(case.text, labels, case.rules, anywhere=True):
        for words in (hit.words, (*hit.words, *hit.beside), (*hit.words, *hit.following)):
            codes = find("".join(one_form(word.text) for word in words))
            if codes:
                return _code_field(case, name, codes[0], words, hit)
    return None


def _code_field(case: Case, name: FieldName, code: str, words: Sequence[Word], hit: Labelled) -> Field:
    used = words_of(words, code)
    doubts = _doubts(case, name, code)
    if len(used) > 1 and name == "citizen_id":
        doubts.append("its digits were torn apart")
    if case.unclear(name, used):
        doubts.append(UNCLEAR)
    return decided(name, code, case.found(used), rule=f"behind “{hit.label}”", confidence=least(used), doubts=doubts)


def words_of(words: Sequence[Word], code: str) -> tuple[Word, ...]:
    """The words that a code was read from."""
    used = [word for word in words if (bare := word.text.strip(CODE_EDGES).upper()) and bare in code.upper()]
    return tuple(used or words)


def _doubts(case: Case, name: FieldName, code: str) -> list[str]:
    if name != "citizen_id":
        return []
    born, male = _told_of_owner(case, code)
    provinces = case.rules.fields.provinces
    return list(citizen_id_doubts(code, provinces=provinces, today=case.today, born=born, male=male))


def _told_of_owner(case: Case, code: str) -> tuple[int | None, bool | None]:
    """Birth year and sex that the paper says of the number's owner: in its own row or the one above it."""
    rules = case.rules.fields.labels
    lines = case.text.lines
    at = next((index for index, row in enumerate(lines) if code in row.text.replace(" ", "")), None)
    if at is None:
        return None, None
    row = lines[at - 1] if at else lines[at]
    born: int | None = None
    male: bool | None = None
    near = " ".join((row.text, lines[at].text))
    plain = plain_key(near)
    for label in rules.birth:
        place = plain.find(plain_key(label))
        if place >= 0 and (match := _YEAR.search(plain, place)) and match.start() - place < len(label) + 14:
            born = int(match[1])
            break
    for label in rules.sex:
        place = plain.find(plain_key(label))
        said = plain[place + len(plain_key(label)) :].strip(" :.,;")[:3] if place >= 0 else ""
        male = True if said == "nam" else False if said[:2] == "nu" else None
    return born, male


def _dossier_code(case: Case) -> Field | None:
    for barcode in case.text.page.barcodes:
        codes = find_dossier_codes(barcode.text)
        if len(codes) == 1:
            word = Word(text=codes[0], box=barcode.box, confidence=1.0)
            return decided("dossier_code", codes[0], case.found([word]), rule=QR, confidence=QR_CONFIDENCE)
    for hit in labelled(case.text, case.rules.fields.labels.dossier_code, case.rules, anywhere=True):
        for words in (hit.words, (*hit.words, *hit.following)):
            codes = find_dossier_codes(" ".join(word.text for word in words))
            if not codes:
                continue
            used = words_of(words, codes[0])
            return decided(
                "dossier_code",
                codes[0],
                case.found(used),
                rule=f"behind “{hit.label}”",
                confidence=least(used),
                doubts=[UNCLEAR] if case.unclear("dossier_code", used) else [],
            )
    return None
