"""A paper as a value: some pages of a scan, what it is, and what was read of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ocr.fields.value import Field
from ocr.rules import Role

DossierCodeFrom = Literal["qr", "text", "receipt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a paper is."""

    code: str | None  #: as `document_types.yaml` has it; None where nothing tells: an answer, not a fault
    name: str  #: for people; "" where there is no code
    confidence: float  #: 0 to 1
    runner_up: str | None = None  #: code of the kind that it would else be
    role: Role | None = None  #: what such papers are in a dossier; None where they may be either


UNKNOWN = Kind(code=None, name="", confidence=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper of a scan. It holds no page, so that it may cross a process's border."""

    pages: tuple[int, ...]  #: within the source, from 1, that bear something
    blank_pages: tuple[int, ...]  #: blank backs, and separator sheets that lay before it
    kind: Kind
    fields: Mapping[str, Field] = field(default_factory=dict)  #: by their names in the report contract
    secret: bool = False  #: bears a state secret's mark: held, never indexed nor published
    reasons: tuple[str, ...] = ()  #: why a person must look, apart from single fields
    dossier_code: str | None = None
    dossier_code_from: DossierCodeFrom | None = None
