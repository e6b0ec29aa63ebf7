"""The digitisation figures of QĐ 766/QĐ-TTg, each with its formula and what it was counted from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.access import Counter, TheDoor
from api.models import Answer
from api.problems import Code, Problem
from storage.figures import By, DossierCounts, count_dossiers
from storage.spreadsheet import Cell, Sheet, as_csv, as_xlsx

router = APIRouter(prefix="/v1/reports", tags=["figures"])

FULL = 0.8  # rate from which 4.2 and 4.3 have all their points
LONGEST_DAYS = 366 * 5


class ReportFormat(StrEnum):
    """How the report comes."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An item of the index set."""

    id: str
    name: str
    points: float | None  #: at most; None for a figure without points
    full_at: float  #: rate with all points
    formula: str
    source: str
    numerator: Callable[[DossierCounts], int]
    denominator: Callable[[DossierCounts], int]
    unknown: Callable[[DossierCounts], int]  #: dossiers of which the procedures system did not tell enough


def _none(_: DossierCounts) -> int:
    return 0


_RESULT = "giấy tờ có số, ngày từ ngày tiếp nhận trở đi, đã gắn với hồ sơ"
FIGURES = (
    Figure(
        id="4.1",
        name="Cấp kết quả điện tử",
        points=6,
        full_at=1.0,
        formula="hồ sơ có tệp kết quả ÷ hồ sơ phải trả kết quả bằng văn bản; điểm = tỷ lệ × 6",
        source=f"tệp kết quả: {_RESULT}; phải trả bằng văn bản: written_result, chưa rõ thì tính là phải",
        numerator=lambda counts: counts.with_result,
        denominator=lambda counts: counts.written_due,
        unknown=lambda counts: counts.written_unknown,
    ),
    Figure(
        id="4.2",
        name="Số hóa hồ sơ",
        points=4,
        full_at=FULL,
        formula="hồ sơ có thành phần số hóa, và tệp kết quả nếu phải trả bằng văn bản ÷ mọi hồ sơ; từ 80 % đủ 4 điểm",
        source=f"thành phần: giấy tờ khác đã gắn với hồ sơ; tệp kết quả: {_RESULT}",
        numerator=lambda counts: counts.digitised,
        denominator=lambda counts: counts.dossiers,
        unknown=lambda counts: counts.written_unknown,
    ),
    Figure(
        id="4.3",
        name="Khai thác, sử dụng lại thông tin, dữ liệu số hóa",
        points=2,
        full_at=FULL,
        formula="hồ sơ có thành phần được sử dụng lại ÷ mọi hồ sơ; từ 80 % đủ 2 điểm",
        source="reused do hệ thống giải quyết thủ tục gửi sang; chưa rõ thì tính là không",
        numerator=lambda counts: counts.reused,
        denominator=lambda counts: counts.dossiers,
        unknown=lambda counts: counts.reused_unknown,
    ),
    Figure(
        id="4.4",
        name="Kết nối, chia sẻ dữ liệu số hóa",
        points=4,
        full_at=1.0,
        formula="hồ sơ có thành phần lấy từ kho của công dân hoặc có tệp kết quả ÷ mọi hồ sơ; điểm = tỷ lệ × 4",
        source=f"from_store do hệ thống giải quyết thủ tục gửi sang; tệp kết quả: {_RESULT}",
        numerator=lambda counts: counts.shared,
        denominator=lambda counts: counts.dossiers,
        unknown=_none,
    ),
    Figure(
        id="NB.1",
        name="Số hóa thành phần hồ sơ (báo cáo nội bộ)",
        points=None,
        full_at=1.0,
        formula="hồ sơ đã tiếp nhận có thành phần số hóa ÷ hồ sơ đã tiếp nhận",
        source="đã tiếp nhận: TrangThaiHoSo 2, 4–10",
        numerator=lambda counts: counts.received_digitised,
        denominator=lambda counts: counts.received,
        unknown=_none,
    ),
    Figure(
        id="NB.2",
        name="Số hóa kết quả (báo cáo nội bộ)",
        points=None,
        full_at=1.0,
        formula="hồ sơ đã kết thúc có tệp kết quả ÷ hồ sơ đã kết thúc",
        source=f"đã kết thúc: TrangThaiHoSo 7, 9, 10; tệp kết quả: {_RESULT}",
        numerator=lambda counts: counts.finished_digitised,
        denominator=lambda counts: counts.finished,
        unknown=_none,
    ),
)
NOT_MEASURED = {
    "4.5a": "TTHC có kết nối dữ liệu dân cư: cần nhật ký tra cứu CSDL quốc gia về dân cư",
    "4.5b": "Hồ sơ dùng dữ liệu dân cư: cần tài khoản VNeID của từng hồ sơ",
    "chứng thực": "Chứng thực bản sao điện tử: không qua hệ thống này",
}


class FigureAnswer(Answer):
    """What an item means."""

    id: str = Field(examples=["4.2"])
    name: str = Field(examples=["Số hóa hồ sơ"])
    points: float | None = Field(examples=[4])
    formula: str
    source: str


class ValueAnswer(Answer):
    """An item of one group."""

    id: str = Field(examples=["4.2"])
    numerator: int = Field(examples=[80])
    denominator: int = Field(examples=[100])
    rate: float | None = Field(description="per cent, two decimals; null where the denominator is 0", examples=[80.0])
    points: float | None = Field(examples=[4.0])
    unknown: int = Field(description="dossiers of which not enough was told", examples=[3])


class RowAnswer(Answer):
    """One group of dossiers."""

    agency: str | None = Field(examples=["H23.16"])
    procedure: str | None = Field(examples=["1.004199"])
    month: str | None = Field(examples=["2023-07"])
    dossiers: int = Field(examples=[100])
    values: list[ValueAnswer]


class KpiAnswer(Answer):
    """The report."""

    first: date = Field(examples=["2023-07-01"])
    last: date = Field(examples=["2023-07-31"])
    by: list[By] = Field(examples=[["agency", "month"]])
    figures: list[FigureAnswer]
    not_measured: dict[str, str]
    rows: list[RowAnswer]


FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": KpiAnswer,
        "description": "The report",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary"}
            },
        },
    }
}


@router.get("/kpi", response_model=KpiAnswer, responses=FORMATS, operation_id="kpiReport")
def kpi(
    door: TheDoor,
    caller: Counter,
    first: Annotated[date, Query(description="day of receipt, from", examples=["2023-07-01"])],
    last: Annotated[date, Query(description="day of receipt, to, this day too", examples=["2023-07-31"])],
    by: Annotated[list[By], Query(max_length=3, description="groups; without any, one row for all")] = [],  # noqa: B006
    format: ReportFormat = ReportFormat.JSON,  # noqa: A002  (the word that callers know)
) -> Response:
    """Figures of the dossiers received in a period, per agency, procedure and month as asked for.

    Dossiers that the key may not see are not counted.
    """
    if not 0 <= (last - first).days <= LONGEST_DAYS:
        wrong = {"where": "query.last", "type": "period", "message": "a period ends after it begins, within 5 years"}
        raise Problem(Code.INVALID, wrong=(wrong,))
    with door.database.reading() as session:
        counts = count_dossiers(session, caller.sight, first=first, last=last, by=by)
    report = report_of(counts, first, last, by)
    headers = {"Cache-Control": "no-store"}
    if format is ReportFormat.JSON:
        return Response(report.model_dump_json(), media_type="application/json", headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="kpi-{first}-{last}.{format}"'
    if format is ReportFormat.CSV:
        return Response(as_csv(table(report)), media_type="text/csv; charset=utf-8", headers=headers)
    sheets = [Sheet(name="Chỉ số", rows=table(report)), Sheet(name="Công thức", rows=explained(report))]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(as_xlsx(sheets), media_type=kind, headers=headers)


def report_of(counts: Sequence[DossierCounts], first: date, last: date, by: Sequence[By]) -> KpiAnswer:
    """The report of counted groups."""
    rows = [
        RowAnswer(
            agency=one.agency,
            procedure=one.procedure,
            month=one.month,
            dossiers=one.dossiers,
            values=[_value(figure, one) for figure in FIGURES],
        )
        for one in counts
    ]
    figures = [
        FigureAnswer(id=one.id, name=one.name, points=one.points, formula=one.formula, source=one.source)
        for one in FIGURES
    ]
    return KpiAnswer(first=first, last=last, by=list(by), figures=figures, not_measured=NOT_MEASURED, rows=rows)


def _value(figure: Figure, counts: DossierCounts) -> ValueAnswer:
    numerator, denominator = figure.numerator(counts), figure.denominator(counts)
    rate = numerator / denominator if denominator else None
    points = None
    if figure.points is not None and rate is not None:
        points = round(min(1.0, rate / figure.full_at) * figure.points, 2)
    return ValueAnswer(
        id=figure.id,
        numerator=numerator,
        denominator=denominator,
        rate=None if rate is None else round(rate * 100, 2),
        points=points,
        unknown=figure.unknown(counts),
    )


def table(report: KpiAnswer) -> list[list[Cell]]:
    """The report as rows, headings first."""
    head: list[Cell] = ["Cơ quan", "Thủ tục", "Tháng", "Hồ sơ"]
    for figure in report.figures:
        head += [f"{figure.id} tử số", f"{figure.id} mẫu số", f"{figure.id} %", f"{figure.id} điểm"]
    rows: list[list[Cell]] = [head]
    for row in report.rows:
        cells: list[Cell] = [row.agency, row.procedure, row.month, row.dossiers]
        for value in row.values:
            cells += [value.numerator, value.denominator, value.rate, value.points]
        rows.append(cells)
    return rows


def explained(report: KpiAnswer) -> list[list[Cell]]:
    """What the figures mean, headings first."""
    rows: list[list[Cell]] = [["Mã", "Chỉ số", "Điểm tối đa", "Công thức", "Nguồn"]]
    rows += [[one.id, one.name, one.points, one.formula, one.source] for one in report.figures]
    rows += [[code, why, None, None, "không đo ở đây"] for code, why in report.not_measured.items()]
    return rows
