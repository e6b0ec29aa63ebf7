"""The whole way of a paper that names no dossier: read, compared with the register, bound or shown to a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.register import import_dossier_file
from tests.flows import papers
from tests.flows.conftest import House

NAME, NUMBER = "Phạm Thị Lan", "030184001234"
CODE, OTHER = "H23.16-230712-0001", "H23.16-230714-0002"


def _digitised(house: House, tmp_path: Path, owners: Sequence[dict[str, str]]) -> dict[str, Any]:
    export = tmp_path / "dossiers.json"
    export.write_text(json.dumps(owners))
    import_dossier_file(export, house.settings())
    scan = papers.save(papers.form(name=NAME, number=NUMBER), tmp_path / "quét" / "0001.png")
    (document,) = house.digitise(scan).report["documents"]
    return dict(document)


def test_a_form_is_bound_to_its_owners_one_dossier(paired_house: House, tmp_path: Path):
    """A clerk who had to look the code up for every form would rather scan less."""
    mine = {"dossier_code": CODE, "owner_name": NAME.upper(), "owner_id": NUMBER, "received_on": "2023-07-12"}
    namesake = {"dossier_code": OTHER, "owner_name": NAME, "owner_id": "030190004321", "received_on": "2023-07-12"}
    document = _digitised(paired_house, tmp_path, [mine, namesake])
    assert (document["dossier_code"], document["link"]["method"], document["link"]["status"]) == (
        CODE,
        "owner",
        "accepted",
    )
    assert document["link"]["role"] == "component"


def test_a_namesakes_dossier_is_only_shown(house: House, tmp_path: Path):
    """The stranger must not find somebody else's form among her papers; the clerk sees why."""
    namesake = {"dossier_code": OTHER, "owner_name": NAME, "received_on": "2023-07-12"}
    document = _digitised(house, tmp_path, [namesake])
    assert (document["dossier_code"], document["status"]) == (None, "review")
    (candidate,) = document["link"]["candidates"]
    assert (candidate["dossier_code"], candidate["reasons"]) == (OTHER, ["the owner's name", "the day"])
    shown = house.sohoa("show", document["id"]).stdout
    assert f"may be of {OTHER}" in shown
    assert "the nearest of the register has the owner's name" in shown
