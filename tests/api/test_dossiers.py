"""Dossiers and procedures over HTTP."""

from __future__ import annotations

from storage.records import DossierRow
from storage.scopes import Scope
from tests.api.house import AGENCY, CITIZEN, DOSSIER, OTHER_DOSSIER, House, PaperText

FULL = {
    "procedure_code": "1.004199",
    "owner_name": "Nguyễn Văn A",
    "owner_id": CITIZEN,
    "received_on": "2023-07-12",
    "status": 4,
    "channel": 1,
    "written_result": True,
}


def test_the_same_dossier_again_changes_nothing(house_of_pair: House) -> None:
    """A nightly push of everything would look like a hundred thousand changes."""
    key = house_of_pair.key(Scope.WRITE)
    put = [
        house_of_pair.client.put(f"/v1/dossiers/{DOSSIER}", json=body, headers=key).json()
        for body in (FULL, FULL, {**FULL, "status": 9})
    ]
    assert put == [
        {"inserted": 1, "updated": 0, "unchanged": 0},
        {"inserted": 0, "updated": 0, "unchanged": 1},
        {"inserted": 0, "updated": 1, "unchanged": 0},
    ]


def test_a_dossier_shows_its_papers_and_hides_its_owners_number(house: House) -> None:
    """The counter needs the papers of a case; the number is for whom the law names."""
    key = house.key(Scope.WRITE, Scope.READ)
    house.client.put("/v1/procedures/1.004199", json={"name": "Cấp giấy phép xây dựng"}, headers=key)
    house.client.put(f"/v1/dossiers/{DOSSIER}", json=FULL, headers=key)
    shown, doubtful = house.publish(PaperText(name="a"), PaperText(name="b", accepted=False, status="review"))
    told = house.client.get(f"/v1/dossiers/{DOSSIER}", headers=key).json()
    assert told["procedure_name"] == "Cấp giấy phép xây dựng"
    assert told["owner_id"] == "*********345"
    assert {one["id"] for one in told["documents"]} == {shown, doubtful}
    whole = house.client.get(f"/v1/dossiers/{DOSSIER}", headers=house.key(Scope.READ, Scope.PERSONAL)).json()
    assert whole["owner_id"] == CITIZEN


def test_a_batch_is_taken_over_whole_or_not_at_all(house: House) -> None:
    """Half a batch would have to be found out by hand."""
    key = house.key(Scope.WRITE, Scope.READ)
    good = [{"code": f"{AGENCY}-230712-{number:04}", **FULL} for number in range(1000)]
    assert house.client.put("/v1/dossiers", json={"dossiers": good}, headers=key).json()["inserted"] == 1000
    bad = [{"code": "H23.16-230713-0001"}, {"code": "H23.16-230713-0002", "status": 11}]
    answer = house.client.put("/v1/dossiers", json={"dossiers": bad}, headers=key)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "body.dossiers.1.status")
    assert house.client.get("/v1/dossiers/H23.16-230713-0001", headers=key).status_code == 404


def test_both_shapes_of_codes_name_one_agency(house: House) -> None:
    """A dossier with an old code would be invisible to its own department."""
    key = house.key(Scope.READ, Scope.WRITE, agency="H23.16")
    for code in ("000.00.16.H23-230712-0001", "H23.16.02-20230712-0001"):
        assert house.client.put(f"/v1/dossiers/{code}", json=FULL, headers=key).status_code == 200, code
        assert house.client.get(f"/v1/dossiers/{code}", headers=key).json()["agency_code"].startswith("H23.16")


def test_a_key_of_one_agency_neither_sees_nor_writes_anothers_dossier(house: House) -> None:
    """One department would read or overwrite another's register."""
    house.register(DossierRow(code=OTHER_DOSSIER, owner_name="B"))
    key = house.key(Scope.READ, Scope.WRITE, agency=AGENCY)
    assert house.client.get(f"/v1/dossiers/{OTHER_DOSSIER}", headers=key).status_code == 404
    for body in (FULL, {**FULL, "agency_code": AGENCY}):
        answer = house.client.put(f"/v1/dossiers/{OTHER_DOSSIER}", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside-agency")
    moved = house.client.put(f"/v1/dossiers/{DOSSIER}", json={**FULL, "agency_code": "H23.17"}, headers=key)
    assert moved.status_code == 403
    assert house.client.put("/v1/procedures/1.004199", json={"name": "x"}, headers=key).status_code == 403


def test_procedures_are_taken_over_and_told(house: House) -> None:
    """Dossiers would show codes without names."""
    key = house.key(Scope.READ, Scope.WRITE)
    body = {"procedures": [{"code": "1.004199", "name": "Cấp giấy phép"}, {"code": "2.000815"}]}
    assert house.client.put("/v1/procedures", json=body, headers=key).json()["inserted"] == 2
    assert house.client.get("/v1/procedures/1.004199", headers=key).json()["name"] == "Cấp giấy phép"
    assert house.client.get("/v1/procedures/9.999999", headers=key).status_code == 404


def test_the_same_new_dossier_from_two_at_once_is_no_fault(house_of_pair: House) -> None:
    """Two nightly jobs that overlap would look like a broken server."""
    from concurrent.futures import ThreadPoolExecutor

    key = house_of_pair.key(Scope.WRITE, Scope.READ)

    def put(number: int) -> int:
        body = {**FULL, "procedure_code": "1.009999"}
        code = f"H23.16-230712-{number // 4:04}"
        return house_of_pair.client.put(f"/v1/dossiers/{code}", json=body, headers=key).status_code

    with ThreadPoolExecutor(8) as jobs:
        statuses = list(jobs.map(put, range(16)))
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
