"""Binding papers to dossiers: what binds by itself, what waits for a person."""

from __future__ import annotations

from typing import Any

import pytest

from flows.link import Method, Told, link, link_entry
from ocr.papers import Kind, Paper
from ocr.papers.paper import DossierCodeFrom

CODE = "H23.16-230712-0001"
OTHER = "H23.16-230712-0002"
KIND = Kind(code="GP", name="Giấy phép", confidence=0.9, role="result")


def _paper(code: str | None = None, source: DossierCodeFrom | None = None) -> Paper:
    return Paper(pages=(1,), blank_pages=(), kind=KIND, dossier_code=code, dossier_code_from=source)


def _known(code: str) -> bool:
    return code == CODE


@pytest.mark.parametrize("method", ["qr", "text", "receipt"])
def test_a_code_that_was_read_binds_where_it_is_known(method: DossierCodeFrom):
    """The common case must not cost a person a look."""
    bound = link(_paper(CODE, method), "tập.pdf", Told(), _known)
    assert (bound.dossier_code, bound.method, bound.accepted) == (CODE, Method(method), True)


def test_a_person_goes_before_what_is_read_and_a_difference_is_told(tmp_path: Any):
    """The clerk says one dossier, the receipt another: somebody's paper is in the wrong pile."""
    bound = link(_paper(OTHER, "qr"), "tập.pdf", Told(dossier_code=CODE), _known)
    assert (bound.dossier_code, bound.accepted) == (CODE, False)
    assert OTHER in bound.reason


def test_a_folder_named_after_a_dossier_binds():
    """Offices keep one folder a dossier."""
    bound = link(_paper(), f"{CODE}/giấy.pdf", Told(), _known)
    assert (bound.dossier_code, bound.method, bound.accepted) == (CODE, Method.PATH, True)


def test_a_path_with_two_codes_binds_to_neither():
    """Guessing between two would be wrong half the time."""
    assert link(_paper(), f"{CODE} và {OTHER}/giấy.pdf", Told(), _known).dossier_code is None


def test_an_unknown_code_is_kept_and_held():
    """The dossier may be imported tomorrow; until then nobody may find the paper under it as certain."""
    bound = link(_paper(OTHER, "text"), "x.pdf", Told(), _known)
    assert (bound.dossier_code, bound.accepted) == (OTHER, False)
    assert "has no dossier" in bound.reason


def test_a_link_says_whether_the_paper_is_a_component_or_the_result():
    """The portal wants results apart from what was handed in; the kind says which."""
    bound = link(_paper(CODE, "qr"), "tập.pdf", Told(), _known)
    assert link_entry(bound)["role"] == "result"
