"""Lets papers of one dossier bear each other out: two readings of one number that agree are better than one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.fields.judging import UNCLEAR
from ocr.fields.value import Field, FieldStatus
from ocr.papers.paper import Paper
from ocr.vietnamese import key

SHARED = ("applicant", "citizen_id")  # fields that the papers of one dossier have in common
BORNE_OUT = 0.97  # confidence of a value that two papers say


def borne_out(papers: Sequence[Paper]) -> tuple[Paper, ...]:
    """The same papers, with unclear values accepted that another paper of the dossier says too, clearly.

    Only what was unclear and nothing else is accepted so; a value that differs is left to a person as it was.
    """
    dossiers: dict[str, list[Paper]] = {}
    for paper in papers:
        if paper.dossier_code is not None:
            dossiers.setdefault(paper.dossier_code, []).append(paper)
    return tuple(_supported(paper, dossiers.get(paper.dossier_code or "", ())) for paper in papers)


def _supported(paper: Paper, dossier: Sequence[Paper]) -> Paper:
    fields = dict(paper.fields)
    for name in SHARED:
        field = fields.get(name)
        if field is None or field.value is None or field.doubts != (UNCLEAR,):
            continue
        others = (other.fields.get(name) for other in dossier if other is not paper)
        if any(_says(other, field.value) for other in others):
            fields[name] = replace(
                field,
                status=FieldStatus.ACCEPTED,
                confidence=BORNE_OUT,
                doubts=(),
                rule=f"{field.rule}, as another paper of the dossier says",
            )
    return replace(paper, fields=fields) if fields != paper.fields else paper


def _says(field: Field | None, value: str) -> bool:
    return (
        field is not None
        and field.value is not None
        and field.status is FieldStatus.ACCEPTED
        and key(field.value) == key(value)
    )
