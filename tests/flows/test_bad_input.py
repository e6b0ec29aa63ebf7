"""One batch with everything that can be wrong with a file: each is named with its reason, and the good go through."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from flows.errors import ExitCode
from flows.installation import opened
from storage.records import documents_of_batch
from tests.flows import papers
from tests.flows.conftest import House


def _empty(folder: Path) -> str:
    (folder / "rỗng.pdf").write_bytes(b"")
    return "rỗng.pdf"


def _text(folder: Path) -> str:
    (folder / "văn bản.pdf").write_text("chỉ là chữ")
    return "văn bản.pdf"


def _cut_pdf(folder: Path) -> str:
    whole = papers.save(papers.decision(), folder / "cut.pdf").read_bytes()
    (folder / "cut.pdf").write_bytes(whole[:900])
    return "cut.pdf"


def _cut_tiff(folder: Path) -> str:
    whole = papers.save_pile([papers.decision()], folder / "cut.tif").read_bytes()
    (folder / "cut.tif").write_bytes(whole[:300])
    return "cut.tif"


def _locked(folder: Path) -> str:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(folder / "khóa.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    return "khóa.pdf"


def _no_pages(folder: Path) -> str:
    with pikepdf.new() as pdf:
        pdf.save(folder / "không trang.pdf")
    return "không trang.pdf"


def _gigapixels(folder: Path) -> str:
    """A PNG of 1.2 gigapixels in a few kB."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 40_000, 30_000, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(5001) * 100) for _ in range(20)) + packer.flush()
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    (folder / "bom.png").write_bytes(png)
    return "bom.png"


def _bomb(folder: Path) -> str:
    with zipfile.ZipFile(folder / "nén.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("trang.png", b"\x89PNG\r\n\x1a\n" + bytes(80 * 1024**2))
    return "nén.zip/trang.png"


def _nested(folder: Path) -> str:
    inner = folder / "inner.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.txt", "a")
    with zipfile.ZipFile(folder / "lồng.zip", "w") as archive:
        archive.write(inner, "trong.zip")
    inner.unlink()
    return "lồng.zip/trong.zip"


def _climbing(folder: Path) -> str:
    with zipfile.ZipFile(folder / "leo.zip", "w") as archive:
        archive.writestr("../../thoát.pdf", b"%PDF-1.4")
    return "leo.zip/"


def _tiny(folder: Path) -> str:
    Image.new("L", (1, 1)).save(folder / "điểm.png")
    return "điểm.png"


def _looping(folder: Path) -> str:
    """A TIFF whose only directory names itself as the next and has no picture."""
    directory = struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 1, 100) + struct.pack("<I", 8)
    (folder / "vòng.tif").write_bytes(b"II*\0" + struct.pack("<I", 8) + directory)
    return "vòng.tif"


BAD = (
    _empty,
    _text,
    _cut_pdf,
    _cut_tiff,
    _locked,
    _no_pages,
    _gigapixels,
    _bomb,
    _nested,
    _climbing,
    _tiny,
    _looping,
)


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, list[str]]:
    folder = tmp_path / "hồ sơ"
    folder.mkdir()
    papers.save(papers.decision(number="7/QĐ-UBND"), folder / "tốt.png")
    makers: tuple[Callable[[Path], str], ...] = BAD
    return folder, [make(folder) for make in makers]


def test_every_bad_file_is_named_and_the_good_one_is_published(house: House, archive: tuple[Path, list[str]]):
    """One damaged scan among thousands must cost that scan and nothing else, and somebody must be told which."""
    folder, names = archive
    summary = house.digitise(folder)

    told = {entry["source"].removeprefix("hồ sơ/"): entry["error"] for entry in summary.report["failed"]}
    for name in names:
        assert any(source.startswith(name) for source in told), f"nothing was said of {name}"
    for source, error in told.items():
        assert source in error, f"the error does not name its file: {error}"
        assert ";" in error, f"the error does not say what to do: {error}"
    assert summary.exit_code is ExitCode.SOME_FAILED
    assert [document["source"] for document in summary.report["documents"]] == ["hồ sơ/tốt.png"]
    with opened(house.settings()) as inside, inside.database.transaction() as session:
        assert [one.source for one in documents_of_batch(session, summary.batch_id)] == ["hồ sơ/tốt.png"]
    assert sorted(path.name for path in folder.parent.rglob("thoát.pdf")) == []


def test_sources_are_left_as_they_were(house: House, archive: tuple[Path, list[str]]):
    """A digitisation run that touches the archive it reads would be its end."""
    folder, _ = archive
    before = {path: path.read_bytes() for path in folder.iterdir()}
    house.digitise(folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_the_same_bad_batch_again_publishes_nothing_twice(house: House, archive: tuple[Path, list[str]]):
    """Clerks try again; the second try must not double what the first one brought in."""
    folder, _ = archive
    first, second = house.digitise(folder), house.digitise(folder)
    assert second.report["known"] == ["hồ sơ/tốt.png"]
    assert [d["id"] for d in second.report["documents"]] == [d["id"] for d in first.report["documents"]]
    assert second.exit_code is ExitCode.SOME_FAILED
