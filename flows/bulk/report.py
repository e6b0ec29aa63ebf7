"""What came in and what came out of a bulk run, as JSON, XLSX and a page with charts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flows.bulk.windows import HERE
from flows.installation import Installation
from flows.watching.places import write_whole
from storage.bulk import Item, Run, find_run, run_batches, run_items
from storage.records.models import DocumentTable
from storage.spreadsheet import Cell, Sheet, as_xlsx

NONE = "–"
AT_ONCE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An agency's or a procedure's part."""

    name: str
    listed: int
    pages: int
    done: int
    known: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """Everything that a report says."""

    run: str
    sources: tuple[str, ...]
    started_at: datetime
    ended_at: datetime
    listed: int
    pages: int
    bytes: int
    done: int
    known: int
    failed: int
    documents: int  #: papers that came out
    to_review: int  #: of them with something to confirm
    pages_per_minute: float | None  #: over the chunks' own time
    agencies: tuple[Group, ...]
    procedures: tuple[Group, ...]
    reasons: tuple[tuple[str, int], ...]  #: of failures, the most common first
    speed: tuple[tuple[str, float], ...]  #: pages a minute of each chunk, by its end

    @property
    def review_share(self) -> float | None:
        """Share of the papers with something to confirm."""
        return self.to_review / self.documents if self.documents else None


def write_reports(house: Installation, run_id: str) -> list[Path]:
    """Write all three; the files, the page first. Raises UnknownRun, OSError."""
    folder = house.settings.bulk.reports or house.data_dir / "bulk"
    folder.mkdir(parents=True, exist_ok=True)
    with house.database.reading() as session:
        items = run_items(session, run_id)
        report = report_of(session, find_run(session, run_id), items)
    page, book, plain = (folder / f"{run_id}.{suffix}" for suffix in ("html", "xlsx", "json"))
    write_whole(page, as_html(report))
    write_whole(plain, json.dumps(as_plain(report), ensure_ascii=False, indent=1, default=str))
    part = book.with_suffix(".part")
    part.write_bytes(as_book(report, items))
    part.replace(book)
    return [page, book, plain]


def report_of(session: Session, run: Run, items: Sequence[Item]) -> RunReport:
    """Gather a run's report, whether it has ended or not."""
    batches = run_batches(session, run.id)
    states = Counter(item.state for item in items)
    documents = review = 0
    ids = [batch_id for batch_id, _, _ in batches]
    for first in range(0, len(ids), AT_ONCE):
        counted = session.execute(
            select(DocumentTable.status, func.count())
            .where(DocumentTable.batch_id.in_(ids[first : first + AT_ONCE]))
            .group_by(DocumentTable.status)
        ).all()
        documents += sum(count for _, count in counted)
        review += sum(count for status, count in counted if status == "review")
    pages_of = Counter[int | None]()
    for item in items:
        if item.chunk is not None:
            pages_of[item.chunk] += item.pages
    seconds = sum(taken for _, taken, _ in batches)
    worked = sum(item.pages for item in items if item.chunk is not None and item.state != "waiting")
    return RunReport(
        run=run.id,
        sources=run.sources,
        started_at=run.started_at,
        ended_at=run.ended_at or datetime.now(UTC),
        listed=len(items),
        pages=sum(item.pages for item in items),
        bytes=sum(item.size for item in items),
        done=states["done"],
        known=states["known"],
        failed=states["failed"],
        documents=documents,
        to_review=review,
        pages_per_minute=worked * 60 / seconds if seconds else None,
        agencies=_groups(items, [item.agency_code for item in items]),
        procedures=_groups(items, [item.procedure_code for item in items]),
        reasons=tuple(Counter(item.reason or "?" for item in items if item.state == "failed").most_common()),
        speed=_speed(session, batches),
    )


def _groups(items: Sequence[Item], names: Sequence[str | None]) -> tuple[Group, ...]:
    grouped: dict[str, list[Item]] = {}
    for item, name in zip(items, names, strict=True):
        grouped.setdefault(name or NONE, []).append(item)
    return tuple(
        Group(
            name=name,
            listed=len(of),
            pages=sum(item.pages for item in of),
            done=sum(item.state == "done" for item in of),
            known=sum(item.state == "known" for item in of),
            failed=sum(item.state == "failed" for item in of),
        )
        for name, of in sorted(grouped.items())
    )


def _speed(session: Session, batches: Sequence[tuple[str, float, datetime]]) -> tuple[tuple[str, float], ...]:
    from storage.records.models import BatchTable

    pages: dict[str, int] = {}
    ids = [batch_id for batch_id, _, _ in batches]
    for first in range(0, len(ids), AT_ONCE):
        rows = session.execute(
            select(BatchTable.id, BatchTable.pages).where(BatchTable.id.in_(ids[first : first + AT_ONCE]))
        ).all()
        pages |= {row[0]: row[1] for row in rows}
    return tuple(
        (f"{ended.astimezone(HERE):%d/%m %H:%M}", pages.get(batch_id, 0) * 60 / taken)
        for batch_id, taken, ended in batches
        if taken
    )


def as_plain(report: RunReport) -> dict[str, Any]:
    """For other programs."""
    return asdict(report) | {"review_share": report.review_share}


def as_book(report: RunReport, items: Sequence[Item]) -> bytes:
    """A workbook: totals, agencies, procedures, reasons, and the whole intake list."""
    return as_xlsx(
        [
            Sheet(name="Tổng hợp", rows=[("Chỉ tiêu", "Giá trị"), *_totals(report)]),
            Sheet(name="Cơ quan", rows=_table("Cơ quan", report.agencies)),
            Sheet(name="Thủ tục", rows=_table("Thủ tục", report.procedures)),
            Sheet(name="Lỗi", rows=[("Lý do", "Số tệp"), *report.reasons]),
            Sheet(
                name="Danh sách nhận",
                rows=[
                    ("STT", "Tệp", "Byte", "Trang", "SHA-256", "Cơ quan", "Thủ tục", "Hồ sơ", "Kết quả", "Chi tiết"),
                    *(
                        (
                            item.number,
                            item.name,
                            item.size,
                            item.pages,
                            item.sha256,
                            item.agency_code,
                            item.procedure_code,
                            item.dossier_code,
                            STATES[item.state],
                            item.error,
                        )
                        for item in items
                    ),
                ],
            ),
        ]
    )


STATES = {"waiting": "đang chờ", "done": "đã công bố", "known": "đã có từ trước", "failed": "lỗi"}


def _totals(report: RunReport) -> list[tuple[str, Cell]]:
    share = report.review_share
    return [
        ("Đợt", report.run),
        ("Nguồn", ", ".join(report.sources)),
        ("Bắt đầu", f"{report.started_at.astimezone(HERE):%d/%m/%Y %H:%M}"),
        ("Kết thúc", f"{report.ended_at.astimezone(HERE):%d/%m/%Y %H:%M}"),
        ("Tệp nhận vào", report.listed),
        ("Trang nhận vào", report.pages),
        ("Dung lượng (byte)", report.bytes),
        ("Tệp đã công bố", report.done),
        ("Tệp đã có từ trước", report.known),
        ("Tệp lỗi", report.failed),
        ("Giấy tờ tạo ra", report.documents),
        ("Giấy tờ cần xem lại", report.to_review),
        ("Tỷ lệ cần xem lại (%)", round(share * 100, 1) if share is not None else None),
        ("Trang mỗi phút", round(report.pages_per_minute, 1) if report.pages_per_minute else None),
    ]


def _table(heading: str, groups: Sequence[Group]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [(heading, "Tệp", "Trang", "Đã công bố", "Có từ trước", "Lỗi")]
    rows += [(one.name, one.listed, one.pages, one.done, one.known, one.failed) for one in groups]
    return rows


def as_html(report: RunReport) -> str:
    """One page that needs nothing else: tables, and charts as SVG."""
    from flows.bulk.charts import bars, page

    parts = [
        _html_table([("Chỉ tiêu", "Giá trị"), *_totals(report)]),
        "<h2>Theo cơ quan</h2>",
        bars([(one.name, [one.done, one.known, one.failed]) for one in report.agencies]),
        _html_table(_table("Cơ quan", report.agencies)),
        "<h2>Theo thủ tục</h2>",
        _html_table(_table("Thủ tục", report.procedures)),
        "<h2>Lỗi theo lý do</h2>",
        bars([(reason, [0, 0, count]) for reason, count in report.reasons]),
        "<h2>Trang mỗi phút theo từng phần</h2>",
        bars([(when, [round(speed, 1), 0, 0]) for when, speed in report.speed]),
    ]
    return page(f"Số hóa hàng loạt: {report.run}", parts)


def _html_table(rows: Sequence[Sequence[Cell]]) -> str:
    head, *body = rows
    cells = "".join(f"<th>{escape(str(cell))}</th>" for cell in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(NONE if cell is None else str(cell))}</td>" for cell in row) + "</tr>"
        for row in body
    )
    return f"<table><tr>{cells}</tr>{lines}</table>"
