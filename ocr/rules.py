"""The province's rules for papers: kinds and wording, read from YAML and checked before the first page is read.

document_types.yaml    kinds of paper: code, name, headings, symbol, phrases
field_rules.yaml       labels, marks, issuing bodies, signing forms, codes
compounds.yaml         words of two syllables, for accents that were misread
agencies.yaml          between which days bodies and places are there; may be missing
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ocr.errors import SetupError
from ocr.vietnamese import key, one_form, plain_key

LONGEST_PATTERN = 200  # characters of a number's regular expression; longer ones are a mistake


def _phrase(text: str) -> str:
    return " ".join(one_form(text).split())


def _pattern(text: str) -> str:
    if len(text) > LONGEST_PATTERN:
        raise ValueError(f"longer than {LONGEST_PATTERN} characters")
    if re.search(r"[*+][?+]?\)[*+{]", text):
        raise ValueError("repeats a repetition, which can run for ever; give each repetition its own bounds")
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression ({error})") from error
    return text


Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_phrase)]
Share = Annotated[float, Field(ge=0, le=1)]
Pattern = Annotated[str, AfterValidator(_pattern)]
FieldName = Literal[
    "number",
    "date",
    "issuer",
    "place",
    "subject",
    "signer",
    "signer_title",
    "urgency",
    "applicant",
    "citizen_id",
    "business_code",
    "dossier_code",
    "procedure_code",
]

Role = Literal["component", "result"]  # of a dossier: hồ sơ, kết quả


Model = TypeVar("Model", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KindRule(_Part):
    """One kind of paper."""

    code: Annotated[str, StringConstraints(pattern=r"^\w{1,12}$")]
    name: Phrase
    symbol: Annotated[str, StringConstraints(pattern=r"^\w{1,8}$")] | None = None
    headings: tuple[Phrase, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    subject: Literal["title", "left", "none"] = "none"
    layout: Literal["plain", "letter", "receipt"] = "plain"
    numbers: tuple[Pattern, ...] = ()
    expects: tuple[FieldName, ...] = ()
    role: Role | None = None


class HeadRules(_Part):
    """What stands in the head of an administrative paper (NĐ 30/2020, phụ lục I)."""

    nation: Phrase
    motto: Phrase
    number_labels: tuple[Phrase, ...]
    organs: tuple[Phrase, ...]
    levels: tuple[Phrase, ...]
    short_names: dict[str, Phrase]
    known_bodies: tuple[Phrase, ...]
    organs_of_places: tuple[Phrase, ...]
    other_places: tuple[Phrase, ...] = ()


class MarkRules(_Part):
    """Boxed marks that stand alone, strongest first."""

    urgency: tuple[Phrase, ...]
    secrecy: tuple[Phrase, ...]


class SigningRules(_Part):
    """Signing forms (NĐ 30/2020, điều 13)."""

    authority: tuple[Phrase, ...]
    titles: tuple[Phrase, ...]
    others: tuple[Phrase, ...]
    recipients: Phrase
    addressed: Phrase


class SubjectRules(_Part):
    """Where a subject begins and ends."""

    openings: tuple[Phrase, ...]
    stops: tuple[Phrase, ...]
    authorities: tuple[Phrase, ...]
    arrival: tuple[Phrase, ...] = ()


class ExclusionRules(_Part):
    """Papers that TT 01/2023/TT-VPCP keeps from being digitised, by what they bear."""

    certified_copy: tuple[Phrase, ...]


class GroupingRules(_Part):
    """What keeps pages together or parts them."""

    annex: tuple[Phrase, ...]
    drafts: tuple[Phrase, ...]
    separators: tuple[Phrase, ...]


class LabelRules(_Part):
    """Labels of forms, the best first."""

    applicant: tuple[Phrase, ...]
    citizen_id: tuple[Phrase, ...]
    business_code: tuple[Phrase, ...]
    date: tuple[Phrase, ...]
    dossier_code: tuple[Phrase, ...]
    procedure_code: tuple[Phrase, ...]
    others: tuple[Phrase, ...]
    birth: tuple[Phrase, ...]
    sex: tuple[Phrase, ...]
    honorifics: tuple[Phrase, ...]
    ends: tuple[Phrase, ...]


class FieldRules(_Part):
    """Everything in `field_rules.yaml`."""

    acceptance: dict[str, dict[FieldName, Share]]

    head: HeadRules
    marks: MarkRules
    signing: SigningRules
    subject: SubjectRules
    grouping: GroupingRules
    exclusions: ExclusionRules
    labels: LabelRules
    surnames: tuple[Phrase, ...]
    provinces: dict[Annotated[str, StringConstraints(pattern=r"^0\d\d$")], Phrase]

    def least_confidence(self, engine: str, name: FieldName) -> float:
        """What every word of a field must reach to be believed without support; 1 where nothing is said of it."""
        return self.acceptance.get(engine, self.acceptance.get("default", {})).get(name, 1.0)


class _Kinds(_Part):
    kinds: Annotated[tuple[KindRule, ...], Field(min_length=1)]


Compound = Annotated[str, StringConstraints(pattern=r"^[^\W\d_]{1,7} [^\W\d_]{1,7}$"), AfterValidator(_phrase)]


class _Compounds(_Part):
    compounds: tuple[Compound, ...]


class Existence(_Part):
    """A name and the days between which what it names is there."""

    name: Phrase
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Existence:
        if self.since is None and self.until is None:
            raise ValueError("needs since, until or both")
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError("ends before it begins")
        return self


class AgencyRules(_Part):
    """Everything in `agencies.yaml`."""

    bodies: tuple[Existence, ...] = ()
    levels: tuple[Existence, ...] = ()
    places: tuple[Existence, ...] = ()


class Rules(_Part):
    """All rules, checked."""

    kinds: tuple[KindRule, ...]
    fields: FieldRules
    compounds: tuple[str, ...] = ()
    agencies: AgencyRules = AgencyRules()

    def kind(self, code: str | None) -> KindRule | None:
        """The kind of that code, None where there is none."""
        return next((kind for kind in self.kinds if kind.code == code), None)


def load_rules(folder: Path) -> Rules:
    """Read the rules of a folder of configuration.

    Raises SetupError naming the file, the place in it and what is allowed there.
    """
    kinds_file, fields_file = folder / "document_types.yaml", folder / "field_rules.yaml"
    kinds = _read(kinds_file, _Kinds).kinds
    codes = [kind.code for kind in kinds]
    for code in codes:
        if codes.count(code) > 1:
            raise SetupError(f"{kinds_file}: two kinds have the code {code}", mend="give each kind its own code")
    compounds = _read(folder / "compounds.yaml", _Compounds).compounds
    agencies_file = folder / "agencies.yaml"
    agencies = _read(agencies_file, AgencyRules) if agencies_file.exists() else AgencyRules()
    return Rules(kinds=kinds, fields=_read(fields_file, FieldRules), compounds=compounds, agencies=agencies)


def _read(file: Path, model: type[Model]) -> Model:
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(
            f"{file}: cannot be read ({error.strerror})", mend="restore it, or set SOHOA_CONFIG_DIR to its folder"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SetupError(f"{file}: is not YAML in UTF-8 ({error})", mend="correct the line that is named") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the whole file"
        more = f", and {error.error_count() - 1} more" if error.error_count() > 1 else ""
        raise SetupError(
            f"{file}: {where}: {first['msg'].removeprefix('Value error, ')}{more}",
            mend="the comments in the file that was delivered say what is allowed",
        ) from error


@lru_cache(maxsize=4096)
def phrase_key(phrase: str) -> str:
    """`ocr.vietnamese.key` of a phrase of the rules, worked out once."""
    return key(phrase)


@lru_cache(maxsize=4096)
def phrase_plain(phrase: str) -> str:
    """`ocr.vietnamese.plain_key` of a phrase of the rules, worked out once."""
    return plain_key(phrase)
