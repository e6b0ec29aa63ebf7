"""Documents over HTTP: what is shown, what is corrected, what stays as it was."""

from __future__ import annotations

from storage.index.feed import feed
from storage.records import DossierRow
from storage.records.models import DocumentTable
from storage.scopes import Scope
from tests.api.house import AGENCY, CITIZEN, DOSSIER, OTHER_DOSSIER, House, PaperText


def test_a_document_tells_its_fields_with_their_proof(house_of_pair: House) -> None:
    """An integrator could not show where on the paper a value stands."""
    (document,) = house_of_pair.publish(PaperText(name="a"))
    answer = house_of_pair.client.get(f"/v1/documents/{document}", headers=house_of_pair.key(Scope.READ))
    told = answer.json()
    assert told["fields"][0] == {
        "name": "number",
        "value": "12/QĐ-UBND",
        "confidence": 0.97,
        "status": "accepted",
        "page": 1,
        "box": [72.0, 90.0, 180.0, 104.0],
        "evidence": "number: 12/QĐ-UBND",
    }
    assert told["agency_code"] == AGENCY
    assert [file["name"] for file in told["files"]] == ["alto", "pdf", "text"]
    assert told["links"][0]["dossier_code"] == DOSSIER


def test_a_personal_number_is_masked_in_value_and_evidence(house: House) -> None:
    """A key for reading would be a key for collecting citizen numbers."""
    (document,) = house.publish(PaperText(name="a", fields={"citizen_id": CITIZEN}))
    for scopes, shown in (((Scope.READ,), False), ((Scope.READ, Scope.PERSONAL), True)):
        answer = house.client.get(f"/v1/documents/{document}", headers=house.key(*scopes))
        assert (CITIZEN in answer.text) is shown
        assert CITIZEN[-3:] in answer.text


def test_signatures_of_the_original_are_told(house: House) -> None:
    """A portal that hands out the searchable copy must say that a signed paper stands behind it, and whose."""
    (document,) = house.publish(PaperText(name="a"))
    signature = {
        "field": "So1",
        "signer": f"Lê Thị Thử {CITIZEN}",
        "issuer": "CA",
        "signed_at": "2024-03-05T10:00:00+07:00",
        "sub_filter": "ETSI.CAdES.detached",
        "integrity": "intact",
        "covers_file": True,
        "time_stamp": None,
        "trust": "not checked",
        "note": "",
    }
    with house.door.database.transaction() as session:
        row = session.get_one(DocumentTable, document)
        row.report = row.report | {"signatures": [signature]}
    told = house.client.get(f"/v1/documents/{document}", headers=house.key(Scope.READ)).json()
    assert told["signatures"][0]["integrity"] == "intact"
    assert told["signatures"][0]["signer"].startswith("Lê Thị Thử")
    assert CITIZEN not in told["signatures"][0]["signer"]  # some certificates name their holder with it


def test_a_document_of_another_agency_is_not_there(house: House) -> None:
    """Its title, its events and its files would tell of another department's case."""
    (document,) = house.publish(PaperText(name="a", dossier=OTHER_DOSSIER))
    key = house.key(*Scope, agency=AGENCY)
    for part in ("", "/versions", "/events", "/pdf", "/text", "/alto", "/original"):
        answer = house.client.get(f"/v1/documents/{document}{part}", headers=key)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), part
    correction = {"fields": {"number": "1"}, "reason": "x"}
    tried = house.client.patch(f"/v1/documents/{document}", json=correction, headers={**key, "If-Match": '"v1"'})
    assert tried.status_code == 404


def test_a_document_that_has_not_changed_is_not_sent_again(house: House) -> None:
    """A system that asks every minute would move everything every minute."""
    (document,) = house.publish(PaperText(name="a"))
    key = house.key(Scope.READ)
    tag = house.client.get(f"/v1/documents/{document}", headers=key).headers["ETag"]
    again = house.client.get(f"/v1/documents/{document}", headers={**key, "If-None-Match": f'"x", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)


def test_a_correction_is_a_new_version_with_who_and_why(house_of_pair: House) -> None:
    """What the machine read and who overruled it could not be told apart."""
    house = house_of_pair
    (document,) = house.publish(PaperText(name="a", status="review"))
    key = house.key(Scope.READ, Scope.REVIEW, Scope.SEARCH)
    tag = house.client.get(f"/v1/documents/{document}", headers=key).headers["ETag"]
    correction = {"fields": {"number": "2911/QĐ-UBND", "date": "2023-07-13"}, "reason": "số viết tay", "by": "Lan"}
    answer = house.client.patch(f"/v1/documents/{document}", json=correction, headers={**key, "If-Match": tag})
    told = answer.json()
    assert (answer.status_code, told["version"], told["status"], told["reasons"]) == (200, 2, "published", [])
    assert told["issued_on"] == "2023-07-13"
    number = next(field for field in told["fields"] if field["name"] == "number")
    assert (number["value"], number["status"], number["evidence"]) == (
        "2911/QĐ-UBND",
        "accepted",
        "number: 12/QĐ-UBND",
    )
    assert [file["name"] for file in told["files"]] == ["alto", "pdf", "text"]
    versions = house.client.get(f"/v1/documents/{document}/versions", headers=key).json()
    assert [(one["version"], one["reason"], one["changed"]) for one in versions[1:]] == [
        (2, "số viết tay", ["date", "number"])
    ]
    assert versions[1]["agent"].endswith("(Lan)")
    events = house.client.get(f"/v1/documents/{document}/events", headers=key).json()
    assert "corrected" in [event["type"] for event in events]
    feed(house.door.database, house.door.index)
    assert house.client.get("/v1/search", params={"q": "số:2911/QĐ-UBND"}, headers=key).json()["total"] == 1


def test_a_correction_of_what_somebody_else_changed_is_refused(house_of_pair: House) -> None:
    """Two clerks on one paper: the second would undo the first without seeing it."""
    house = house_of_pair
    (document,) = house.publish(PaperText(name="a"))
    key = house.key(Scope.READ, Scope.REVIEW)
    tag = house.client.get(f"/v1/documents/{document}", headers=key).headers["ETag"]

    def correct(number: str, **headers: str) -> tuple[int, str]:
        body = {"fields": {"number": number}, "reason": "x"}
        answer = house.client.patch(f"/v1/documents/{document}", json=body, headers={**key, **headers})
        return answer.status_code, answer.json().get("code", "")

    assert correct("1") == (428, "version-needed")
    assert correct("1", **{"If-Match": tag})[0] == 200
    assert correct("2", **{"If-Match": tag}) == (412, "version-conflict")
    assert correct("2", **{"If-Match": "*"}) == (412, "version-conflict")
    told = house.client.get(f"/v1/documents/{document}", headers=key).json()
    assert (told["version"], told["fields"][0]["value"]) == (2, "1")


def test_wrong_corrections_are_named_and_change_nothing(house: House) -> None:
    """A date that does not exist, an invented field or a masked number would be on record."""
    (document,) = house.publish(PaperText(name="a"))
    key = {**house.key(Scope.READ, Scope.REVIEW), "If-Match": '"v1"'}
    for fields, code in (
        ({"date": "31/02/2023"}, "wrong-correction"),
        ({"citizen_id": "*********345"}, "wrong-correction"),
        ({"colour": "red"}, "invalid"),
        ({}, "invalid"),
    ):
        answer = house.client.patch(f"/v1/documents/{document}", json={"fields": fields, "reason": "x"}, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (422, code), fields
    assert house.client.get(f"/v1/documents/{document}", headers=key).json()["version"] == 1


def test_a_corrected_dossier_binds_the_paper_and_gives_it_its_agency(house: House) -> None:
    """A paper with a misread code would stay with nobody, however often it was corrected."""
    house.register(DossierRow(code=DOSSIER))
    (document,) = house.publish(PaperText(name="a", dossier="H23.16-230712-0007", accepted=False, status="review"))
    key = house.key(Scope.READ, Scope.REVIEW)
    correction = {"fields": {"dossier_code": DOSSIER, "number": "12/QĐ-UBND"}, "reason": "mã trên giấy"}
    told = house.client.patch(
        f"/v1/documents/{document}", json=correction, headers={**key, "If-Match": '"v1"'}
    ).json()
    assert [(link["dossier_code"], link["method"], link["status"]) for link in told["links"]] == [
        (DOSSIER, "person", "accepted")
    ]
    assert told["agency_code"] == AGENCY
    dossier = house.client.get(f"/v1/dossiers/{DOSSIER}", headers=house.key(Scope.READ, agency=AGENCY)).json()
    assert [one["id"] for one in dossier["documents"]] == [document]


def test_a_key_of_one_agency_moves_no_paper_to_another(house: House) -> None:
    """A department would give its case away, or plant a paper in another's."""
    (document,) = house.publish(PaperText(name="a"))
    key = {**house.key(Scope.READ, Scope.REVIEW, agency=AGENCY), "If-Match": '"v1"'}
    correction = {"fields": {"dossier_code": OTHER_DOSSIER}, "reason": "x"}
    answer = house.client.patch(f"/v1/documents/{document}", json=correction, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "outside-agency")
