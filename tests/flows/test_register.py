"""Imports from the procedures system: all of a file or nothing."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import WrongUse
from flows.installation import opened
from flows.register import import_agency_file, import_dossier_file, import_procedure_file, read_dossiers
from storage.records import find_dossier, names_of_agencies
from tests.flows.conftest import House

HEAD = "dossier_code,procedure_code,owner_name,owner_id,received_on\n"


def test_an_import_again_updates_what_changed(paired_house: House, tmp_path: Path):
    """The export comes every night: rows must be updated, not doubled, and names kept in one spelling."""
    settings, file = paired_house.settings(), tmp_path / "d.csv"
    file.write_text(HEAD + "H23.16-230712-0001,1.004199,Nguyễn Văn An,,2023-07-12\nH23.16-230712-0002,,,,\n")
    first = import_dossier_file(file, settings)
    file.write_text(HEAD + "H23.16-230712-0001,1.004199,Nguyễn Thị An,,2023-07-12\nH23.16-230712-0002,,,,\n")
    second = import_dossier_file(file, settings)
    assert (first.inserted, second.updated, second.unchanged) == (2, 1, 1)
    with opened(settings) as inside, inside.database.transaction() as session:
        dossier = find_dossier(session, "H23.16-230712-0001")
        assert dossier is not None
        assert dossier.owner_name == "Nguyễn Thị An"


@pytest.mark.parametrize("row", [",1.004199,An,,2023-07-12\n", "H23.16-230712-0009,,,,12/07/2023\n"])
def test_a_wrong_line_stops_the_whole_import_and_is_named(house: House, tmp_path: Path, row: str):
    """Half an import would leave papers unlinked that the clerk believes are linked."""
    file = tmp_path / "d.csv"
    file.write_text(HEAD + "H23.16-230712-0001,,,,\n" + row)
    with pytest.raises(WrongUse, match="line 3"):
        import_dossier_file(file, house.settings())
    with opened(house.settings()) as inside, inside.database.transaction() as session:
        assert find_dossier(session, "H23.16-230712-0001") is None


def test_procedures_are_imported(house: House, tmp_path: Path):
    """1,918 procedures come as one list."""
    file = tmp_path / "p.csv"
    file.write_text('procedure_code,name\n1.004199,"Đăng ký, cấp giấy"\n')
    assert import_procedure_file(file, house.settings()).inserted == 1


def test_a_file_that_is_no_csv_is_refused(house: House, tmp_path: Path):
    """Somebody gives the spreadsheet instead of its export."""
    file = tmp_path / "d.xlsx"
    file.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(WrongUse, match="nothing was imported"):
        import_dossier_file(file, house.settings())


ROWS = [
    {"dossier_code": "H23.16-230712-0001", "owner_name": "Nguyễn Văn An", "owner_id": "030184001234", "fee": 12.5},
    {
        "dossier_code": "H23.16-230712-0002",
        "procedure_code": "1.004199",
        "received_on": "2023-07-12",
        "owner_id": None,
    },
]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS, ensure_ascii=False),
        "\ufeff" + json.dumps({"total": 2, "data": ROWS}, indent=1),
        "\n".join(json.dumps(row) for row in ROWS) + "\n",
    ],
    ids=["list", "list in an object", "an object a line"],
)
def test_json_says_the_same_as_csv(house: House, tmp_path: Path, text: str):
    """The procedures system's interface answers in JSON; nobody should have to turn it into a spreadsheet."""
    file = tmp_path / "d.json"
    file.write_text(text)
    assert import_dossier_file(file, house.settings()).inserted == 2
    with opened(house.settings()) as inside, inside.database.transaction() as session:
        first, second = (find_dossier(session, str(row["dossier_code"])) for row in ROWS)
    assert first is not None
    assert second is not None
    assert (first.owner_name, first.owner_id) == ("Nguyễn Văn An", "030184001234")
    assert (second.procedure_code, second.received_on, second.owner_id) == ("1.004199", date(2023, 7, 12), None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"dossier_code": "A-1"}, {"owner_name": "An"}]', "row 2: dossier_code is empty"),
        ('[{"dossier_code": "A-1", "owner_id": 30184001234}]', "row 1: owner_id must be text"),
        ('[{"dossier_code": "A-1"}, 7]', "row 2: must be an object"),
        ('{"dossier_code": "A-1"}\n{"dossier_code": "A-2", "received_on": "1/2/2023"}', "line 2: received_on"),
        ('[{"dossier_code": "A-1"', "cannot be read as JSON"),
        ('[{"dossier_code": "' + "A" * 61 + '"}]', "longer than 60"),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
)
def test_wrong_json_is_refused_whole_and_the_row_is_named(house: House, tmp_path: Path, text: str, told: str):
    """A personal number that lost its first zero is another citizen's."""
    file = tmp_path / "d.json"
    file.write_text(text)
    with pytest.raises(WrongUse, match=told):
        import_dossier_file(file, house.settings())
    with opened(house.settings()) as inside, inside.database.transaction() as session:
        assert find_dossier(session, "A-1") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["dossier_code", "owner_name", "owner_id", "received_on", "data"]) | st.text(), inner
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=300) | JSON.map(json.dumps) | st.binary(max_size=300))
def test_any_file_is_read_or_refused(data: str | bytes):
    """Whatever is given instead of an export, the clerk gets a sentence and never a crash."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "d"
        file.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
        try:
            rows = list(read_dossiers(file))
        except WrongUse:
            return
    assert all(row.code for row in rows)
    "".join(f"{row.code}{row.owner_name}" for row in rows).encode()  # what a database cannot take is gone


def test_names_of_agencies_hold_for_their_days(paired_house: House, tmp_path: Path):
    """Codes outlive names: a report of 2024 must not name an office of 2025."""
    settings, file = paired_house.settings(), tmp_path / "a.csv"
    file.write_text(
        "agency_code,name,valid_from,valid_to\n"
        "H23.19,Sở Tài nguyên và Môi trường,,2025-02-28\n"
        "H23.19,Sở Nông nghiệp và Môi trường,2025-03-01,\n"
        "000.00.16.H23,Sở Tư pháp,,\n"
    )
    assert import_agency_file(file, settings).inserted == 3
    assert import_agency_file(file, settings).unchanged == 3
    codes = {"H23.19", "H23.16", "H23.99"}
    with opened(settings) as inside, inside.database.transaction() as session:
        before = names_of_agencies(session, codes, date(2024, 5, 1))
        after = names_of_agencies(session, codes, date(2025, 5, 1))
    assert before == {"H23.19": "Sở Tài nguyên và Môi trường", "H23.16": "Sở Tư pháp"}
    assert after["H23.19"] == "Sở Nông nghiệp và Môi trường"


@pytest.mark.parametrize("row", ["Sở,Sở Tư pháp,,\n", "H23.16,,,\n", "H23.16,Sở Tư pháp,1/7/2025,\n"])
def test_a_wrong_agency_is_named_by_its_line(house: House, tmp_path: Path, row: str):
    """A code that no key's scope matches would hide an office from everybody."""
    file = tmp_path / "a.csv"
    file.write_text("agency_code,name,valid_from,valid_to\n" + row)
    with pytest.raises(WrongUse, match="line 2"):
        import_agency_file(file, house.settings())
