"""Figures: what is counted, what is not, and how the report comes."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from xml.etree import ElementTree

from storage.records import DossierRow
from storage.scopes import Scope
from tests.api.house import AGENCY, OTHER_DOSSIER, House, PaperText

PERIOD = {"first": "2023-07-01", "last": "2023-07-31"}


def a_month(house: House) -> None:
    """Four dossiers of one agency and one of another."""
    day = date(2023, 7, 12)
    code = "H23.16-230712-000{}".format
    house.register(
        DossierRow(code=code(1), received_on=day, written_result=True, reused=True, status=10, procedure_code="1.1"),
        DossierRow(code=code(2), received_on=day, written_result=True, reused=False, status=4, procedure_code="1.1"),
        DossierRow(code=code(3), received_on=day, written_result=False, reused=True, status=9, procedure_code="1.2"),
        DossierRow(code=code(4), received_on=day, status=1, procedure_code="1.2"),
        DossierRow(code=OTHER_DOSSIER, received_on=day, written_result=True, procedure_code="1.1"),
        DossierRow(code="H23.16-230812-0009", received_on=date(2023, 8, 12), written_result=True),
    )
    house.publish(
        PaperText(name="form", dossier=code(1), issued_on=date(2023, 7, 1)),
        PaperText(name="result", dossier=code(1), issued_on=date(2023, 7, 20)),
        PaperText(name="form", dossier=code(2), issued_on=date(2023, 7, 1)),
        PaperText(name="form", dossier=code(3), issued_on=date(2023, 7, 1)),
        PaperText(name="held", dossier=code(4), issued_on=date(2023, 7, 20), status="held"),
        PaperText(name="doubt", dossier=code(4), issued_on=date(2023, 7, 20), accepted=False, status="review"),
    )


def values(row: dict[str, object]) -> dict[str, tuple[int, int]]:
    """(numerator, denominator) by item."""
    listed = row["values"]
    assert isinstance(listed, list)
    return {one["id"]: (one["numerator"], one["denominator"]) for one in listed}


def test_figures_count_what_the_formula_says(house_of_pair: House) -> None:
    """A province would report a wrong number to the Government Office."""
    a_month(house_of_pair)
    key = house_of_pair.key(Scope.FIGURES, agency=AGENCY)
    report = house_of_pair.client.get("/v1/reports/kpi", params=PERIOD, headers=key).json()
    (row,) = report["rows"]
    assert row["dossiers"] == 4
    assert values(row) == {
        "4.1": (1, 3),  # one dossier without a written result, one of which it is not known
        "4.2": (2, 4),
        "4.3": (2, 4),
        "4.4": (1, 4),
        "NB.1": (3, 3),
        "NB.2": (1, 2),
    }
    second = row["values"][1]
    assert (second["rate"], second["points"]) == (50.0, 2.5)
    assert report["figures"][1]["formula"]


def test_figures_are_grouped_by_agency_procedure_and_month(house_of_pair: House) -> None:
    """A leader could not see where the work lies."""
    a_month(house_of_pair)
    asked = {"first": "2023-07-01", "last": "2023-08-31", "by": ["agency", "month"]}
    key = house_of_pair.key(Scope.FIGURES)
    rows = house_of_pair.client.get("/v1/reports/kpi", params=asked, headers=key).json()["rows"]
    assert [(row["agency"], row["month"], row["dossiers"]) for row in rows] == [
        ("H23.16", "2023-07", 4),
        ("H23.16", "2023-08", 1),
        ("H23.17", "2023-07", 1),
    ]


def test_an_empty_period_has_no_rows_and_no_division_by_nothing(house: House) -> None:
    """The first day of a year would answer with a fault."""
    key = house.key(Scope.FIGURES)
    for by in ([], ["agency"]):
        answer = house.client.get("/v1/reports/kpi", params={**PERIOD, "by": by}, headers=key)
        assert answer.status_code == 200
        assert all(value["rate"] is None for row in answer.json()["rows"] for value in row["values"])
    backwards = house.client.get("/v1/reports/kpi", params={"first": "2023-02-01", "last": "2023-01-01"}, headers=key)
    assert backwards.status_code == 422


def test_the_report_comes_as_csv_and_as_a_workbook(house: House) -> None:
    """A clerk who reports by spreadsheet would type the numbers over."""
    a_month(house)
    key = house.key(Scope.FIGURES)
    asked = {**PERIOD, "by": "procedure"}
    text = house.client.get("/v1/reports/kpi", params={**asked, "format": "csv"}, headers=key)
    rows = list(csv.reader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["Cơ quan", "Thủ tục", "Tháng", "Hồ sơ"]
    assert [row[1] for row in rows[1:]] == ["1.1", "1.2"]
    book = house.client.get("/v1/reports/kpi", params={**asked, "format": "xlsx"}, headers=key)
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        assert archive.testzip() is None
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314  (ours)
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    cells = [[cell.findtext(f".//{space}t") or cell.findtext(f"{space}v") for cell in row] for row in sheet[0]]
    assert cells[0][1:4] == ["Thủ tục", "Tháng", "Hồ sơ"]
    assert cells[1][:2] == ["1.1", "3"]


def test_a_name_is_never_a_formula(house: House) -> None:
    """A procedure's code from outside would run in the spreadsheet of whoever opens the report."""
    from storage.spreadsheet import Sheet, as_csv, as_xlsx

    assert as_csv([["=1+1", "@x", 3, None]]).decode("utf-8-sig") == "'=1+1,'@x,3,\r\n"
    with zipfile.ZipFile(io.BytesIO(as_xlsx([Sheet(name="a<b", rows=[["=1+1", "a<b\x01"]])]))) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in text
    assert "a&lt;b</t>" in text


def test_metrics_tell_queues_failures_and_lags(house: House) -> None:
    """An operator would see a dead webhook or a stuck index only when somebody complains."""
    house.publish(PaperText(name="a"), PaperText(name="b", status="review"))
    key = house.key(Scope.FIGURES, Scope.READ)
    house.client.get("/v1/documents/" + "0" * 16, headers=key)
    answer = house.client.get("/metrics", headers=key)
    lines = answer.text.splitlines()
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for line in (
        'sohoa_documents{state="published"} 1',
        'sohoa_documents{state="review"} 1',
        'sohoa_outbox{topic="document.ready",state="waiting"} 2',
        'sohoa_http_requests_total{method="GET",route="/v1/documents/{document_id}",status="404"} 1',
        "sohoa_document_confidence_mean 0.9",
    ):
        assert line in lines
    assert any(line.startswith('sohoa_outbox_lag_seconds{topic="document.ready"}') for line in lines)


def test_a_dossier_is_exported_in_the_portals_fields(house: House) -> None:
    """The national portal would refuse or misread what the province syncs."""
    code = "H23.16-230712-0001"
    house.register(
        DossierRow(
            code=code,
            procedure_code="1.004199",
            owner_name="Nguyễn Văn A",
            owner_id="001085012345",
            received_on=date(2023, 7, 12),
            status=10,
            channel=1,
            reused=True,
        )
    )
    form, result = house.publish(
        PaperText(name="form", type="DON", issued_on=date(2023, 7, 1)),
        PaperText(name="result", issued_on=date(2023, 7, 20)),
    )
    told = house.client.get(f"/v1/portal/dossiers/{code}", headers=house.key(Scope.READ, Scope.PERSONAL)).json()
    file = told["HoSo"]
    assert (file["MaHoSo"], file["NgayTiepNhan"], file["TrangThaiHoSo"]) == (code, "20230712000000", "10")
    assert (file["LoaiDoiTuong"], file["DinhDanhCHS"]) == ("1", [{"LoaiDinhDanh": 1, "SoDinhDanh": "001085012345"}])
    assert [(one["TepDinhKemId"], one["DuocSoHoa"], one["DuocTaiSuDung"]) for one in file["TaiLieuNop"]] == [
        (form, 1, 1)
    ]
    assert [(one["GiayToId"], one["MaGiayToKetQua"]) for one in file["DanhSachGiayToKetQua"]] == [
        (result, f"{code}-KQ1")
    ]
    assert told["KetQua"][0]["SoKyHieu"] == "12/QĐ-UBND"
    masked = house.client.get(f"/v1/portal/dossiers/{code}", headers=house.key(Scope.READ))
    assert "001085012345" not in masked.text
