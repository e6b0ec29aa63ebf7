"""Digitised papers as the rules want them on record: their codes (TT 01/2023 điều 10) and their data (điều 9).

The formula of the code is cut out of every text of the circular that we have seen; ours is that of a deployed system,
and a setting. A paper whose kind has no code of the national database gets none: a made-up one would stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import Field
from sqlalchemy.orm import Session

from api.models import Answer
from storage.records import DocumentRecord, DossierRow, documents_of_dossier, dossiers_of_owner
from storage.records.sight import Sight

LONGEST = {"name": 2000, "number": 60, "subject": 1000, "issuer": 200, "signer": 50}  # letters, as deployed
COMPONENT, RESULT = "0", "1"  # LoaiSoHoa


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCodes:
    """How codes are made."""

    template: str = "{owner}.{type}.{number}.{nn:02d}"  #: nn: papers of the same owner, type and number so far
    types: Mapping[str, str]  #: `procedure/kind` or `kind` → code in the national database, like KQ.G15.000031

    def type_of(self, document: DocumentRecord, dossier: DossierRow) -> str:
        """The code of a paper's type; empty where the province has not told it."""
        kind = document.type or ""
        return self.types.get(f"{dossier.procedure_code}/{kind}") or self.types.get(kind, "")

    def code(self, *, owner: str, type: str, number: str, ordinal: int) -> str:  # noqa: A002  (as the template says it)
        """The code of a digitised paper; empty where its type or number is not known."""
        return self.template.format(owner=owner, type=type, number=number, nn=ordinal) if type and number else ""


class GiayToSoHoa(Answer):
    """A digitised paper with its data; what is not known is empty."""

    Ma: str = Field(
        description="code of the digitised paper; holds `/`, so that it is no file name",
        examples=["*********345.KQ.G15.000031.12/QĐ-UBND.01"],
    )
    Ten: str
    MaHoSo: str = Field(examples=["H23.16-230712-0001"])
    MaTTHC: str = Field(examples=["1.004199"])
    MaGiayTo: str = Field(description="code of its type in the national database", examples=["KQ.G15.000031"])
    MaGiayToKhoQuocGia: str = Field(
        description="of a result: its code in the store of results, NĐ 45/2020 điều 14",
        examples=["H23.16-230712-0001-KQ1"],
    )
    MaDinhDanh: str = Field(description="number of its owner", examples=["*********345"])
    ChuGiayTo: str
    SoKyHieu: str = Field(examples=["12/QĐ-UBND"])
    NgayBanHanh: str = Field(examples=["20230712000000"])
    CoQuanBanHanh: str
    NguoiKy: str
    TrichYeuNoiDung: str
    ThoiHanHieuLuc: str = ""
    PhamViHieuLuc: str = ""
    LoaiSoHoa: str = Field(description="0 component, 1 result", examples=["1"])
    TrangThaiSoHoa: str = Field(default="1", description="1 digitised")
    DinhKem: str = Field(description="address of the PDF")


def bound_papers(session: Session, code: str, sight: Sight) -> list[DocumentRecord]:
    """The papers that are in a dossier for certain and in sight."""
    return [
        document
        for document in documents_of_dossier(session, code)
        if sight.sees(document)
        and any(link.dossier_code == code and link.status == "accepted" for link in document.links)
    ]


def ordinals(
    session: Session, dossier: DossierRow, documents: Sequence[DocumentRecord], codes: PaperCodes
) -> dict[str, int]:
    """By id of document: the how-manieth paper of that owner, type and number it is, in all dossiers of the owner."""
    typed = [one for one in documents if codes.type_of(one, dossier) and value_of(one, "number")]
    if not typed:
        return {}
    of_owner = [dossier]
    if dossier.owner_id:
        others = dossiers_of_owner(session, numbers=[dossier.owner_id], name=None, near=None)
        of_owner += [other for other in others if other.code != dossier.code]
    peers = {
        (codes.type_of(one, owned), value_of(one, "number"), one.published_at, one.id)
        for owned in of_owner
        for one in bound_papers(session, owned.code, Sight())
    }
    earlier = sorted(peers)
    return {one.id: _place(earlier, codes.type_of(one, dossier), one) for one in typed}


def _place(peers: Sequence[tuple[object, ...]], kind: str, document: DocumentRecord) -> int:
    same = [peer[3] for peer in peers if peer[:2] == (kind, value_of(document, "number"))]
    return same.index(document.id) + 1


def value_of(document: DocumentRecord, name: str) -> str:
    """A field's value; empty where the paper has none."""
    return next((field.value for field in document.fields if field.name == name and field.value), "")


def moment(day: date | None) -> str:
    """yyyyMMddHHmmss; empty where there is no day."""
    return day.isoformat().replace("-", "") + "000000" if day else ""


def digitised(
    document: DocumentRecord,
    dossier: DossierRow,
    *,
    type_code: str,
    code: str,
    owner: str,
    result_code: str,
    link: str,
) -> GiayToSoHoa:
    """The record of a paper. owner: its number as it may be shown. result_code: empty for a component."""
    return GiayToSoHoa(
        Ma=code,
        Ten=document.title[: LONGEST["name"]],
        MaHoSo=dossier.code,
        MaTTHC=dossier.procedure_code or "",
        MaGiayTo=type_code,
        MaGiayToKhoQuocGia=result_code,
        MaDinhDanh=owner,
        ChuGiayTo=dossier.owner_name or "",
        SoKyHieu=value_of(document, "number")[: LONGEST["number"]],
        NgayBanHanh=moment(document.issued_on),
        CoQuanBanHanh=value_of(document, "issuer")[: LONGEST["issuer"]],
        NguoiKy=value_of(document, "signer")[: LONGEST["signer"]],
        TrichYeuNoiDung=value_of(document, "subject")[: LONGEST["subject"]],
        LoaiSoHoa=RESULT if result_code else COMPONENT,
        DinhKem=link,
    )
