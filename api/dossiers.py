"""Dossiers and procedures: told by the procedures system, again and again, with the same effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.access import Caller, Reader, TheDoor, Writer
from api.models import DossierAnswer, ImportedAnswer, ProcedureAnswer, dossier_answer
from api.problems import Code, Problem
from api.shapes import AgencyCode, DossierCode, Name, PlainCode, ProcedureCode
from storage.agencies import agency_of_dossier
from storage.events import record_event
from storage.records import (
    DossierRow,
    Imported,
    ProcedureRow,
    documents_of_dossier,
    find_dossier,
    find_procedure,
    import_dossiers,
    import_procedures,
)

router = APIRouter(prefix="/v1", tags=["dossiers and procedures"])

MOST_ROWS = 1000  # in one batch


class Dossier(BaseModel):
    """What the procedures system knows of a dossier. What is left out is forgotten: a PUT says all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "procedure_code": "1.004199",
                    "owner_name": "Nguyễn Văn A",
                    "owner_id": "001085000001",
                    "received_on": "2023-07-12",
                    "status": 4,
                    "channel": 1,
                    "written_result": True,
                }
            ]
        },
    )

    procedure_code: PlainCode | None = None
    owner_name: Name | None = None
    owner_id: PlainCode | None = Field(default=None, max_length=20)
    received_on: date | None = None
    agency_code: AgencyCode | None = Field(default=None, description="either shape; without it the one in the code")
    status: int | None = Field(default=None, ge=1, le=10, description="TrangThaiHoSo of the national portal")
    channel: int | None = Field(default=None, ge=1, le=3, description="KenhThucHien: 1 counter, 2 online, 3 post")
    due_on: date | None = None
    finished_on: date | None = None
    written_result: bool | None = Field(default=None, description="the procedure ends with a paper")
    reused: bool | None = Field(default=None, description="a component was used again")
    from_store: bool | None = Field(default=None, description="a component came from the citizen's own store")


class DossierOfBatch(Dossier):
    """A dossier with its code."""

    code: PlainCode


class Dossiers(BaseModel):
    """Dossiers to be taken over together, all of them or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"dossiers": [{"code": "H23.16-230712-0001", "received_on": "2023-07-12"}]}]},
    )

    dossiers: list[DossierOfBatch] = Field(min_length=1, max_length=MOST_ROWS)


class Procedure(BaseModel):
    """A procedure."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Cấp giấy phép xây dựng"}]})

    name: Name | None = None


class ProcedureOfBatch(Procedure):
    """A procedure with its code."""

    code: PlainCode


class Procedures(BaseModel):
    """Procedures to be taken over together, all of them or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"procedures": [{"code": "1.004199", "name": "Cấp giấy phép xây dựng"}]}]},
    )

    procedures: list[ProcedureOfBatch] = Field(min_length=1, max_length=MOST_ROWS)


@router.get("/dossiers/{dossier_code}", operation_id="getDossier")
def get(door: TheDoor, caller: Reader, dossier_code: DossierCode) -> DossierAnswer:
    """A dossier with its documents, the doubtful ones too (their `links` say so)."""
    with door.database.reading() as session:
        dossier = find_dossier(session, dossier_code)
        if dossier is None or not caller.sight.covers(dossier.agency_code):
            raise Problem(Code.NOT_FOUND)
        procedure = find_procedure(session, dossier.procedure_code) if dossier.procedure_code else None
        documents = [one for one in documents_of_dossier(session, dossier_code) if caller.sight.sees(one)]
    return dossier_answer(dossier, procedure, documents, personal=caller.personal)


@router.put("/dossiers/{dossier_code}", operation_id="putDossier")
def put(door: TheDoor, caller: Writer, dossier_code: DossierCode, dossier: Dossier) -> ImportedAnswer:
    """Take a dossier over, new or known."""
    with door.database.transaction() as session:
        return _import(session, caller, [DossierRow(code=dossier_code, **dossier.model_dump())])


@router.put("/dossiers", operation_id="putDossiers")
def put_all(door: TheDoor, caller: Writer, dossiers: Dossiers) -> ImportedAnswer:
    """Take over up to a thousand dossiers, all of them or none."""
    with door.database.transaction() as session:
        return _import(session, caller, [DossierRow(**one.model_dump()) for one in dossiers.dossiers])


def _import(session: Session, caller: Caller, rows: Sequence[DossierRow]) -> ImportedAnswer:
    if caller.sight.agency is not None:
        for row in rows:
            there = find_dossier(session, row.code)
            ours = caller.sight.covers(row.agency_code or agency_of_dossier(row.code))
            if not ours or (there is not None and not caller.sight.covers(there.agency_code)):
                raise Problem(Code.OUTSIDE_AGENCY, values={"agency": caller.sight.agency})
    done = import_dossiers(session, rows)
    _note(session, caller, "dossiers imported", done)
    return _answer(done)


def _note(session: Session, caller: Caller, what: str, done: Imported) -> None:
    detail = {"inserted": done.inserted, "updated": done.updated}
    if done.inserted or done.updated:
        record_event(
            session, type=what, object_kind="register", object_id="import", agent=caller.agent, detail=detail
        )


def _answer(done: Imported) -> ImportedAnswer:
    return ImportedAnswer(inserted=done.inserted, updated=done.updated, unchanged=done.unchanged)


@router.get("/procedures/{procedure_code}", operation_id="getProcedure")
def get_procedure(door: TheDoor, _: Reader, procedure_code: ProcedureCode) -> ProcedureAnswer:
    """A procedure."""
    with door.database.reading() as session:
        found = find_procedure(session, procedure_code)
    if found is None:
        raise Problem(Code.NOT_FOUND)
    return ProcedureAnswer(code=found.code, name=found.name)


@router.put("/procedures/{procedure_code}", operation_id="putProcedure")
def put_procedure(
    door: TheDoor, caller: Writer, procedure_code: ProcedureCode, procedure: Procedure
) -> ImportedAnswer:
    """Take a procedure over; procedures are the whole province's, so that a key of one agency may not."""
    return _import_procedures(door, caller, [ProcedureRow(code=procedure_code, name=procedure.name)])


@router.put("/procedures", operation_id="putProcedures")
def put_procedures(door: TheDoor, caller: Writer, procedures: Procedures) -> ImportedAnswer:
    """Take over up to a thousand procedures, all of them or none."""
    rows = [ProcedureRow(code=one.code, name=one.name) for one in procedures.procedures]
    return _import_procedures(door, caller, rows)


def _import_procedures(door: TheDoor, caller: Caller, rows: Sequence[ProcedureRow]) -> ImportedAnswer:
    if caller.sight.agency is not None:
        raise Problem(Code.OUTSIDE_AGENCY, values={"agency": caller.sight.agency})
    with door.database.transaction() as session:
        done = import_procedures(session, rows)
        _note(session, caller, "procedures imported", done)
    return _answer(done)
