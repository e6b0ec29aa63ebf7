"""Dossiers and digitised papers in the fields of the national portal, old and new, and their codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from api.app import DoorSettings
from api.portal_papers import PaperCodes
from storage.objects import open_store
from storage.records import Database, DossierRow
from storage.scopes import Scope
from tests.api.house import AGENCY, DOSSIER, House, PaperText, a_house

OWNER = "001085012345"
OLD_SHAPE = "000.00.16.H23-230712-0009"
FIRST = DossierRow(
    code=DOSSIER,
    procedure_code="1.004199",
    owner_name="Nguyễn Văn A",
    owner_id=OWNER,
    received_on=date(2023, 7, 12),
    status=10,
    channel=1,
)
TYPES = {"GKS": "KQ.G15.000031", "1.004199/QĐ": "KQ.H23.000123"}
PUBLIC = "https://sohoa.example.gov.vn"


@pytest.fixture
def house(records: Database, tmp_path: Path) -> Iterator[House]:
    """A house whose province has told the codes of two results."""
    settings = DoorSettings(public_url=PUBLIC, paper_codes=PaperCodes(types=TYPES), requests_per_minute=10_000)
    with a_house(records, open_store(f"folder://{tmp_path / 'objects'}"), tmp_path, settings) as opened:
        yield opened


def exported(house: House, code: str = DOSSIER, *scopes: Scope) -> dict:
    """A dossier as a key with personal numbers gets it, unless told with which scopes."""
    key = house.key(*(scopes or (Scope.READ, Scope.PERSONAL)))
    return house.client.get(f"/v1/portal/dossiers/{code}", headers=key).json()


def test_a_digitised_paper_has_the_code_of_the_rules(house: House) -> None:
    """The paper could not be found again in the citizen's store, or two papers would have one code."""
    again = replace(FIRST, code=OLD_SHAPE)
    house.register(FIRST, again)
    house.publish(
        PaperText(name="form", type="DON", issued_on=date(2023, 7, 1), number=""),
        PaperText(name="birth", type="GKS", issued_on=date(2001, 3, 4), number="123/2001"),
        PaperText(name="result", issued_on=date(2023, 7, 20)),
    )
    house.publish(
        PaperText(name="birth again", type="GKS", issued_on=date(2001, 3, 4), number="123/2001", dossier=OLD_SHAPE),
        scan=b"another",
    )
    papers = {(one["LoaiSoHoa"], one["MaGiayTo"]): one for one in exported(house)["GiayToSoHoa"]}
    assert papers["0", "KQ.G15.000031"]["Ma"] == f"{OWNER}.KQ.G15.000031.123/2001.01"
    assert papers["0", ""]["Ma"] == "", "a type that nobody told has no code, and is given none"
    result = papers["1", "KQ.H23.000123"]
    assert (result["Ma"], result["MaGiayToKhoQuocGia"]) == (f"{OWNER}.KQ.H23.000123.12/QĐ-UBND.01", f"{DOSSIER}-KQ1")
    (second,) = exported(house, OLD_SHAPE)["GiayToSoHoa"]
    assert second["Ma"] == f"{OWNER}.KQ.G15.000031.123/2001.02", (
        "the same paper once more, in a dossier of the old shape"
    )


def test_codes_of_types_are_where_the_portal_looks_for_them(house: House) -> None:
    """The portal would not see that a component may be replaced by a result that it has."""
    house.register(FIRST)
    house.publish(
        PaperText(name="birth", type="GKS", issued_on=date(2001, 3, 4), number="123/2001"),
        PaperText(name="result", issued_on=date(2023, 7, 20)),
    )
    told = exported(house)
    assert told["HoSo"]["TaiLieuNop"][0]["MaKetQuaThayThe"] == "KQ.G15.000031"
    assert told["HoSo"]["DanhSachGiayToKetQua"][0]["MaGiayToKetQua"] == "KQ.H23.000123"
    assert told["KetQua"][0]["MaGiayToKetQua"] == "KQ.H23.000123"
    assert told["HoSo"]["HoSoCoThanhPhanSoHoa"] == "1"


def test_a_dossier_with_a_result_only_has_no_digitised_component(house: House) -> None:
    """The province's rate of digitised dossiers would be too high, and be corrected by others."""
    house.register(FIRST)
    house.publish(PaperText(name="result", issued_on=date(2023, 7, 20)))
    assert exported(house)["HoSo"]["HoSoCoThanhPhanSoHoa"] == "0"


#: Names of vn-rules: dossier sync, push of a result, CreateDossier. What is added must not push one out.
DOSSIER_SYNC = """MaHoSo MaTTHC TenTTHC MaLinhVuc TenLinhVuc KenhThucHien SoGiayToChuHoSo ChuHoSo LoaiDoiTuong
MaDoiTuong ThongTinKhac Email Fax SoDienThoai TrichYeuHoSo NgayTiepNhan NgayHenTra TrangThaiHoSo NgayTra ThongTinTra
HinhThuc
NgayKetThucXuLy DonViXuLy GhiChu NoiNopHoSo HoSoCoThanhPhanSoHoa TaiKhoanDuocXacThucVoiVNeID DuocThanhToanTrucTuyen
NgayTuChoi NgayNopHoSo DinhDanhCHS DSKetNoiCSDL TaiLieuNop DanhSachGiayToKetQua"""
COMPONENT = """TepDinhKemId TenTepDinhKem IsDeleted MaThanhPhanHoSo DuongDanTaiTepTin DuocSoHoa DuocTaiSuDung
DuocLayTuKhoDMQG MaKetQuaThayThe"""
RESULT = "TenGiayTo MaThanhPhanHoSo GiayToId DuongDanTepTinKetQua MaGiayToKetQua"
PUSH = """MaHoSo MaTTHC MaLinhVuc LoaiDoiTuong LoaiDinhDanhCHS MaChuGiayTo NgayTiepNhan TrangThaiHoSo HinhThuc
MaCoQuan DonViXuLy MaGiayToKetQua TenGiayToKetQua SoKyHieu TrichYeuNoiDung NgayCap ThoiHanHieuLuc PhamViHieuLuc
TenFileGiayToKetQuaDinhKem NoiNopHoSo HoSoCoThanhPhanSoHoa NgayHenTra NgayTra MaCSDLDaKetNoi"""
CREATE = """MaHoSo MaTTHC MaDichVuCong ChuHoSo LoaiDoiTuong MaDonViTiepNhan NgayNop NgayTiepNhan ThanhPhanHoSo
ThongTinNguoiNop"""


def test_every_field_of_the_deployed_interfaces_is_there(house: House) -> None:
    """An adapter that checks names would refuse the whole dossier for one that is missing."""
    house.register(FIRST)
    house.publish(
        PaperText(name="form", type="DON", issued_on=date(2023, 7, 1)),
        PaperText(name="result", issued_on=date(2023, 7, 20)),
    )
    told = exported(house)
    new = house.client.get(f"/v1/portal/dossiers/{DOSSIER}/create", headers=house.key(Scope.READ)).json()
    for names, made in (
        (DOSSIER_SYNC, told["HoSo"]),
        (COMPONENT, told["HoSo"]["TaiLieuNop"][0]),
        (RESULT, told["HoSo"]["DanhSachGiayToKetQua"][0]),
        (PUSH, told["KetQua"][0]),
        (CREATE, new),
        ("MaThanhPhanHoSo TenThanhPhanHoSo SoLuong LoaiBan GiayToDinhKem", new["ThanhPhanHoSo"][0]),
        ("IdGiayTo MaKetQua TenGiayTo HashTepTin", new["ThanhPhanHoSo"][0]["GiayToDinhKem"][0]),
    ):
        assert set(names.split()) <= made.keys()


def test_the_new_interface_counts_owners_from_naught(house: House) -> None:
    """Every citizen would be an enterprise there."""
    house.register(FIRST)
    (form, _) = house.publish(
        PaperText(name="form", type="GKS", issued_on=date(2001, 7, 1)),
        PaperText(name="result", issued_on=date(2023, 7, 20)),
    )
    told = house.client.get(f"/v1/portal/dossiers/{DOSSIER}/create", headers=house.key(Scope.READ)).json()
    assert (told["LoaiDoiTuong"], exported(house)["HoSo"]["LoaiDoiTuong"]) == ("0", "1")
    assert (told["MaDonViTiepNhan"], told["NgayTiepNhan"]) == (AGENCY, "20230712000000")
    (component,) = told["ThanhPhanHoSo"]
    assert (component["MaThanhPhanHoSo"], component["SoLuong"], component["LoaiBan"]) == ("GKS", 1, 2)
    (attached,) = component["GiayToDinhKem"]
    pdf = house.client.get(f"/v1/documents/{form}", headers=house.key(Scope.READ)).json()["files"]
    assert attached["MaKetQua"] == "KQ.G15.000031"
    assert attached["HashTepTin"] == next(part["sha256"] for part in pdf if part["name"] == "pdf")


def test_numbers_in_titles_and_codes_are_masked_like_any_other(house: House) -> None:
    """A key for codes would read citizens' numbers in the titles of their papers."""
    house.register(FIRST)
    house.publish(
        PaperText(name=f"cho {OWNER}", type="GKS", issued_on=date(2001, 7, 1), fields={"subject": f"số {OWNER}"}),
        PaperText(name=OWNER, issued_on=date(2023, 7, 20), fields={"subject": f"số {OWNER}"}),
    )
    key = house.key(Scope.READ)
    for address in (f"/v1/portal/dossiers/{DOSSIER}", f"/v1/portal/dossiers/{DOSSIER}/create"):
        assert OWNER not in house.client.get(address, headers=key).text
    assert exported(house, DOSSIER, Scope.READ)["GiayToSoHoa"][0]["Ma"] == "*********345.KQ.G15.000031.12/QĐ-UBND.01"
