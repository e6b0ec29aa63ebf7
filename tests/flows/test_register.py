"""Imports from the procedures system: all of a file or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import WrongUse
from flows.installation import opened
from flows.register import import_dossier_file, import_procedure_file
from storage.records import find_dossier
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
