"""The archive of the demo: which page lies in which file, how it was scanned, and the bytes of it all.

Bytes are the same on every run: random numbers are seeded by name, times are fixed, identifiers are hashes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pikepdf
from PIL import Image

from samples.layout import Paper, seeded
from samples.scanner import OLD_PAPER, Scan, black_and_white, photographed, scanned
from samples.sheet import A4, SCAN_DPI, Sheet

QUALITY = 60  # JPEG; below, letters of 10 points get halos that no office scanner makes
PHOTO_QUALITY = 62
ZIP_TIME = (2025, 5, 6, 9, 0, 0)

DAMAGED = "Bản quét hỏng.pdf"
DAMAGED_SHARE = 0.4  # of the bytes that a copy got before it broke off
MANIFEST = "manifest.csv"
POST = "Bưu điện.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One page: a sheet of a paper, or a blank back."""

    paper: str | None  #: by its name in papers.yaml; None: blank
    sheet: int = 0  #: of the paper, from 0
    scan: Scan = field(default_factory=Scan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """One scan of the archive."""

    path: str  #: within the archive; behind a .zip, within that
    sides: tuple[Side, ...]
    photo: bool = False

    @property
    def is_pile(self) -> bool:
        """Whether it holds more than one paper."""
        return len({side.paper for side in self.sides}) > 1


SCANS = (
    Scanned(
        path="Tập sáng 12-3.pdf",  # what a counter took in one morning and fed to the scanner in one go
        sides=(
            Side(paper="receipt-copy"),
            Side(paper="declaration", scan=Scan(skew=0.4)),
            Side(paper="birth-certificate", scan=Scan(rotation=180, paper=OLD_PAPER, noise=2.5)),
            Side(paper=None, scan=Scan(paper=OLD_PAPER, show_through=0.035)),
            Side(paper="receipt-house", scan=Scan(skew=-0.3)),
            Side(paper="application"),
            Side(paper="building-permit", scan=Scan(skew=2.3)),
        ),
    ),
    Scanned(
        path="H99.02-250305-0008/QĐ 214 cho thuê đất.pdf",  # the folder is named after the dossier
        sides=(
            Side(paper="decision", scan=Scan(skew=-0.5)),
            Side(paper="decision", sheet=1, scan=Scan(skew=0.2)),
        ),
    ),
    Scanned(
        path="Công văn đi/1127-SXD.tif",  # black and white
        sides=(
            Side(paper="letter", scan=Scan(skew=0.6, noise=5.0)),
            Side(paper="letter", sheet=1, scan=Scan(noise=5.0)),
        ),
    ),
    Scanned(path=f"{POST}/Giấy phép môi trường.jpg", sides=(Side(paper="environment-permit", scan=Scan(skew=-0.8)),)),
    Scanned(
        path=f"{POST}/Hộ kinh doanh.jpg",
        sides=(Side(paper="household-business", scan=Scan(rotation=90, paper=OLD_PAPER)),),
    ),
    Scanned(path="Điện thoại/IMG_0506.jpg", sides=(Side(paper="marital-status"),), photo=True),
)


def files(papers: Mapping[str, Paper]) -> Iterator[tuple[str, bytes]]:
    """Every file of the archive: path within it and bytes."""
    posted: dict[str, bytes] = {}
    for scan in SCANS:
        content = _content(scan, papers)
        if scan.path.startswith(f"{POST}/"):
            posted[scan.path.removeprefix(f"{POST}/")] = content
        else:
            yield scan.path, content
        if scan.path.endswith("QĐ 214 cho thuê đất.pdf"):
            yield DAMAGED, content[: round(len(content) * DAMAGED_SHARE)]
    yield POST, _zip(posted)
    yield MANIFEST, _manifest(papers).encode()


def _manifest(papers: Mapping[str, Paper]) -> str:
    """What the post office's list says of the permit, which itself names no dossier."""
    code = papers["environment-permit"].dossier_code
    return f"source,dossier_code,procedure_code\n{POST}/Giấy phép môi trường.jpg,{code},1.010733.000.00.00.H99\n"


def _content(scan: Scanned, papers: Mapping[str, Paper]) -> bytes:
    pages = list(_pages(scan, papers))
    match PurePosixPath(scan.path).suffix:
        case ".pdf":
            return _pdf(pages)
        case ".tif":
            return _tiff([black_and_white(page) for page in pages])
        case _:
            return _jpeg(pages[0], dpi=None if scan.photo else SCAN_DPI)


def _pages(scan: Scanned, papers: Mapping[str, Paper]) -> Iterator[Image.Image]:
    before: Sheet | None = None
    for number, side in enumerate(scan.sides, 1):
        random = seeded(f"{scan.path} {number}")
        sheet = papers[side.paper].sheets[side.sheet] if side.paper else Sheet(A4)
        if scan.photo:
            yield photographed(sheet.image, random)
        else:
            back = before.image if before and side.scan.show_through else None
            yield scanned(sheet.image, side.scan, random, back=back)
        before = sheet


def _jpeg(page: Image.Image, *, dpi: int | None) -> bytes:
    """dpi: None where the file is not to say one, as a phone's."""
    buffer = io.BytesIO()
    if dpi is None:
        page.save(buffer, "JPEG", quality=PHOTO_QUALITY, optimize=True)
    else:
        page.save(buffer, "JPEG", quality=QUALITY, optimize=True, dpi=(dpi, dpi))
    return buffer.getvalue()


def _tiff(pages: Sequence[Image.Image]) -> bytes:
    buffer = io.BytesIO()
    first, *others = pages
    first.save(buffer, "TIFF", save_all=True, append_images=others, compression="group4", dpi=(SCAN_DPI, SCAN_DPI))
    return buffer.getvalue()


def _pdf(pages: Sequence[Image.Image]) -> bytes:
    """A PDF as scanners write it: one JPEG fills each page, and nothing else is there."""
    with pikepdf.new() as pdf:
        for page in pages:
            width, height = (side / SCAN_DPI * 72 for side in page.size)
            image = pikepdf.Stream(
                pdf,
                _jpeg(page, dpi=SCAN_DPI),
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=page.width,
                Height=page.height,
                ColorSpace=pikepdf.Name.DeviceRGB,
                BitsPerComponent=8,
                Filter=pikepdf.Name.DCTDecode,
            )
            pdf.add_blank_page(page_size=(width, height))
            pdf.pages[-1].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
            pdf.pages[-1].Contents = pikepdf.Stream(pdf, f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Im0 Do Q".encode())
        buffer = io.BytesIO()
        pdf.save(buffer, deterministic_id=True, min_version="1.5")
        return buffer.getvalue()


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()
