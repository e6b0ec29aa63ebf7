"""What the door answers, as JSON: the contract with other systems. Fields are added, never renamed or taken away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.masking import PERSONAL_FIELDS, hidden, masked
from storage.agencies import agency_of_dossier, within
from storage.corrections import Version
from storage.records import DocumentRecord, DossierRow, ProcedureRow, StoredField
from storage.signing import pdf_signatures

Status = Literal["published", "review"]
Certainty = Literal["accepted", "review"]


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True)


class ProblemAnswer(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(examples=["urn:sohoa:problem:not-found"])
    title: str = Field(examples=["Không tìm thấy"])
    status: int = Field(examples=[404])
    code: str = Field(description="stable, for programs", examples=["not-found"])
    detail: str = Field(description="what to do", examples=["Không có, hoặc khoá không được xem."])
    correlation_id: str = Field(description="tell it to the administrator", examples=["0f8d1c6e2a7b4d09"])
    errors: list[dict[str, Any]] = Field(default_factory=list, description="wrong values, each with where and why")


class FieldAnswer(Answer):
    """A value that was read, with its proof."""

    name: str = Field(examples=["number"])
    value: str | None = Field(description="null: the paper has none", examples=["12/QĐ-UBND"])
    confidence: float = Field(ge=0, le=1, examples=[0.97])
    status: Certainty = Field(description="review: a person must confirm it")
    page: int | None = Field(description="within the source, from 1", examples=[1])
    box: list[float] | None = Field(
        description="x0, y0, x1, y1 in points from the top left of the page", examples=[[85.1, 104.9, 210.0, 118.2]]
    )
    evidence: str = Field(description="the words it was read from", examples=["Số: 12/QĐ-UBND"])


class LinkAnswer(Answer):
    """A binding to a dossier."""

    dossier_code: str = Field(examples=["H23.16-230712-0001"])
    method: str = Field(description="told, qr, text, receipt, path, owner or person", examples=["qr"])
    confidence: float = Field(ge=0, le=1, examples=[0.99])
    status: Certainty
    reason: str = Field(description="why a person must look; empty where accepted", examples=[""])


class CandidateAnswer(Answer):
    """A dossier that a paper without a code may belong to."""

    dossier_code: str = Field(examples=["H23.16-230712-0001"])
    score: float = Field(ge=0, le=1, examples=[0.85])
    reasons: list[str] = Field(
        description="what agrees, then what does not", examples=[["the owner's number", "the owner's name"]]
    )


SERVED = ("pdf", "text", "alto")  # parts that `api.files` hands out; the others are for the program itself


class FileAnswer(Answer):
    """A file of a document."""

    name: str = Field(examples=["pdf"])
    href: str = Field(examples=["/v1/documents/3f2a9c0d51b7e684/pdf"])
    sha256: str
    size: int = Field(description="bytes", examples=[184223])
    content_type: str = Field(examples=["application/pdf"])


class SignatureAnswer(Answer):
    """An electronic signature, as it was found when the file came in or was signed."""

    field: str = Field(description="name of its form field", examples=["Signature1"])
    signer: str = Field(description="whom the certificate names", examples=["Ủy ban nhân dân xã Tân Lập"])
    issuer: str = Field(description="of the certificate", examples=["Cơ quan chứng thực số chuyên dùng"])
    signed_at: datetime | None = Field(description="by the signer's own clock")
    sub_filter: str = Field(examples=["ETSI.CAdES.detached"])
    integrity: Literal["intact", "broken", "not checked"]
    covers_file: bool = Field(description="false where something was added after it, as a further signature")
    time_stamp: datetime | None = Field(description="of a time-stamp authority")
    trust: Literal["known", "unknown", "not checked"] = Field(description="whether a configured root vouches for it")
    note: str = Field(description="for people", examples=[""])


class DocumentSummary(Answer):
    """A document in a list."""

    id: str = Field(examples=["3f2a9c0d51b7e684"])
    version: int = Field(examples=[1])
    type: str | None = Field(description="code of its kind", examples=["QĐ"])
    title: str = Field(examples=["Quyết định 12/QĐ-UBND Về việc cấp giấy phép"])
    issued_on: date | None = Field(examples=["2023-07-12"])
    dossier_code: str | None = Field(examples=["H23.16-230712-0001"])
    procedure_code: str | None = Field(examples=["1.004199"])
    agency_code: str | None = Field(examples=["H23.16"])
    status: Status
    href: str = Field(examples=["/v1/documents/3f2a9c0d51b7e684"])


class DocumentAnswer(DocumentSummary):
    """A document with everything that is known of it but its text."""

    source: str = Field(description="name it came under", examples=["2023/kho-1/0001.pdf"])
    scan_sha256: str = Field(description="of the scanner's own bytes")
    batch_id: str = Field(examples=["20261124-081356-a1b2c3"])
    pages: list[int] = Field(description="within the source, from 1", examples=[[1, 2]])
    blank_pages: list[int] = Field(examples=[[]])
    confidence: float = Field(ge=0, le=1, description="of its kind", examples=[0.98])
    reasons: list[str] = Field(description="what a person must confirm", examples=[[]])
    published_at: datetime
    fields: list[FieldAnswer]
    links: list[LinkAnswer]
    role: Literal["component", "result"] | None = Field(
        description="of its dossier (hồ sơ, kết quả); null where its kind is either", examples=["result"]
    )
    candidates: list[CandidateAnswer] = Field(
        description="dossiers that it may belong to where no code was found, best first", examples=[[]]
    )
    files: list[FileAnswer]
    signatures: list[SignatureAnswer] = Field(description="of the scan's own file, which stays as it came")
    pdf_signatures: list[SignatureAnswer] = Field(description="of the searchable PDF, by `sohoa sign`")


class VersionAnswer(Answer):
    """A version of a document; the first is the machine's."""

    version: int = Field(examples=[2])
    at: datetime
    agent: str = Field(description="who made it", examples=["key 5f0c2e8a91d3"])
    reason: str = Field(examples=["số viết tay, đọc từ bản giấy"])
    changed: list[str] = Field(description="names of fields", examples=[["number"]])


class EventAnswer(Answer):
    """Something that happened."""

    at: datetime
    type: str = Field(examples=["downloaded"])
    agent: str = Field(examples=["key 5f0c2e8a91d3"])
    outcome: str = Field(examples=["success"])


class DossierAnswer(Answer):
    """A dossier as the procedures system told of it, with its documents."""

    code: str = Field(examples=["H23.16-230712-0001"])
    procedure_code: str | None = Field(examples=["1.004199"])
    procedure_name: str | None = Field(examples=["Cấp giấy phép xây dựng"])
    agency_code: str | None = Field(examples=["H23.16"])
    owner_name: str | None = Field(examples=["Nguyễn Văn A"])
    owner_id: str | None = Field(examples=["*********001"])
    received_on: date | None
    status: int | None = Field(description="TrangThaiHoSo", examples=[4])
    channel: int | None = Field(description="KenhThucHien", examples=[1])
    due_on: date | None
    finished_on: date | None
    written_result: bool | None
    reused: bool | None
    from_store: bool | None
    documents: list[DocumentSummary]


class ProcedureAnswer(Answer):
    """A procedure."""

    code: str = Field(examples=["1.004199"])
    name: str | None = Field(examples=["Cấp giấy phép xây dựng"])


class ImportedAnswer(Answer):
    """What an upsert did; the same one again changes nothing."""

    inserted: int = Field(examples=[1])
    updated: int = Field(examples=[0])
    unchanged: int = Field(examples=[0])


def field_answer(field: StoredField, *, personal: bool) -> FieldAnswer:
    """A field, masked unless the caller may see personal numbers."""
    value, evidence = field.value, field.evidence
    if not personal:
        value, evidence = masked(value), masked(evidence)
        if field.name in PERSONAL_FIELDS:
            value, evidence = hidden(value) if value else value, hidden(evidence)
    return FieldAnswer(
        name=field.name,
        value=value,
        confidence=field.confidence,
        status=_certainty(field.status),
        page=field.page,
        box=list(field.box) if field.box else None,
        evidence=evidence,
    )


def _certainty(status: str) -> Certainty:
    return "accepted" if status == "accepted" else "review"


def _summary(document: DocumentRecord, *, personal: bool) -> dict[str, Any]:
    return {
        "id": document.id,
        "version": document.version,
        "type": document.type,
        "title": document.title if personal else masked(document.title),
        "issued_on": document.issued_on,
        "dossier_code": document.dossier_code,
        "procedure_code": document.procedure_code,
        "agency_code": document.agency_code,
        "status": str(document.status),
        "href": f"/v1/documents/{document.id}",
    }


def summary_answer(document: DocumentRecord, *, personal: bool) -> DocumentSummary:
    """A document in a list."""
    return DocumentSummary(**_summary(document, personal=personal))


def _candidates(document: DocumentRecord, agency: str | None) -> list[CandidateAnswer]:
    """Those of dossiers that whoever sees that agency may see."""
    weighed = (document.report.get("link") or {}).get("candidates") or ()
    return [CandidateAnswer(**one) for one in weighed if within(agency_of_dossier(one["dossier_code"]), agency)]


def document_answer(document: DocumentRecord, *, personal: bool, agency: str | None) -> DocumentAnswer:
    """A document. agency: which the caller sees with all below it; None: the whole province."""
    links = [
        LinkAnswer(
            dossier_code=link.dossier_code,
            method=link.method,
            confidence=link.confidence,
            status=_certainty(link.status),
            reason=link.reason,
        )
        for link in document.links
    ]
    files = [
        FileAnswer(
            name=part.name,
            href=f"/v1/documents/{document.id}/{part.name}",
            sha256=part.sha256,
            size=part.size,
            content_type=part.content_type,
        )
        for part in document.parts
        if part.name in SERVED
    ]
    return DocumentAnswer(
        **_summary(document, personal=personal),
        source=document.source if personal else masked(document.source),
        scan_sha256=document.scan_sha256,
        batch_id=document.batch_id,
        pages=list(document.pages),
        blank_pages=list(document.blank_pages),
        confidence=document.confidence,
        reasons=list(document.reasons),
        published_at=document.published_at,
        fields=[field_answer(field, personal=personal) for field in document.fields],
        links=links,
        role=(document.report.get("link") or {}).get("role"),
        candidates=_candidates(document, agency),
        files=files,
        signatures=_signature_answers(document.report.get("signatures") or (), personal=personal),
        pdf_signatures=_signature_answers(pdf_signatures(document), personal=personal),
    )


def _signature_answers(found: Iterable[dict[str, Any]], *, personal: bool) -> list[SignatureAnswer]:
    """Some certificates name their holder with a personal number."""
    return [
        SignatureAnswer(**one | {"signer": one["signer"] if personal else masked(one["signer"])}) for one in found
    ]


def version_answer(version: Version) -> VersionAnswer:
    """A version that a person made."""
    return VersionAnswer(
        version=version.version,
        at=version.at,
        agent=version.agent,
        reason=version.reason,
        changed=list(version.changed),
    )


def dossier_answer(
    dossier: DossierRow, procedure: ProcedureRow | None, documents: list[DocumentRecord], *, personal: bool
) -> DossierAnswer:
    """A dossier with those of its documents that the caller may see."""
    owner_id = dossier.owner_id if personal or not dossier.owner_id else hidden(dossier.owner_id)
    return DossierAnswer(
        code=dossier.code,
        procedure_code=dossier.procedure_code,
        procedure_name=procedure.name if procedure else None,
        agency_code=dossier.agency_code,
        owner_name=dossier.owner_name,
        owner_id=owner_id,
        received_on=dossier.received_on,
        status=dossier.status,
        channel=dossier.channel,
        due_on=dossier.due_on,
        finished_on=dossier.finished_on,
        written_result=dossier.written_result,
        reused=dossier.reused,
        from_store=dossier.from_store,
        documents=[summary_answer(document, personal=personal) for document in documents],
    )
