"""What electronic signatures say of papers: issuers are backed, later days doubted, broken ones ignored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.fields.judging import UNCLEAR
from ocr.fields.judging.heads import UNKNOWN_BODY
from ocr.geometry import Box
from ocr.papers import UNKNOWN, Field, FieldStatus, Paper
from ocr.papers.signed import with_signatures
from ocr.signatures import Integrity, Signature, Trust

BODY = "Ủy ban nhân dân xã Tân Lập"
EVENING = datetime(2024, 3, 5, 17, 30, tzinfo=UTC)  # the sixth already in Viet Nam


def _field(name: str, value: str, *doubts: str) -> Field:
    status = FieldStatus.REVIEW if doubts else FieldStatus.ACCEPTED
    return Field(
        name=name,
        value=value,
        confidence=0.5 if doubts else 0.97,
        status=status,
        page=1,
        box=Box(0, 0, 1, 1),
        evidence=value,
        rule="head",
        doubts=doubts,
    )


def _paper(*fields: Field) -> Paper:
    return Paper(pages=(1,), blank_pages=(), kind=UNKNOWN, fields={field.name: field for field in fields})


def _signature(
    *,
    at: datetime | None = EVENING,
    integrity: Integrity = Integrity.INTACT,
    trust: Trust = Trust.NOT_CHECKED,
    bodies: tuple[str, ...] = (BODY,),
    stamped: datetime | None = None,
) -> Signature:
    return Signature(
        field="So1",
        signer=bodies[0] if bodies else "",
        issuer="CA",
        signed_at=at,
        sub_filter="",
        digest="sha256",
        integrity=integrity,
        covers_file=True,
        time_stamp=stamped,
        trust=trust,
        bodies=bodies,
    )


def _judged(field: Field, *signatures: Signature) -> Field:
    (paper,) = with_signatures([_paper(field)], signatures)
    return paper.fields[field.name]


@pytest.mark.parametrize(("day", "doubted"), [("2024-03-06", False), ("2024-03-05", False), ("2024-03-07", True)])
def test_a_paper_is_not_of_a_day_after_its_first_signature(day: str, doubted: bool) -> None:
    """A misread day would date a decision after somebody had signed it."""
    later = _signature(at=datetime(2024, 4, 1, tzinfo=UTC))
    field = _judged(_field("date", day), later, _signature())
    assert (field.status is FieldStatus.REVIEW) == doubted
    assert bool(field.doubts) == doubted


def test_a_time_stamp_goes_before_the_signers_clock() -> None:
    """A computer's clock may be years off; an authority's is not."""
    wrong = _signature(at=datetime(2009, 1, 1, tzinfo=UTC), stamped=EVENING)
    assert _judged(_field("date", "2024-03-06"), wrong).doubts == ()


@pytest.mark.parametrize("printed", ["ỦY BAN NHÂN DÂN XÃ TÂN LẬP", "UBND XÃ TÂN LẬP", "ỦY BAN NHÂN DÂN XÃ TÂN LÂP"])
def test_the_certificates_body_backs_the_issuer(printed: str) -> None:
    """The file itself proves who issued it; a clerk need not."""
    field = _judged(_field("issuer", printed, UNKNOWN_BODY, UNCLEAR), _signature())
    assert (field.status, field.doubts) == (FieldStatus.ACCEPTED, ())
    assert field.value in ("ỦY BAN NHÂN DÂN XÃ TÂN LẬP", "UBND XÃ TÂN LẬP")
    assert "certificate" in field.rule


def test_other_doubts_of_the_issuer_stay() -> None:
    """The certificate says who signed, not that the number is theirs."""
    field = _judged(_field("issuer", BODY.upper(), UNKNOWN_BODY, "of another body"), _signature())
    assert (field.status, field.doubts) == (FieldStatus.REVIEW, ("of another body",))


@pytest.mark.parametrize(
    "signature",
    [
        _signature(integrity=Integrity.BROKEN),
        _signature(integrity=Integrity.NOT_CHECKED),
        _signature(trust=Trust.UNKNOWN),
        _signature(bodies=("Trung tâm Số hóa",)),
        _signature(bodies=()),
    ],
    ids=["broken", "not checked", "not believed", "another's", "nameless"],
)
def test_what_proves_nothing_backs_nobody(signature: Signature) -> None:
    """Anybody can write a name into a certificate, and whoever scanned a paper did not issue it."""
    field = _field("issuer", BODY.upper(), UNKNOWN_BODY)
    assert _judged(field, signature) == field


@settings(deadline=None)  # a busy machine is no fault
@given(value=st.text(max_size=40), body=st.text(max_size=40), day=st.dates().map(str) | st.text(max_size=12))
def test_any_names_and_days_can_be_compared(value: str, body: str, day: str) -> None:
    """Certificates and engines write what they like."""
    paper = _paper(_field("issuer", value, UNCLEAR), _field("date", day))
    (judged,) = with_signatures([paper], [_signature(bodies=(body,))])
    assert judged.fields.keys() == paper.fields.keys()
