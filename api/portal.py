"""Our records in the fields of the national portal: dossier sync, and the store of results.

Names as deployed (VPCP's guide on connecting to Cổng DVCQG; QCVN 102:2016): `HoSo`, `TaiLieuNop`,
`DanhSachGiayToKetQua`, and the push of one result. What we do not know is left empty, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.orm import Session

from api.access import Caller, Reader, TheDoor
from api.masking import hidden
from api.models import Answer
from api.problems import Code, Problem
from api.shapes import DossierCode
from storage.records import (
    DocumentRecord,
    DossierRow,
    ProcedureRow,
    documents_of_dossier,
    find_dossier,
    find_procedure,
)

router = APIRouter(prefix="/v1/portal", tags=["national portal"])

CITIZEN_DIGITS, OLD_CARD_DIGITS, BUSINESS_DIGITS = 12, 9, (10, 13)
LONGEST_SUBJECT = 1000  # letters of TrichYeuHoSo and TrichYeuNoiDung


class DinhDanh(Answer):
    """An identity of the owner."""

    LoaiDinhDanh: int = Field(description="1 CCCD of 12 digits, 2 CMND of 9", examples=[1])
    SoDinhDanh: str = Field(examples=["*********345"])


class TaiLieuNop(Answer):
    """A component that was handed in, digitised."""

    TepDinhKemId: str = Field(examples=["3f2a9c0d51b7e684"])
    TenTepDinhKem: str = Field(examples=["3f2a9c0d51b7e684.pdf"])
    IsDeleted: str = "0"
    MaThanhPhanHoSo: str = Field(description="code of its kind", examples=["DON"])
    DuongDanTaiTepTin: str
    DuocSoHoa: int = 1
    DuocTaiSuDung: int = Field(description="1 where the dossier says that a component was used again", examples=[0])
    DuocLayTuKhoDMQG: int = Field(examples=[0])
    MaKetQuaThayThe: str = ""


class GiayToKetQua(Answer):
    """A result paper."""

    TenGiayTo: str = Field(examples=["Quyết định 12/QĐ-UBND"])
    MaThanhPhanHoSo: str = Field(examples=["QĐ"])
    GiayToId: str = Field(examples=["3f2a9c0d51b7e684"])
    DuongDanTepTinKetQua: str
    MaGiayToKetQua: str = Field(description="code of an electronic result, NĐ 45/2020 điều 14")


class HoSo(Answer):
    """A dossier as the portal syncs it; dates are yyyyMMddHHmmss."""

    MaHoSo: str = Field(examples=["H23.16-230712-0001"])
    MaTTHC: str = Field(examples=["1.004199"])
    TenTTHC: str
    KenhThucHien: str = Field(examples=["1"])
    SoGiayToChuHoSo: str
    ChuHoSo: str
    LoaiDoiTuong: str = Field(description="1 citizen, 2 enterprise; empty where the number does not tell")
    TrichYeuHoSo: str
    NgayTiepNhan: str = Field(examples=["20230712000000"])
    NgayHenTra: str
    NgayKetThucXuLy: str
    TrangThaiHoSo: str = Field(examples=["4"])
    DonViXuLy: str = Field(examples=["H23.16"])
    HoSoCoThanhPhanSoHoa: str = Field(examples=["1"])
    DinhDanhCHS: list[DinhDanh]
    TaiLieuNop: list[TaiLieuNop]
    DanhSachGiayToKetQua: list[GiayToKetQua]


class KetQua(Answer):
    """One result as it is pushed into the store of results."""

    MaHoSo: str
    MaTTHC: str
    LoaiDoiTuong: str
    LoaiDinhDanhCHS: str
    MaChuGiayTo: str
    NgayTiepNhan: str
    TrangThaiHoSo: str
    MaCoQuan: str
    DonViXuLy: str
    MaGiayToKetQua: str
    TenGiayToKetQua: str
    SoKyHieu: str
    TrichYeuNoiDung: str
    NgayCap: str
    ThoiHanHieuLuc: str = ""
    PhamViHieuLuc: str = ""
    TenFileGiayToKetQuaDinhKem: str
    DuongDanTepTinKetQua: str
    HoSoCoThanhPhanSoHoa: str
    NgayHenTra: str


class DossierExport(Answer):
    """A dossier for the portal, and its results for the store."""

    HoSo: HoSo
    KetQua: list[KetQua]


@router.get("/dossiers/{dossier_code}", operation_id="exportDossier")
def export(door: TheDoor, caller: Reader, dossier_code: DossierCode) -> DossierExport:
    """A dossier in the portal's fields, accepted papers only; the owner's number is masked without `personal`."""
    with door.database.reading() as session:
        dossier, procedure, documents = _found(session, caller, dossier_code)
    return exported(
        dossier, procedure, documents, base=door.settings.public_url.rstrip("/"), personal=caller.personal
    )


def _found(
    session: Session, caller: Caller, code: str
) -> tuple[DossierRow, ProcedureRow | None, list[DocumentRecord]]:
    dossier = find_dossier(session, code)
    if dossier is None or not caller.sight.covers(dossier.agency_code):
        raise Problem(Code.NOT_FOUND)
    procedure = find_procedure(session, dossier.procedure_code) if dossier.procedure_code else None
    bound = [
        document
        for document in documents_of_dossier(session, code)
        if caller.sight.sees(document)
        and any(link.dossier_code == code and link.status == "accepted" for link in document.links)
    ]
    return dossier, procedure, bound


def exported(
    dossier: DossierRow,
    procedure: ProcedureRow | None,
    documents: Sequence[DocumentRecord],
    *,
    base: str,
    personal: bool,
) -> DossierExport:
    """The mapping. base: what goes before the paths of files."""
    results = sorted(
        (one for one in documents if is_result(one, dossier)), key=lambda one: (one.issued_on or date.max, one.id)
    )
    components = [one for one in documents if one not in results]
    codes = {one.id: f"{dossier.code}-KQ{number}" for number, one in enumerate(results, 1)}
    number = dossier.owner_id or ""
    shown = number if personal else hidden(number)
    digitised = "1" if documents else "0"
    file = HoSo(
        MaHoSo=dossier.code,
        MaTTHC=dossier.procedure_code or "",
        TenTTHC=(procedure.name if procedure else None) or "",
        KenhThucHien=_text(dossier.channel),
        SoGiayToChuHoSo=shown,
        ChuHoSo=dossier.owner_name or "",
        LoaiDoiTuong=_kind_of_owner(number),
        TrichYeuHoSo="",
        NgayTiepNhan=moment(dossier.received_on),
        NgayHenTra=moment(dossier.due_on),
        NgayKetThucXuLy=moment(dossier.finished_on),
        TrangThaiHoSo=_text(dossier.status),
        DonViXuLy=dossier.agency_code or "",
        HoSoCoThanhPhanSoHoa=digitised,
        DinhDanhCHS=[DinhDanh(LoaiDinhDanh=kind, SoDinhDanh=shown) for kind in _kinds_of_number(number)],
        TaiLieuNop=[_component(one, dossier, base) for one in components],
        DanhSachGiayToKetQua=[_result(one, codes[one.id], base) for one in results],
    )
    pushed = [_push(one, dossier, file, codes[one.id], base) for one in results]
    return DossierExport(HoSo=file, KetQua=pushed)


def is_result(document: DocumentRecord, dossier: DossierRow) -> bool:
    """As the figures count: a paper with a number of its own, dated on the day of receipt or later."""
    if document.issued_on is None or dossier.received_on is None or document.issued_on < dossier.received_on:
        return False
    return bool(value_of(document, "number"))


def value_of(document: DocumentRecord, name: str) -> str:
    """A field's value; empty where the paper has none."""
    return next((field.value for field in document.fields if field.name == name and field.value), "")


def moment(day: date | None) -> str:
    """yyyyMMddHHmmss; empty where there is no day."""
    return day.isoformat().replace("-", "") + "000000" if day else ""


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _kind_of_owner(number: str) -> str:
    digits = number.replace("-", "")
    if not digits.isdecimal():
        return ""
    citizen = len(digits) in (CITIZEN_DIGITS, OLD_CARD_DIGITS)
    return "1" if citizen else "2" if len(digits) in BUSINESS_DIGITS else ""


def _kinds_of_number(number: str) -> list[int]:
    if not number.isdecimal():
        return []
    return {CITIZEN_DIGITS: [1], OLD_CARD_DIGITS: [2]}.get(len(number), [])


def _link(document: DocumentRecord, base: str) -> str:
    return f"{base}/v1/documents/{document.id}/pdf"


def _component(document: DocumentRecord, dossier: DossierRow, base: str) -> TaiLieuNop:
    return TaiLieuNop(
        TepDinhKemId=document.id,
        TenTepDinhKem=f"{document.id}.pdf",
        MaThanhPhanHoSo=document.type or "",
        DuongDanTaiTepTin=_link(document, base),
        DuocTaiSuDung=1 if dossier.reused else 0,
        DuocLayTuKhoDMQG=1 if dossier.from_store else 0,
    )


def _result(document: DocumentRecord, code: str, base: str) -> GiayToKetQua:
    return GiayToKetQua(
        TenGiayTo=document.title,
        MaThanhPhanHoSo=document.type or "",
        GiayToId=document.id,
        DuongDanTepTinKetQua=_link(document, base),
        MaGiayToKetQua=code,
    )


def _push(document: DocumentRecord, dossier: DossierRow, file: HoSo, code: str, base: str) -> KetQua:
    return KetQua(
        MaHoSo=dossier.code,
        MaTTHC=file.MaTTHC,
        LoaiDoiTuong=file.LoaiDoiTuong,
        LoaiDinhDanhCHS=str(file.DinhDanhCHS[0].LoaiDinhDanh) if file.DinhDanhCHS else "",
        MaChuGiayTo=file.SoGiayToChuHoSo,
        NgayTiepNhan=file.NgayTiepNhan,
        TrangThaiHoSo=file.TrangThaiHoSo,
        MaCoQuan=dossier.agency_code or "",
        DonViXuLy=dossier.agency_code or "",
        MaGiayToKetQua=code,
        TenGiayToKetQua=document.title,
        SoKyHieu=value_of(document, "number"),
        TrichYeuNoiDung=value_of(document, "subject")[:LONGEST_SUBJECT],
        NgayCap=moment(document.issued_on),
        TenFileGiayToKetQuaDinhKem=f"{document.id}.pdf",
        DuongDanTepTinKetQua=_link(document, base),
        HoSoCoThanhPhanSoHoa=file.HoSoCoThanhPhanSoHoa,
        NgayHenTra=file.NgayHenTra,
    )
