"""Our records in the fields of the national portal: dossier sync, and the store of results.

Names as deployed (VPCP's guide on connecting to Cổng DVCQG; QCVN 102:2016): `HoSo`, `TaiLieuNop`,
`DanhSachGiayToKetQua`, and the push of one result. What we do not know is left empty, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.orm import Session

from api.access import Reader, TheDoor
from api.door import DoorSettings
from api.masking import hidden, masked
from api.models import Answer
from api.portal_papers import GiayToSoHoa, bound_papers, digitised, moment, ordinals, value_of
from api.problems import Code, Problem
from api.shapes import DossierCode
from storage.records import DocumentRecord, DossierRow, ProcedureRow, find_dossier, find_procedure
from storage.records.sight import Sight

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
    MaKetQuaThayThe: str = Field(
        description="code of its type in the national database, where the province has told it",
        examples=["KQ.G15.000031"],
    )


class GiayToKetQua(Answer):
    """A result paper."""

    TenGiayTo: str = Field(examples=["Quyết định 12/QĐ-UBND"])
    MaThanhPhanHoSo: str = Field(examples=["QĐ"])
    GiayToId: str = Field(examples=["3f2a9c0d51b7e684"])
    DuongDanTepTinKetQua: str
    MaGiayToKetQua: str = Field(
        description="code of its type in the national database; where the province has not told it, the result's own "
        "of NĐ 45/2020 điều 14",
        examples=["KQ.G15.000031", "H23.16-230712-0001-KQ1"],
    )


class HoSo(Answer):
    """A dossier as the portal syncs it; dates are yyyyMMddHHmmss."""

    MaHoSo: str = Field(examples=["H23.16-230712-0001"])
    MaTTHC: str = Field(examples=["1.004199"])
    TenTTHC: str
    MaLinhVuc: str = ""
    TenLinhVuc: str = ""
    KenhThucHien: str = Field(examples=["1"])
    SoGiayToChuHoSo: str
    ChuHoSo: str
    LoaiDoiTuong: str = Field(description="1 citizen, 2 enterprise; empty where the number does not tell")
    MaDoiTuong: str = ""
    ThongTinKhac: str = ""
    Email: str = ""
    Fax: str = ""
    SoDienThoai: str = ""
    TrichYeuHoSo: str
    NgayTiepNhan: str = Field(examples=["20230712000000"])
    NgayHenTra: str
    NgayTra: str = ""
    ThongTinTra: str = ""
    HinhThuc: str = ""
    NgayKetThucXuLy: str
    TrangThaiHoSo: str = Field(examples=["4"])
    DonViXuLy: str = Field(examples=["H23.16"])
    GhiChu: str = ""
    NoiNopHoSo: str = ""
    HoSoCoThanhPhanSoHoa: str = Field(description="1 where a component is digitised", examples=["1"])
    TaiKhoanDuocXacThucVoiVNeID: str = ""
    DuocThanhToanTrucTuyen: str = ""
    NgayTuChoi: str = ""
    NgayNopHoSo: str = ""
    DSKetNoiCSDL: list[Mapping[str, str]] = Field(default_factory=list)
    DinhDanhCHS: list[DinhDanh]
    TaiLieuNop: list[TaiLieuNop]
    DanhSachGiayToKetQua: list[GiayToKetQua]


class KetQua(Answer):
    """One result as it is pushed into the store of results."""

    MaHoSo: str
    MaTTHC: str
    MaLinhVuc: str = ""
    LoaiDoiTuong: str
    LoaiDinhDanhCHS: str
    MaChuGiayTo: str
    NgayTiepNhan: str
    TrangThaiHoSo: str
    HinhThuc: str = ""
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
    NoiNopHoSo: str = ""
    HoSoCoThanhPhanSoHoa: str
    NgayHenTra: str
    NgayTra: str = ""
    MaCSDLDaKetNoi: str = ""


class DossierExport(Answer):
    """A dossier for the portal, its results for the store, and the codes and data of its digitised papers."""

    HoSo: HoSo
    KetQua: list[KetQua]
    GiayToSoHoa: list[GiayToSoHoa]


@router.get("/dossiers/{dossier_code}", operation_id="exportDossier")
def export(door: TheDoor, caller: Reader, dossier_code: DossierCode) -> DossierExport:
    """A dossier in the portal's fields, accepted papers only; personal numbers are masked without `personal`."""
    with door.database.reading() as session:
        return dossier_export(session, caller.sight, dossier_code, door.settings, personal=caller.personal)


def dossier_export(
    session: Session, sight: Sight, code: str, settings: DoorSettings, *, personal: bool
) -> DossierExport:
    """The mapping of a dossier that is in sight. Raises Problem: not-found."""
    dossier, procedure, documents = found(session, sight, code)
    results = sorted(
        (one for one in documents if is_result(one, dossier)), key=lambda one: (one.issued_on or date.max, one.id)
    )
    components = [one for one in documents if one not in results]
    numbered = {one.id: f"{dossier.code}-KQ{number}" for number, one in enumerate(results, 1)}
    shown = _Shown(settings, dossier, personal=personal)
    file = _file(dossier, procedure, shown, digitised="1" if components else "0")
    nth = ordinals(session, dossier, documents, settings.paper_codes)
    return DossierExport(
        HoSo=file.model_copy(
            update={
                "TaiLieuNop": [_component(one, dossier, shown) for one in components],
                "DanhSachGiayToKetQua": [_result(one, numbered[one.id], shown) for one in results],
            }
        ),
        KetQua=[_push(one, file, numbered[one.id], shown) for one in results],
        GiayToSoHoa=[
            _digitised(one, shown, nth.get(one.id, 1), numbered.get(one.id, "")) for one in (*components, *results)
        ],
    )


def found(session: Session, sight: Sight, code: str) -> tuple[DossierRow, ProcedureRow | None, list[DocumentRecord]]:
    """A dossier in sight, its procedure, its accepted papers. Raises Problem: not-found."""
    dossier = find_dossier(session, code)
    if dossier is None or not sight.covers(dossier.agency_code):
        raise Problem(Code.NOT_FOUND)
    procedure = find_procedure(session, dossier.procedure_code) if dossier.procedure_code else None
    return dossier, procedure, bound_papers(session, code, sight)


class _Shown:
    """What a caller may read of a dossier's texts and numbers, and where its files are."""

    def __init__(self, settings: DoorSettings, dossier: DossierRow, *, personal: bool) -> None:
        number = dossier.owner_id or ""
        self.codes, self.dossier = settings.paper_codes, dossier
        self.owner = number if personal else hidden(number)
        self._base, self._personal = settings.public_url.rstrip("/"), personal

    def text(self, text: str) -> str:
        """Personal numbers masked, unless the caller may see them."""
        return text if self._personal else masked(text)

    def link(self, document: DocumentRecord) -> str:
        """Where the PDF is."""
        return f"{self._base}/v1/documents/{document.id}/pdf"

    def result_code(self, document: DocumentRecord, own: str) -> str:
        """The code of a result's type, or its own."""
        return self.codes.type_of(document, self.dossier) or own


def _file(dossier: DossierRow, procedure: ProcedureRow | None, shown: _Shown, *, digitised: str) -> HoSo:
    """The dossier, still without its papers."""
    number = dossier.owner_id or ""
    return HoSo(
        MaHoSo=dossier.code,
        MaTTHC=dossier.procedure_code or "",
        TenTTHC=(procedure.name if procedure else None) or "",
        KenhThucHien=_text(dossier.channel),
        SoGiayToChuHoSo=shown.owner,
        ChuHoSo=dossier.owner_name or "",
        LoaiDoiTuong=kind_of_owner(number),
        TrichYeuHoSo="",
        NgayTiepNhan=moment(dossier.received_on),
        NgayHenTra=moment(dossier.due_on),
        NgayKetThucXuLy=moment(dossier.finished_on),
        TrangThaiHoSo=_text(dossier.status),
        DonViXuLy=dossier.agency_code or "",
        HoSoCoThanhPhanSoHoa=digitised,
        DinhDanhCHS=[DinhDanh(LoaiDinhDanh=kind, SoDinhDanh=shown.owner) for kind in _kinds_of_number(number)],
        TaiLieuNop=[],
        DanhSachGiayToKetQua=[],
    )


def is_result(document: DocumentRecord, dossier: DossierRow) -> bool:
    """As the figures count: a paper with a number of its own, dated on the day of receipt or later."""
    if document.issued_on is None or dossier.received_on is None or document.issued_on < dossier.received_on:
        return False
    return bool(value_of(document, "number"))


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def kind_of_owner(number: str) -> str:
    """1 citizen, 2 enterprise; empty where the number does not tell."""
    digits = number.replace("-", "")
    if not digits.isdecimal():
        return ""
    citizen = len(digits) in (CITIZEN_DIGITS, OLD_CARD_DIGITS)
    return "1" if citizen else "2" if len(digits) in BUSINESS_DIGITS else ""


def _kinds_of_number(number: str) -> list[int]:
    if not number.isdecimal():
        return []
    return {CITIZEN_DIGITS: [1], OLD_CARD_DIGITS: [2]}.get(len(number), [])


def _component(document: DocumentRecord, dossier: DossierRow, shown: _Shown) -> TaiLieuNop:
    return TaiLieuNop(
        TepDinhKemId=document.id,
        TenTepDinhKem=f"{document.id}.pdf",
        MaThanhPhanHoSo=document.type or "",
        DuongDanTaiTepTin=shown.link(document),
        DuocTaiSuDung=1 if dossier.reused else 0,
        DuocLayTuKhoDMQG=1 if dossier.from_store else 0,
        MaKetQuaThayThe=shown.codes.type_of(document, dossier),
    )


def _result(document: DocumentRecord, own: str, shown: _Shown) -> GiayToKetQua:
    return GiayToKetQua(
        TenGiayTo=shown.text(document.title),
        MaThanhPhanHoSo=document.type or "",
        GiayToId=document.id,
        DuongDanTepTinKetQua=shown.link(document),
        MaGiayToKetQua=shown.result_code(document, own),
    )


def _push(document: DocumentRecord, file: HoSo, own: str, shown: _Shown) -> KetQua:
    return KetQua(
        MaHoSo=file.MaHoSo,
        MaTTHC=file.MaTTHC,
        LoaiDoiTuong=file.LoaiDoiTuong,
        LoaiDinhDanhCHS=str(file.DinhDanhCHS[0].LoaiDinhDanh) if file.DinhDanhCHS else "",
        MaChuGiayTo=file.SoGiayToChuHoSo,
        NgayTiepNhan=file.NgayTiepNhan,
        TrangThaiHoSo=file.TrangThaiHoSo,
        MaCoQuan=file.DonViXuLy,
        DonViXuLy=file.DonViXuLy,
        MaGiayToKetQua=shown.result_code(document, own),
        TenGiayToKetQua=shown.text(document.title),
        SoKyHieu=value_of(document, "number"),
        TrichYeuNoiDung=shown.text(value_of(document, "subject"))[:LONGEST_SUBJECT],
        NgayCap=moment(document.issued_on),
        TenFileGiayToKetQuaDinhKem=f"{document.id}.pdf",
        DuongDanTepTinKetQua=shown.link(document),
        HoSoCoThanhPhanSoHoa=file.HoSoCoThanhPhanSoHoa,
        NgayHenTra=file.NgayHenTra,
    )


def _digitised(document: DocumentRecord, shown: _Shown, nth: int, own: str) -> GiayToSoHoa:
    kind, number = shown.codes.type_of(document, shown.dossier), value_of(document, "number")
    made = digitised(
        document,
        shown.dossier,
        type_code=kind,
        code=shown.codes.code(owner=shown.owner, type=kind, number=number, ordinal=nth),
        owner=shown.owner,
        result_code=own,
        link=shown.link(document),
    )
    return made.model_copy(update={"Ten": shown.text(made.Ten), "TrichYeuNoiDung": shown.text(made.TrichYeuNoiDung)})
