"""Weighs dossiers against what a paper without a dossier code says: its owner, procedure, day and agency.

Wrong and accepted costs more than not accepted: only an owner's own number with the name, or a name with procedure
and day together, make a dossier certain, and only where no other dossier of the register fits too. A name that two
people may share never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import Levenshtein

from ocr.papers import FieldStatus, Paper
from ocr.vietnamese import key, plain_key
from storage.agencies import within
from storage.records import DossierRow

NUMBER = "the owner's number"
NAME = "the owner's name"
PLAIN_NAME = "the owner's name without accents"
NEAR_NAME = "the owner's name but for a letter"
PROCEDURE = "the procedure"
DAY = "the day"
DAYS = "a day near"
AGENCY = "the agency"
OTHER_NUMBER = "another number"
OTHER_NAME = "another name"
OTHER_PROCEDURE = "another procedure"
FAR = "a day far off"
OTHER_AGENCY = "another agency"

#: What each adds to a score; one is certain. A name alone stays far below what is proposed.
WORTH = {
    NUMBER: 0.55,
    NAME: 0.3,
    PLAIN_NAME: 0.25,
    NEAR_NAME: 0.15,
    PROCEDURE: 0.15,
    DAY: 0.15,
    DAYS: 0.05,
    AGENCY: 0.05,
    OTHER_NUMBER: -0.4,
    OTHER_NAME: -0.3,
    OTHER_PROCEDURE: -0.3,
    FAR: -0.15,
    OTHER_AGENCY: -0.2,
}
AGAINST = frozenset(name for name, worth in WORTH.items() if worth < 0)
SAME_NAME = frozenset((NAME, PLAIN_NAME))
MOST_SURE = 0.95  # of an accepted one: no code was read
PROPOSED = 0.6  # score from which on the best one, if it leads, is put forward as the paper's dossier
LEAD = 0.1  # of a score over the next one's
LEAST = 0.2  # score below which nobody need see it
KEPT = 5  # candidates
LONG_NAME = 8  # letters from which on a name with one other letter is still near
FAR_DAYS = 366  # between the paper's day and the one on which the dossier was received


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a paper says that a dossier of the register can be compared with; nothing where it is None."""

    numbers: tuple[str, ...] = ()  #: personal number, tax code
    name: str | None = None
    procedure: str | None = None
    day: date | None = None
    agency: str | None = None  #: code, told by who brought it


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A dossier that a paper may belong to."""

    dossier_code: str
    score: float  #: 0 to 1
    reasons: tuple[str, ...]  #: what agrees, then what does not

    @property
    def strong(self) -> bool:
        """Whether it would be certain if no other dossier fitted."""
        found = frozenset(self.reasons)
        excused = {FAR} if PROCEDURE in found else frozenset[str]()  # a day may be that of a birth, the procedure not
        if found & AGAINST - excused:
            return False
        return bool(NUMBER in found and found & SAME_NAME) or {NAME, PROCEDURE, DAY} <= found


def said_by(paper: Paper, *, procedure: str | None, agency: str | None) -> Said:
    """What can be compared. Names and numbers also where they are in doubt: a register that has the same bears them
    out. Days and procedures only where they are certain.

    procedure, agency: told by who brought the paper.
    """
    values = {name: field.value for name, field in paper.fields.items() if field.value}
    sure = {name for name, field in paper.fields.items() if field.status is FieldStatus.ACCEPTED}
    numbers = [values[name] for name in ("citizen_id", "business_code") if values.get(name)]
    return Said(
        numbers=tuple(numbers),
        name=values.get("applicant"),
        procedure=procedure or (values.get("procedure_code") if "procedure_code" in sure else None),
        day=_day(values.get("date")) if "date" in sure else None,
        agency=agency,
    )


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def candidates(said: Said, dossiers: Iterable[DossierRow]) -> tuple[Candidate, ...]:
    """The dossiers that may be the paper's, best first."""
    weighed = (_candidate(said, dossier) for dossier in dossiers)
    worth = (one for one in weighed if one.score >= LEAST)
    return tuple(sorted(worth, key=lambda one: (-one.score, one.dossier_code)))


def _candidate(said: Said, dossier: DossierRow) -> Candidate:
    found = [
        *_of_owner(said, dossier),
        *_of_procedure(said.procedure, dossier.procedure_code),
        *_of_day(said.day, dossier.received_on),
        *_of_agency(said.agency, dossier.agency_code),
    ]
    found.sort(key=lambda name: -WORTH[name])
    score = sum(WORTH[name] for name in found)
    return Candidate(dossier_code=dossier.code, score=round(max(0.0, min(1.0, score)), 3), reasons=tuple(found))


def _of_owner(said: Said, dossier: DossierRow) -> list[str]:
    found = []
    comparable = [number for number in said.numbers if _kind_of(number) == _kind_of(dossier.owner_id or "")]
    if comparable:
        found.append(NUMBER if dossier.owner_id in comparable else OTHER_NUMBER)
    if dossier.owner_name and said.name:
        found.append(_alike(said.name, dossier.owner_name))
    return found


def _kind_of(number: str) -> str:
    """Personal numbers, old ones of nine digits and tax codes say nothing against each other."""
    digits = number.replace("-", "")
    return "tax code" if len(digits) in (10, 13) else f"{len(digits)} digits"


def _alike(name: str, other: str) -> str:
    if key(name) == key(other):
        return NAME
    plain, plain_other = plain_key(name), plain_key(other)
    if plain == plain_other:
        return PLAIN_NAME
    near = min(len(plain), len(plain_other)) >= LONG_NAME and Levenshtein.distance(plain, plain_other) == 1
    return NEAR_NAME if near else OTHER_NAME


def _of_procedure(said: str | None, known: str | None) -> list[str]:
    """Codes come with and without the owner's part: 1.004199 and 1.004199.000.00.00.H23 are one procedure."""
    if not said or not known:
        return []
    one, other = said.upper().split("."), known.upper().split(".")
    return [PROCEDURE if one[:2] == other[:2] else OTHER_PROCEDURE]


def _of_day(day: date | None, received: date | None) -> list[str]:
    if day is None or received is None:
        return []
    apart = abs((day - received).days)
    return [DAY if apart == 0 else DAYS if apart <= FAR_DAYS else FAR]


def _of_agency(said: str | None, known: str | None) -> list[str]:
    if not said or not known:
        return []
    return [AGENCY if within(said, known) or within(known, said) else OTHER_AGENCY]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the candidates."""

    best: Candidate | None  #: put forward; None where none leads
    accepted: bool
    reason: str = ""  #: why a person must look; empty where accepted, and where there is no candidate


def verdict(said: Said, ranked: Sequence[Candidate]) -> Verdict:
    """Accept the one strong candidate, or say why none is, without codes, which not everybody may see.

    ranked: best first.
    """
    if not ranked:
        return Verdict(best=None, accepted=False)
    best, others = ranked[0], ranked[1:]
    rivals = [one for one in others if _may_be_too(said, one)]
    if best.strong and not rivals:
        return Verdict(best=best, accepted=True)
    leads = best.score >= PROPOSED and (not others or best.score >= others[0].score + LEAD)
    if rivals and (best.strong or not leads):
        return Verdict(
            best=best if leads else None,
            accepted=False,
            reason=f"{len(rivals) + 1} dossiers of the register fit it",
        )
    agreeing = " and ".join(name for name in best.reasons if name not in AGAINST)
    against = " and ".join(name for name in best.reasons if name in AGAINST)
    reason = f"the nearest of the register has {agreeing}" + (f" but {against}" if against else " and no more")
    return Verdict(best=best if leads else None, accepted=False, reason=reason)


def _may_be_too(said: Said, other: Candidate) -> bool:
    """Whether another dossier could be the paper's as well: its owner is not another, nor its procedure."""
    found = frozenset(other.reasons)
    if found & {OTHER_PROCEDURE, OTHER_NUMBER} or (said.numbers and NUMBER not in found and OTHER_NAME in found):
        return False
    return bool(found & {NUMBER, NAME, PLAIN_NAME, NEAR_NAME})
