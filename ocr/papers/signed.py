"""What a file's electronic signatures say of the papers in it: who issued them, and no later than when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from ocr.fields.judging import UNCLEAR
from ocr.fields.judging.heads import ACCENTS_OF_PLACE, UNKNOWN_BODY
from ocr.fields.value import Field, FieldStatus
from ocr.papers.paper import Paper
from ocr.signatures import Integrity, Signature, Trust
from ocr.vietnamese import key, one_form, plain_key

VIETNAM = timezone(timedelta(hours=7))  # papers are dated by its days
SHORT, LONG = "ubnd ", "uy ban nhan dan "  # certificates have both
BACKED = 0.98  # confidence of an issuer that its own certificate names
TAKEN_AWAY = (UNCLEAR, UNKNOWN_BODY, ACCENTS_OF_PLACE)  # doubts that a certificate answers


def with_signatures(papers: Sequence[Paper], signatures: Sequence[Signature]) -> tuple[Paper, ...]:
    """The same papers, with issuers accepted that a certificate names, and days doubted that are after a signature.

    A broken signature says nothing, and a certificate of a chain that is not believed names nobody.
    """
    whole = [one for one in signatures if one.integrity is not Integrity.BROKEN]
    first = min((day for one in whole if (day := _day(one)) is not None), default=None)
    proven = [one for one in whole if one.integrity is Integrity.INTACT and one.trust is not Trust.UNKNOWN]
    bodies = tuple(dict.fromkeys(name for one in proven for name in one.bodies))
    return tuple(_judged(paper, first, bodies) for paper in papers)


def _day(signature: Signature) -> date | None:
    """The day of the signature in Viet Nam: by a time stamp where it has one, else by the signer's clock."""
    moment: datetime | None = signature.time_stamp or signature.signed_at
    if moment is None:
        return None
    return moment.astimezone(VIETNAM).date() if moment.tzinfo else moment.date()


def _judged(paper: Paper, first: date | None, bodies: Sequence[str]) -> Paper:
    fields = dict(paper.fields)
    dated, issuer = fields.get("date"), fields.get("issuer")
    if dated is not None and dated.value and first is not None and dated.value > first.isoformat():
        fields["date"] = _doubted(dated, f"it is after the first signature, of {first}")
    if issuer is not None and issuer.value:
        named = next((body for body in bodies if _bare(body) == _bare(issuer.value or "")), None)
        if named is not None:
            fields["issuer"] = _backed(issuer, named)
    return replace(paper, fields=fields) if fields != paper.fields else paper


def _bare(body: str) -> str:
    plain = plain_key(body)
    return LONG + plain.removeprefix(SHORT) if plain.startswith(SHORT) else plain


def _doubted(field: Field, doubt: str) -> Field:
    return replace(
        field, status=FieldStatus.REVIEW, confidence=min(field.confidence, 0.5), doubts=(*field.doubts, doubt)
    )


def _backed(field: Field, body: str) -> Field:
    """An issuer as its certificate spells it, where that differs in accents alone."""
    value = field.value or ""
    if key(value) != key(body) and plain_key(value) == plain_key(body):
        value = one_form(body).upper()
    doubts = tuple(doubt for doubt in field.doubts if doubt not in TAKEN_AWAY)
    return replace(
        field,
        value=value,
        doubts=doubts,
        status=FieldStatus.REVIEW if doubts else FieldStatus.ACCEPTED,
        confidence=field.confidence if doubts else max(field.confidence, BACKED),
        rule=f"{field.rule}, as the certificate of its signature says",
    )
