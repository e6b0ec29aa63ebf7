"""What is true of the archive, one JSON object a scan, and what the procedures system knows of it, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from samples.archive import SCANS, Scanned, Side
from samples.layout import Paper
from samples.sheet import SCAN_DPI

PROCEDURES = {
    "1.009994.000.00.00.H99": "Cấp giấy phép xây dựng mới đối với nhà ở riêng lẻ",
    "1.010733.000.00.00.H99": "Cấp giấy phép môi trường",
    "1.012766.000.00.00.H99": "Giao đất, cho thuê đất đối với tổ chức",
    "2.000635.000.00.00.H99": "Cấp bản sao Trích lục hộ tịch, bản sao Giấy khai sinh",
    "1.004884.000.00.00.H99": "Đăng ký lại khai sinh",
}

#: The papers' dossiers and some that no paper of the archive belongs to.
DOSSIERS = (
    ("H99.02-250220-0003", "1.010733.000.00.00.H99", "Công ty TNHH Chè Vân Sơn", "9900000425", "2025-02-20"),
    ("H99.02-250305-0008", "1.012766.000.00.00.H99", "Hợp tác xã Nông nghiệp Yên Thượng", "9900000369", "2025-03-05"),
    ("H99.07-250311-0009", "1.004884.000.00.00.H99", "Hoàng Thị Én", "026175000521", "2025-03-11"),
    ("H99.07-250312-0013", "1.009994.000.00.00.H99", "Quách Văn Lực", "026082000644", "2025-03-12"),
    ("H99.07-250312-0014", "2.000635.000.00.00.H99", "Nguyễn Thị Lụa", "026188000412", "2025-03-12"),
    ("H99.07-250312-0015", "1.009994.000.00.00.H99", "Lò Văn Thuận", "026079000355", "2025-03-12"),
    ("H99.07-250312-0016", "2.000635.000.00.00.H99", "Chu Thị Mận", "026191000738", "2025-03-12"),
    ("000.00.07.H99-231106-0021", "2.000635.000.00.00.H99", "Vi Văn Pán", "026068000817", "2023-11-06"),
)


def truths(papers: Mapping[str, Paper]) -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and truth of each scan."""
    for scan in SCANS:
        truth = _pile(scan, papers) if scan.is_pile else _single(scan, papers)
        yield f"{PurePosixPath(scan.path).stem}.json", {"source": scan.path, **truth}


def _single(scan: Scanned, papers: Mapping[str, Paper]) -> dict[str, Any]:
    paper = _paper(scan.sides[0], papers)
    return {
        "id": paper.name,
        "hard": scan.photo,
        "gray": scan.path.endswith(".tif"),
        "dossier_code": paper.dossier_code,
        "fields": dict(paper.fields),
        "pages": [
            {
                "dpi": None if scan.photo else SCAN_DPI,
                "skew": side.scan.skew,
                "rotation": side.scan.rotation,
                "lines": paper.sheets[side.sheet].lines,
            }
            for side in scan.sides
        ],
    }


def _pile(scan: Scanned, papers: Mapping[str, Paper]) -> dict[str, Any]:
    numbered = list(enumerate(scan.sides, 1))
    return {
        "pages": len(numbered),
        "blank": [number for number, side in numbered if side.paper is None],
        "documents": [_piled(number, side, papers) for number, side in numbered if side.paper],
    }


def _piled(number: int, side: Side, papers: Mapping[str, Paper]) -> dict[str, Any]:
    """Each paper of the pile has one page."""
    paper = _paper(side, papers)
    return {
        "dossier_code": paper.dossier_code,
        "fields": dict(paper.fields),
        "pages": [number],
        "hard": False,
        "rotation": [side.scan.rotation],
        "skew": [side.scan.skew],
        "lines": [paper.sheets[side.sheet].lines],
    }


def _paper(side: Side, papers: Mapping[str, Paper]) -> Paper:
    if side.paper is None:
        raise ValueError("a blank side says nothing")
    return papers[side.paper]


def dossiers_csv() -> str:
    """The procedures system's export of dossiers."""
    columns = ("dossier_code", "procedure_code", "owner_name", "owner_id", "received_on")
    return _csv(columns, DOSSIERS)


def procedures_csv() -> str:
    """Its list of procedures."""
    return _csv(("procedure_code", "name"), sorted(PROCEDURES.items()))


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()
