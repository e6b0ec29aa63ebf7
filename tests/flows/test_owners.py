"""Papers without a code: bound to their owner's dossier where nobody else's fits, else shown to a person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.link import Linked, Method, Told, link
from flows.owners import Said, candidates, verdict
from ocr.geometry import Box
from ocr.papers import Field, FieldStatus, Kind, Paper
from storage.records import DossierRow

DAY = date(2023, 7, 12)
NUMBER, STRANGER = "030184001234", "030190004321"
NAME = "Nguyễn Thị Hoà"
KIND = Kind(code="DON", name="Đơn, tờ khai", confidence=0.9, role="component")
CODE, OTHER = "H23.16-230712-0001", "H23.16-230801-0007"


def _field(name: str, value: str, status: FieldStatus) -> Field:
    return Field(
        name=name,
        value=value,
        confidence=0.9,
        status=status,
        page=1,
        box=Box(0, 0, 1, 1),
        evidence=value,
        rule="test",
    )


def _paper(*doubted: str, secret: bool = False, **values: str) -> Paper:
    fields = {
        name: _field(name, value, FieldStatus.REVIEW if name in doubted else FieldStatus.ACCEPTED)
        for name, value in values.items()
    }
    return Paper(pages=(1,), blank_pages=(), kind=KIND, fields=fields, secret=secret)


def _dossier(code: str = CODE, **told: object) -> DossierRow:
    known: dict[str, object] = {"owner_name": NAME, "owner_id": NUMBER, "received_on": DAY}
    return DossierRow(code=code, **known | told)  # type: ignore[arg-type]


def _linked(paper: Paper, *dossiers: DossierRow, told: Told | None = None) -> Linked:
    return link(paper, "giấy.pdf", told or Told(), lambda _: True, lambda _: dossiers)


@pytest.mark.parametrize("name", [NAME, "NGUYỄN THỊ HÒA", "Nguyen Thi Hoa"])
def test_the_one_dossier_of_the_owner_is_accepted(name: str) -> None:
    """Number and name both agree and no other dossier fits: a clerk's look would add nothing."""
    bound = _linked(_paper(applicant=name, citizen_id=NUMBER, date="2023-07-10"), _dossier())
    assert (bound.dossier_code, bound.method, bound.accepted, bound.reason) == (CODE, Method.OWNER, True, "")
    assert bound.role == "component"
    assert bound.candidates[0].dossier_code == CODE


def test_a_shared_name_alone_is_never_enough() -> None:
    """Thousands are called so; the paper would lie open in a stranger's dossier."""
    paper = _paper(applicant=NAME, date=DAY.isoformat())
    bound = _linked(paper, _dossier(owner_id=STRANGER))
    assert (bound.dossier_code, bound.accepted) == (None, False)
    assert [one.dossier_code for one in bound.candidates] == [CODE]
    assert "no more" in bound.reason


def test_a_namesake_with_another_number_is_refused() -> None:
    """Same name, same procedure, same day, and not the same person."""
    paper = _paper(applicant=NAME, citizen_id=NUMBER, procedure_code="1.004199", date=DAY.isoformat())
    bound = _linked(paper, _dossier(owner_id=STRANGER, procedure_code="1.004199"))
    assert (bound.dossier_code, bound.accepted) == (None, False)


def test_another_name_under_the_number_waits_for_a_person() -> None:
    """A misread digit makes it a neighbour's number, which the name betrays."""
    bound = _linked(_paper(applicant="Trần Văn Bình", citizen_id=NUMBER), _dossier())
    assert not bound.accepted
    assert "another name" in bound.reason


def test_of_an_owners_two_dossiers_neither_is_guessed() -> None:
    """Who has two dossiers has papers in both."""
    paper = _paper(applicant=NAME, citizen_id=NUMBER, date="2023-07-10")
    bound = _linked(paper, _dossier(), _dossier(OTHER, received_on=DAY + timedelta(days=20)))
    assert not bound.accepted
    assert {one.dossier_code for one in bound.candidates} == {CODE, OTHER}
    assert "2 dossiers of the register fit it" in bound.reason


def test_the_procedure_parts_an_owners_two_dossiers() -> None:
    """The paper says for which procedure it is, and only one of the two is of that."""
    paper = _paper(applicant=NAME, citizen_id=NUMBER, procedure_code="1.004199")
    dossiers = (_dossier(procedure_code="1.004199.000.00.00.H23"), _dossier(OTHER, procedure_code="2.000815"))
    assert _linked(paper, *dossiers).dossier_code == CODE
    assert _linked(paper, *dossiers).accepted
    undecided = _linked(_paper("procedure_code", **{f.name: str(f.value) for f in paper.fields.values()}), *dossiers)
    assert not undecided.accepted  # a doubted procedure parts nothing


def test_a_dossier_without_a_number_may_still_be_the_owners() -> None:
    """Old exports know names only: such a dossier of the same name keeps the other from being certain."""
    paper = _paper(applicant=NAME, citizen_id=NUMBER)
    assert not _linked(paper, _dossier(), _dossier(OTHER, owner_id=None)).accepted


def test_a_paper_of_other_years_is_not_accepted() -> None:
    """Its own dossier was closed long ago and never imported; the owner's new one is not it."""
    bound = _linked(_paper(applicant=NAME, citizen_id=NUMBER, date="2011-03-01"), _dossier())
    assert (bound.dossier_code, bound.accepted) == (CODE, False)
    assert "a day far off" in bound.reason


def test_the_procedure_makes_up_for_a_day_far_off() -> None:
    """Number, name and procedure are the dossier's; the day is another one that stands on the form."""
    paper = _paper(applicant=NAME, citizen_id=NUMBER, procedure_code="1.004199", date="2011-03-01")
    assert _linked(paper, _dossier(procedure_code="1.004199")).accepted


def test_name_procedure_and_day_together_are_as_good_as_a_number() -> None:
    """Forms of before 2012 have no personal number; all three agree with one dossier only."""
    paper = _paper(applicant=NAME, procedure_code="1.004199", date=DAY.isoformat())
    assert _linked(paper, _dossier(owner_id=None, procedure_code="1.004199")).accepted
    assert not _linked(
        paper, _dossier(owner_id=None, procedure_code="1.004199", owner_name="Nguyễn Thị Hóa")
    ).accepted


def test_a_company_is_known_by_its_tax_code_whatever_its_directors_number() -> None:
    """The owner's number on record is the company's; the paper names its director's beside it."""
    paper = _paper(applicant="Công ty TNHH Thử", citizen_id=STRANGER, business_code="0101243150")
    assert _linked(paper, _dossier(owner_id="0101243150", owner_name="CÔNG TY TNHH THỬ")).accepted


def test_another_agencys_dossier_is_doubted() -> None:
    """The commune that brought the pile does not keep the department's dossiers."""
    paper = _paper(applicant=NAME, citizen_id=NUMBER)
    bound = _linked(paper, _dossier(agency_code="H23.16"), told=Told(agency_code="H23.99"))
    assert not bound.accepted
    assert _linked(paper, _dossier(agency_code="H23.16"), told=Told(agency_code="H23.16.02")).accepted


def test_a_secret_paper_is_compared_with_nothing() -> None:
    """Nothing that it says may leave it, its owner's dossier neither."""
    bound = _linked(_paper(applicant=NAME, citizen_id=NUMBER, secret=True), _dossier())
    assert (bound.dossier_code, bound.candidates) == (None, ())


_NAMES = st.sampled_from([NAME, "Nguyễn Thị Hóa", "Nguyen Thi Hoa", "Trần Văn Bình", ""])
_NUMBERS = st.sampled_from([NUMBER, STRANGER, "123456789", "0101243150", ""])
_PROCEDURES = st.sampled_from(["1.004199", "2.000815", "x"]) | st.none()
_DAYS = st.dates(date(2020, 1, 1), date(2025, 12, 31)) | st.none()
_DOSSIERS = st.builds(
    DossierRow,
    code=st.from_regex(r"H23\.16-2307[0-2]\d-000\d", fullmatch=True),
    owner_name=_NAMES | st.none(),
    owner_id=_NUMBERS | st.none(),
    procedure_code=_PROCEDURES,
    received_on=_DAYS,
    agency_code=st.sampled_from(["H23.16", "H23.99"]) | st.none(),
)
_SAID = st.builds(
    Said,
    numbers=st.lists(_NUMBERS.filter(bool), max_size=2).map(tuple),
    name=_NAMES.filter(bool) | st.none(),
    procedure=_PROCEDURES,
    day=_DAYS,
    agency=st.sampled_from(["H23.16", "H23.99"]) | st.none(),
)


@settings(deadline=None)  # a busy machine is no fault
@given(said=_SAID, dossiers=st.lists(_DOSSIERS, max_size=6, unique_by=lambda one: one.code))
def test_what_is_accepted_has_the_owners_name_and_more_and_no_contradiction(
    said: Said, dossiers: list[DossierRow]
) -> None:
    """Whatever a register holds: a paper is never bound by a name alone, nor against a number that differs."""
    ranked = candidates(said, dossiers)
    decided = verdict(said, ranked)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    if not decided.accepted:
        assert bool(decided.reason) == bool(ranked)
        return
    assert decided.best is not None
    dossier = next(one for one in dossiers if one.code == decided.best.dossier_code)
    assert dossier.owner_name
    assert said.name
    by_number = dossier.owner_id in said.numbers
    assert by_number or (said.day == dossier.received_on and said.procedure == dossier.procedure_code)
    rivals = [one for one in dossiers if one is not dossier and one.owner_id and one.owner_id == dossier.owner_id]
    assert not by_number or all(one.procedure_code != dossier.procedure_code for one in rivals)
