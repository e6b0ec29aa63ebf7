"""Search over HTTP."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from api.search import AT_ONCE
from storage.index import SearchIndex, SearchResult
from storage.scopes import Scope
from tests.api.house import AGENCY, CITIZEN, OTHER_AGENCY, OTHER_DOSSIER, House, PaperText


def test_papers_are_found_with_and_without_accents(house_of_pair: House) -> None:
    """A clerk on a keyboard without Vietnamese layout finds what another one does."""
    (document,) = house_of_pair.publish(PaperText(name="a"))
    key = house_of_pair.key(Scope.SEARCH)
    for typed in ("giấy phép", "giay phep", '"cấp giấy phép"', "số:12/QĐ-UBND", "loại:QĐ"):
        found = house_of_pair.client.get("/v1/search", params={"q": typed}, headers=key).json()
        assert [hit["document_id"] for hit in found["hits"]] == [document], typed


def test_a_key_of_one_agency_sees_nothing_of_another(house: House) -> None:
    """Another department's paper would show in hits, totals, facets or suggestions."""
    (ours,) = house.publish(PaperText(name="ours"), scan=b"1")
    house.publish(PaperText(name="theirs", dossier=OTHER_DOSSIER), scan=b"2")
    house.publish(PaperText(name="nobody's", dossier=None), scan=b"3")
    key = house.key(Scope.SEARCH, agency=AGENCY)
    found = house.client.get("/v1/search", params={"q": "giấy phép"}, headers=key).json()
    assert [hit["document_id"] for hit in found["hits"]] == [ours]
    assert found["total"] == 1
    assert found["facets"]["agency"] == {AGENCY: 1}
    suggested = house.client.get("/v1/suggest", params={"q": "quyet di"}, headers=key).json()
    assert suggested["suggestions"] == ["Quyết định 12/QĐ-UBND ours"]
    everything = house.client.get("/v1/search", params={"q": "giấy phép"}, headers=house.key(Scope.SEARCH)).json()
    assert everything["total"] == 3
    assert everything["facets"]["agency"] == {AGENCY: 1, OTHER_AGENCY: 1}


def test_searches_take_turns_and_keep_nobody_else_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty at once would share one core and all come late, and with them every file and every page."""
    key, running, most, free = house.key(Scope.SEARCH), 0, 0, threading.Event()
    counting, find = threading.Lock(), SearchIndex.search

    def slow(index: SearchIndex, query: str, **how: Any) -> SearchResult:
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        free.wait(30)
        with counting:
            running -= 1
        return find(index, query, **how)

    monkeypatch.setattr(SearchIndex, "search", slow)
    with ThreadPoolExecutor(6) as askers:
        asked = [askers.submit(house.client.get, "/v1/search", params={"q": "a"}, headers=key) for _ in range(6)]
        other = house.client.get("/v1/documents/0123456789abcdef", headers=house.key(Scope.READ))
        assert other.status_code == 404
        free.set()
        assert [one.result().status_code for one in asked] == [200] * 6
    assert 0 < most <= AT_ONCE


def test_a_doubtful_dossier_shows_a_paper_to_no_agency(house: House) -> None:
    """A misread code would hand a paper to the wrong department."""
    house.publish(PaperText(name="a", accepted=False, status="review"))
    key = house.key(Scope.SEARCH, agency=AGENCY)
    assert house.client.get("/v1/search", params={"q": "giấy phép"}, headers=key).json()["total"] == 0


def test_a_held_paper_is_never_found(house: House) -> None:
    """A state secret would be one query away."""
    (held,) = house.publish(PaperText(name="a", status="held"))
    key = house.key(*Scope)
    assert house.client.get("/v1/search", params={"q": "giấy phép"}, headers=key).json()["total"] == 0
    assert house.client.get(f"/v1/documents/{held}", headers=key).status_code == 404


def test_personal_numbers_are_masked_without_their_scope(house: House) -> None:
    """A search screen at the counter would show everybody's citizen number."""
    house.publish(PaperText(name=f"của {CITIZEN}", text=f"Số định danh: {CITIZEN}, Nguyễn Văn A"))
    for scopes, shown in (((Scope.SEARCH,), False), ((Scope.SEARCH, Scope.PERSONAL), True)):
        answer = house.client.get("/v1/search", params={"q": "định danh"}, headers=house.key(*scopes))
        assert (CITIZEN in answer.text) is shown
        hit = answer.json()["hits"][0]
        start, end = hit["marks"][0]
        assert hit["snippet"][start:end] == "định"


def test_filters_and_dates_narrow_an_answer(house: House) -> None:
    """A clerk looks for the decisions of one year only."""
    house.publish(
        PaperText(name="old", issued_on=date(2019, 1, 31)),
        PaperText(name="new", issued_on=date(2024, 2, 1)),
        PaperText(name="letter", type="CV", issued_on=None),
    )
    key = house.key(Scope.SEARCH)

    def names(**wanted: str) -> list[str]:
        found = house.client.get("/v1/search", params=wanted, headers=key).json()
        return [hit["title"].rsplit(" ", 1)[1] for hit in found["hits"]]

    assert names(q="giấy phép", issued_from="2024-01-01") == ["new"]
    assert names(issued_to="2019-01-31") == ["old"]
    assert names(type="CV") == ["letter"]
    assert names(q="giấy phép", order="newest") == ["new", "old", "letter"]
    assert names(q="giấy phép", order="oldest") == ["old", "new", "letter"]
    assert names() == []


def test_pages_of_an_answer_follow_each_other_and_end(house: House) -> None:
    """A client that walks through an answer would miss papers or never stop."""
    house.publish(*(PaperText(name=f"p{number}") for number in range(5)))
    key = house.key(Scope.SEARCH)
    seen, cursor = [], None
    for _ in range(3):
        asked = {"q": "giấy phép", "limit": "2", **({"cursor": cursor} if cursor else {})}
        found = house.client.get("/v1/search", params=asked, headers=key).json()
        seen += [hit["document_id"] for hit in found["hits"]]
        cursor = found["next"]
    assert len(seen) == len(set(seen)) == 5
    assert cursor is None


def test_a_cursor_serves_only_its_own_question(house: House) -> None:
    """Mixed up cursors would skip papers in silence."""
    house.publish(*(PaperText(name=f"p{number}") for number in range(3)))
    key = house.key(Scope.SEARCH)
    first = house.client.get("/v1/search", params={"q": "giấy", "limit": "1"}, headers=key).json()
    for cursor in (first["next"], "x", "ế", "AAAA"):
        answer = house.client.get("/v1/search", params={"q": "phép", "cursor": cursor}, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-cursor")


def test_confidential_kinds_need_their_scope(house: House) -> None:
    """A kind of paper that the province calls confidential would be in every clerk's answers."""
    from dataclasses import replace

    object.__setattr__(house.door, "settings", replace(house.door.settings, confidential_types=("QĐ",)))
    (document,) = house.publish(PaperText(name="a"))
    for scopes, total, status in (((Scope.SEARCH, Scope.READ), 0, 404), (tuple(Scope), 1, 200)):
        key = house.key(*scopes)
        assert house.client.get("/v1/search", params={"q": "giấy phép"}, headers=key).json()["total"] == total
        assert house.client.get(f"/v1/documents/{document}", headers=key).status_code == status
