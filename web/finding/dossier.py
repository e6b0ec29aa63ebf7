"""A dossier: its components and results in order, and all of it as one ZIP that is made while it is sent."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from api.access import Caller, TheDoor
from api.door import Door
from api.masking import masked
from api.models import dossier_answer
from api.problems import Code, Problem
from api.shapes import DossierCode
from storage.objects import BLOCK
from storage.records import DocumentRecord, DossierRow, documents_of_dossier, find_dossier, find_procedure
from web.finding.paper import reader
from web.pages import render
from web.session import Person

router = APIRouter()

LONGEST_NAME = 80  # letters of a title in a file's name; Windows takes 255 for a whole path
BOM = "\ufeff"  # without it Excel takes UTF-8 for something else
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


def seen_dossier(session: Session, caller: Caller, code: str) -> tuple[DossierRow | None, list[DocumentRecord]]:
    """A dossier and those of its papers that the caller may see, oldest first. Raises Problem: not-found."""
    dossier = find_dossier(session, code)
    if dossier is not None and not caller.sight.covers(dossier.agency_code):
        raise Problem(Code.NOT_FOUND)
    papers = [paper for paper in documents_of_dossier(session, code) if caller.sight.sees(paper)]
    if dossier is None and not papers:
        raise Problem(Code.NOT_FOUND)
    undated = "9999"
    papers.sort(key=lambda paper: (str(paper.issued_on or undated), paper.source, paper.pages[:1]))
    return dossier, papers


def is_result(paper: DocumentRecord, dossier: DossierRow | None) -> bool:
    """Whether it is what the procedure ended with, as the figures count it (storage.figures)."""
    numbered = any(field.name == "number" and field.value for field in paper.fields)
    received = dossier.received_on if dossier else None
    return numbered and received is not None and paper.issued_on is not None and paper.issued_on >= received


@router.get("/dossiers/{dossier_code}")
def dossier(
    request: Request, door: TheDoor, person: Annotated[Person, Depends(reader)], dossier_code: DossierCode
) -> Response:
    """Show a dossier; another agency's is not found."""
    with door.database.reading() as session:
        found, papers = seen_dossier(session, person.caller, dossier_code)
        procedure = find_procedure(session, found.procedure_code) if found and found.procedure_code else None
    doubtful = {
        paper.id
        for paper in papers
        if any(link.dossier_code == dossier_code and link.status != "accepted" for link in paper.links)
    }
    results = [paper for paper in papers if is_result(paper, found)]
    personal = person.caller.personal
    return render(
        request,
        "finding/dossier.html",
        code=dossier_code,
        dossier=dossier_answer(found, procedure, [], personal=personal) if found else None,
        groups=(("components", [paper for paper in papers if paper not in results]), ("results", results)),
        title=lambda paper: paper.title if personal else masked(paper.title),
        doubtful=doubtful,
        papers=papers,
    )


@router.get("/dossiers/{dossier_code}/{part}")
def download(
    door: TheDoor, person: Annotated[Person, Depends(reader)], dossier_code: DossierCode, part: Literal["zip"]
) -> Response:
    """The PDFs of all its papers that the person may see, with a list of them."""
    with door.database.reading() as session:
        _, papers = seen_dossier(session, person.caller, dossier_code)
    name = quote(f"{dossier_code}.{part}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"}
    return StreamingResponse(
        zipped(door, papers, personal=person.caller.personal), media_type="application/zip", headers=headers
    )


class _Sink:
    """Takes what the ZIP's writer writes until it is sent; it cannot go back, so that nothing is kept."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._blocks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        blocks, self._blocks = self._blocks, []
        return b"".join(blocks)


def zipped(door: Door, papers: Sequence[DocumentRecord], *, personal: bool) -> Iterator[bytes]:
    """A ZIP, block by block: a dossier of a thousand pages takes no more memory than one of ten."""
    sink = _Sink()
    rows: list[tuple[str, ...]] = [("Tệp", "Giấy tờ", "Số", "Ngày ban hành", "SHA-256")]
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]  # a stream that only writes
        for number, paper in enumerate(papers, 1):
            pdf = next((part for part in paper.parts if part.name == "pdf"), None)
            if pdf is None:
                continue
            title = paper.title if personal else masked(paper.title)
            name = f"{number:02}-{_file_name(title)}.pdf"
            said = next((field.value for field in paper.fields if field.name == "number"), None)
            rows.append((name, title, said or "", str(paper.issued_on or ""), pdf.sha256))
            info = zipfile.ZipInfo(name, date_time=paper.published_at.timetuple()[:6])
            with door.store.open(pdf.key) as reader, archive.open(info, "w", force_zip64=True) as writer:
                while block := reader.read(BLOCK):
                    writer.write(block)
                    yield sink.taken()
        archive.writestr(zipfile.ZipInfo("danh-muc.csv"), _listed(rows))
    yield sink.taken()


def _file_name(title: str) -> str:
    return _UNFIT.sub("-", title)[:LONGEST_NAME].strip(" .-") or "giay-to"


def _listed(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in row] for row in rows)
    return (BOM + text.getvalue()).encode()
