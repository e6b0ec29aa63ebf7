"""A dossier in the fields of the 2026 portal's interface: its files, `CreateDossier`, and how far it is.

Seen in running software, not in law. Its kinds of owner count from 0 where the older sync counts from 1.
`GetNextValue` gives codes to dossiers that have none; ours have those of the one-stop system.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from fastapi import APIRouter
from pydantic import Field

from api.access import Reader, TheDoor
from api.masking import masked
from api.models import Answer
from api.portal import found, is_result, kind_of_owner
from api.portal_papers import PaperCodes, moment
from api.shapes import DossierCode
from storage.records import DocumentRecord, DossierRow

router = APIRouter(prefix="/v1/portal", tags=["national portal"])

ELECTRONIC = 2  # LoaiBan; 0 original and 1 copy are of paper that is handed in
DIGITISED = "Số hóa hồ sơ"  # NoiDungXuLy
OWNERS = {"1": "0", "2": "1"}  # kinds of owner of the older sync → of this one: citizen, enterprise


class GiayToDinhKem(Answer):
    """A file of a component, to be uploaded first."""

    IdGiayTo: str = Field(description="ours, until the portal gives its IdTepTin", examples=["3f2a9c0d51b7e684"])
    MaKetQua: str = Field(description="code of its type in the national database", examples=["KQ.G15.000031"])
    TenGiayTo: str
    HashTepTin: str = Field(description="SHA-256 of the PDF")


class ThanhPhanHoSo(Answer):
    """A component of the dossier."""

    MaThanhPhanHoSo: str = Field(description="code of its kind", examples=["DON"])
    TenThanhPhanHoSo: str
    SoLuong: int = Field(examples=[1])
    LoaiBan: int = Field(description="0 original, 1 copy, 2 electronic", examples=[ELECTRONIC])
    GiayToDinhKem: list[GiayToDinhKem]


class CreateDossier(Answer):
    """A dossier for the 2026 portal; dates are yyyyMMddHHmmss, what is not known is empty."""

    MaHoSo: str = Field(examples=["H23.16-230712-0001"])
    MaTTHC: str = Field(examples=["1.004199"])
    MaDichVuCong: str = ""
    ChuHoSo: str
    LoaiDoiTuong: str = Field(description="0 citizen, 1 enterprise, 2 household business", examples=["0"])
    MaDonViTiepNhan: str = Field(examples=["H23.16"])
    NgayNop: str = ""
    NgayTiepNhan: str = Field(examples=["20230712000000"])
    ThanhPhanHoSo: list[ThanhPhanHoSo]
    ThongTinNguoiNop: dict[str, str] = Field(default_factory=dict, description="who handed it in is not told to us")


class TienTrinh(Answer):
    """A step of the dossier's way; who did it is not told to us."""

    MaHoSo: str
    NguoiXuLy: str = ""
    ChucDanh: str = ""
    ThoiDiemXuLy: str
    PhongBanXuLy: str
    NoiDungXuLy: str = DIGITISED
    TrangThai: str
    NgayBatDau: str
    NgayKetThucTheoQuyDinh: str


class TrangThai(Answer):
    """Where the dossier is, as the one-stop system told."""

    MaHoSo: str
    TrangThaiHoSo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToSend:
    """A component's PDF in the store."""

    document_id: str
    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """All that the calls of 2026 tell of a dossier."""

    files: tuple[FileToSend, ...]  #: of its components
    dossier: CreateDossier  #: names files by our ids until they have the portal's
    progress: TienTrinh
    state: TrangThai | None  #: None where the one-stop system has not told it


@router.get("/dossiers/{dossier_code}/create", operation_id="exportDossier2026")
def export(door: TheDoor, caller: Reader, dossier_code: DossierCode) -> CreateDossier:
    """A dossier in the fields of the 2026 portal's CreateDossier, with its accepted components."""
    with door.database.reading() as session:
        dossier, _, documents = found(session, caller.sight, dossier_code)
    return created(dossier, documents, door.settings.paper_codes, text=str if caller.personal else masked)


def created(
    dossier: DossierRow, documents: Sequence[DocumentRecord], codes: PaperCodes, *, text: Callable[[str], str]
) -> CreateDossier:
    """The mapping. text: a title as the caller may see it."""
    components = sorted(
        (one for one in documents if not is_result(one, dossier)), key=lambda one: (one.type or "", one.id)
    )
    return CreateDossier(
        MaHoSo=dossier.code,
        MaTTHC=dossier.procedure_code or "",
        ChuHoSo=dossier.owner_name or "",
        LoaiDoiTuong=OWNERS.get(kind_of_owner(dossier.owner_id or ""), ""),
        MaDonViTiepNhan=dossier.agency_code or "",
        NgayTiepNhan=moment(dossier.received_on),
        ThanhPhanHoSo=[
            _component(kind, list(papers), dossier, codes, text)
            for kind, papers in groupby(components, key=lambda one: one.type or "")
        ],
    )


def pushed(dossier: DossierRow, documents: Sequence[DocumentRecord], codes: PaperCodes) -> Pushed:
    """A dossier for the calls, whole numbers and all."""
    made = created(dossier, documents, codes, text=str)
    named = {file.IdGiayTo for part in made.ThanhPhanHoSo for file in part.GiayToDinhKem}
    state = "" if dossier.status is None else str(dossier.status)
    latest = max((one.published_at for one in documents), default=None)
    return Pushed(
        files=tuple(
            FileToSend(document_id=one.id, key=part.key, sha256=part.sha256, size=part.size)
            for one in documents
            if one.id in named
            for part in one.parts
            if part.name == "pdf"
        ),
        dossier=made,
        progress=TienTrinh(
            MaHoSo=dossier.code,
            ThoiDiemXuLy=f"{latest.astimezone():%Y%m%d%H%M%S}" if latest else "",
            PhongBanXuLy=dossier.agency_code or "",
            TrangThai=state,
            NgayBatDau=moment(dossier.received_on),
            NgayKetThucTheoQuyDinh=moment(dossier.due_on),
        ),
        state=TrangThai(MaHoSo=dossier.code, TrangThaiHoSo=state) if state else None,
    )


def _component(
    kind: str,
    papers: Sequence[DocumentRecord],
    dossier: DossierRow,
    codes: PaperCodes,
    text: Callable[[str], str],
) -> ThanhPhanHoSo:
    attached = [
        GiayToDinhKem(
            IdGiayTo=one.id,
            MaKetQua=codes.type_of(one, dossier),
            TenGiayTo=text(one.title),
            HashTepTin=next((part.sha256 for part in one.parts if part.name == "pdf"), ""),
        )
        for one in papers
    ]
    return ThanhPhanHoSo(
        MaThanhPhanHoSo=kind,
        TenThanhPhanHoSo=text(papers[0].title),
        SoLuong=len(papers),
        LoaiBan=ELECTRONIC,
        GiayToDinhKem=attached,
    )
