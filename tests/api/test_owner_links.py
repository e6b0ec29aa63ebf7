"""Dossiers that a paper without a code may belong to: shown to whom they concern, gone when a person has decided."""

from __future__ import annotations

from typing import Any

from storage.scopes import Scope
from tests.api.house import AGENCY, DOSSIER, OTHER_DOSSIER, House, PaperText

REASON = "no dossier code was found; 2 dossiers of the register fit it"
LINK: dict[str, Any] = {
    "method": "none",
    "confidence": 0.0,
    "status": "review",
    "reason": REASON,
    "role": "result",
    "candidates": [
        {"dossier_code": DOSSIER, "score": 0.9, "reasons": ["the owner's number", "the owner's name"]},
        {"dossier_code": OTHER_DOSSIER, "score": 0.85, "reasons": ["the owner's number", "a day far off"]},
    ],
}


def _unbound(house: House) -> str:
    paper = PaperText(name="a", dossier=None, status="review", agency=AGENCY)
    return house.publish_pile(
        paper, pages=(1,), fields=(), reasons=(REASON,), report={"id": "", "fields": {}, "link": LINK}
    )


def test_candidates_are_told_with_score_and_reasons(house_of_pair: House) -> None:
    """The procedures system's own screen could not offer a clerk the likely dossiers."""
    document = _unbound(house_of_pair)
    told = house_of_pair.client.get(f"/v1/documents/{document}", headers=house_of_pair.key(Scope.READ)).json()
    assert told["candidates"] == LINK["candidates"]
    assert (told["role"], told["links"], told["reasons"]) == ("result", [], [REASON])


def test_another_agencys_candidates_are_not_told(house: House) -> None:
    """That a citizen has a dossier elsewhere is no business of this agency."""
    document = _unbound(house)
    answer = house.client.get(f"/v1/documents/{document}", headers=house.key(Scope.READ, agency=AGENCY))
    assert [one["dossier_code"] for one in answer.json()["candidates"]] == [DOSSIER]
    assert OTHER_DOSSIER not in answer.text


def test_a_persons_dossier_settles_the_reason_and_keeps_the_role(house: House) -> None:
    """The paper would wait for review for ever, asked again what was answered."""
    document = _unbound(house)
    key = house.key(Scope.READ, Scope.REVIEW)
    correction = {"fields": {"dossier_code": DOSSIER}, "reason": "đối chiếu sổ"}
    told = house.client.patch(
        f"/v1/documents/{document}", json=correction, headers={**key, "If-Match": '"v1"'}
    ).json()
    assert (told["status"], told["reasons"], told["candidates"]) == ("published", [], [])
    assert (told["dossier_code"], told["role"]) == (DOSSIER, "result")
