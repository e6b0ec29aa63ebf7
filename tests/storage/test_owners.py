"""Dossiers by their owner: found however the name is written, and by an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from storage.records import Database, DossierRow, dossiers_of_owner, import_dossiers
from storage.records.owners import MOST
from storage.records.register import LONGEST_NAME, folded_name

NAME = "Nguyễn Thị Hoà"
NUMBER = "030184001234"
DAY = date(2023, 7, 12)


def _imported(database: Database, rows: Sequence[DossierRow], columns: tuple[str, ...] | None = None) -> None:
    with database.transaction() as session:
        if columns is None:
            import_dossiers(session, rows)
        else:
            import_dossiers(session, rows, columns)


def _codes(database: Database, *, numbers: Sequence[str] = (), name: str | None = None, near: date | None = DAY):
    with database.reading() as session:
        return [row.code for row in dossiers_of_owner(session, numbers=numbers, name=name, near=near)]


def test_an_owner_is_found_by_number_and_by_the_name_in_any_spelling(database: Database) -> None:
    """The scan lost its accents, the procedures system puts the tone elsewhere: it is the same citizen."""
    _imported(
        database,
        [
            DossierRow(code="H23.16-230712-0001", owner_name=NAME, owner_id=NUMBER, received_on=DAY),
            DossierRow(code="H23.16-230712-0002", owner_name="Trần Văn Bình", received_on=DAY),
        ],
    )
    for spelling in (NAME, "NGUYỄN THỊ HÒA", "nguyen thi hoa", "Nguyễn  Thị Hoa"):
        assert _codes(database, name=spelling) == ["H23.16-230712-0001"]
    assert _codes(database, numbers=[NUMBER]) == ["H23.16-230712-0001"]
    assert _codes(database, name="Nguyễn Thị") == []


def test_of_many_namesakes_the_nearest_days_are_taken(database: Database) -> None:
    """Half a district is called so; the dossier that came in on the paper's day must be among the few."""
    rows = [
        DossierRow(code=f"H23.16-{number:06}", owner_name=NAME, received_on=DAY + timedelta(days=number - 100))
        for number in range(200)
    ]
    _imported(database, [*rows, DossierRow(code="H23.16-none", owner_name=NAME)])
    found = _codes(database, name=NAME)
    assert len(found) == 2 * MOST + 1
    assert {"H23.16-000100", "H23.16-000099", "H23.16-none"} <= set(found)


def test_a_name_that_changes_is_found_under_the_new_one_only(database: Database) -> None:
    """A corrected export must not leave the dossier under a stranger's name."""
    code = "H23.16-230712-0001"
    _imported(database, [DossierRow(code=code, owner_name=NAME)])
    _imported(database, [DossierRow(code=code, owner_id=NUMBER)], ("owner_id",))
    assert _codes(database, name=NAME) == [code]  # an export that tells of no names takes none away
    _imported(database, [DossierRow(code=code, owner_name="Lê Thị Hương")], ("owner_name",))
    assert (_codes(database, name=NAME), _codes(database, name="le thi huong")) == ([], [code])


def test_dossiers_of_before_the_update_are_found_too(database: Database) -> None:
    """Nobody imports years of dossiers again because a program was updated."""
    _imported(database, [DossierRow(code="H23.16-230712-0001", owner_name=NAME)])
    database.migrate("0006")
    database.migrate()
    assert _codes(database, name="nguyen thi hoa") == ["H23.16-230712-0001"]


def test_no_look_up_reads_the_whole_register(database: Database) -> None:
    """A hundred thousand dossiers and a paper a second: each look-up must go by an index."""
    asked: list[tuple[str, object]] = []

    def hear(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        _codes(database, numbers=[NUMBER], name=NAME)
        _codes(database, name=NAME, near=None)
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)
    looked = [(statement, parameters) for statement, parameters in asked if "FROM dossiers" in statement]
    assert len(looked) == 5
    explain = "EXPLAIN QUERY PLAN " if database.engine.dialect.name == "sqlite" else "EXPLAIN "
    with database.engine.connect() as connection:
        if explain == "EXPLAIN ":
            connection.execute(text("SET enable_seqscan = off"))  # an empty table is read whole for good reason
        for statement, parameters in looked:
            plan = " ".join(str(row) for row in connection.exec_driver_sql(explain + statement, parameters))  # type: ignore[arg-type]
            assert "ix_dossiers_owner" in plan, plan


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=300))
def test_any_name_can_be_looked_up(name: str) -> None:
    """Exports hold everything: empty names, dots, other scripts. None may stop an import."""
    folded = folded_name(name)
    assert folded is None or 0 < len(folded) <= LONGEST_NAME
    assert folded == folded_name(f"  {name} ".upper().lower()) or not name.isascii()
