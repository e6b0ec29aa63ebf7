"""ZIPs: what is taken out of them, and what is not."""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest

from ocr.errors import DamagedFile, EmptyFile, NoPages, PasswordNeeded, ScanError, TooLarge, UnsafeArchive
from ocr.opening import Found, Limits, Refused, Skipped, Source, count_pages, find_sources
from tests.ocr.opening.scans import LIMITS, encoded, picture

JPEG = encoded(".jpg", picture())


def zipped(path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]], *, packed: bool = True) -> Path:
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def found(path: Path, *, limits: Limits = LIMITS) -> list[Found]:
    return list(find_sources([path], unpack_to=path.parent / "unpacked", limits=limits))


def errors(items: list[Found]) -> dict[str, type[ScanError]]:
    return {item.name: type(item.error) for item in items if isinstance(item, Refused)}


def sources(items: list[Found]) -> list[str]:
    return [item.name for item in items if isinstance(item, Source)]


def everything_under(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_papers_in_a_zip_are_found_with_their_names(tmp_path: Path) -> None:
    """Communes deliver dossiers as ZIPs; each paper keeps the name that it had."""
    path = zipped(tmp_path / "hồ sơ.zip", [("xã A/đơn.jpg", JPEG), ("xã A/", b""), ("readme.txt", b"see inside")])
    items = found(path)
    assert sources(items) == ["hồ sơ.zip/xã A/đơn.jpg"]
    assert [item.name for item in items if isinstance(item, Skipped)] == ["hồ sơ.zip/readme.txt"]
    source = next(item for item in items if isinstance(item, Source))
    assert source.files[0].read_bytes() == JPEG
    assert count_pages(source, limits=LIMITS) == 1


def test_numbered_images_of_a_folder_in_a_zip_are_one_paper(tmp_path: Path) -> None:
    """A paper scanned page by page stays one paper when it is packed."""
    members = [(f"đơn/page-{number}.jpg", JPEG + bytes([number])) for number in (2, 10, 1, 3, 4, 5, 6, 7, 8, 9)]
    (source,) = found(zipped(tmp_path / "a.zip", [*members]))
    assert isinstance(source, Source)
    assert source.name == "a.zip/đơn"
    assert [path.read_bytes()[-1] for path in source.files] == list(range(1, 11))


@pytest.mark.parametrize(
    "name",
    ["../../evil.jpg", "a/../../evil.jpg", "/etc/evil.jpg", "C:/evil.jpg", "..\\evil.jpg", "\\\\server\\evil.jpg"],
)
def test_names_that_lead_out_of_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    """Unpacked by its name, a member could replace the server's own files."""
    info = zipfile.ZipInfo("letter.jpg")
    info.filename = name
    path = zipped(tmp_path / "a.zip", [(info, JPEG), ("good.jpg", JPEG)])
    before = everything_under(tmp_path)
    items = found(path)
    assert list(errors(items).values()) == [UnsafeArchive]
    assert sources(items) == ["a.zip/good.jpg"]
    new = everything_under(tmp_path) - before
    assert len(new) == 1
    assert all(one.startswith("unpacked/") for one in new)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, kind: int) -> None:
    """A link to /etc/shadow would be published as a page."""
    info = zipfile.ZipInfo("link.jpg")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    items = found(zipped(tmp_path / "a.zip", [(info, b"/etc/shadow")]))
    assert errors(items) == {"a.zip/link.jpg": UnsafeArchive}


def test_a_zip_in_a_zip_is_refused(tmp_path: Path) -> None:
    """Bombs are built of them, and so are mistakes."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("letter.jpg", JPEG)
    items = found(zipped(tmp_path / "a.zip", [("inner.zip", inner.getvalue()), ("letter.jpg", JPEG)]))
    assert errors(items) == {"a.zip/inner.zip": UnsafeArchive}
    assert sources(items) == ["a.zip/letter.jpg"]


def test_a_member_that_swells_is_stopped_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """42 kB that unpack to petabytes fill the disk before anybody looks."""
    path = zipped(tmp_path / "bomb.zip", [("scan.jpg", JPEG + bytes(60_000_000)), ("letter.jpg", JPEG)])
    assert path.stat().st_size < 100_000
    items = found(path)
    assert errors(items)["bomb.zip/scan.jpg"] is UnsafeArchive
    assert sources(items) == ["bomb.zip/letter.jpg"]
    assert sum(file.stat().st_size for file in (tmp_path / "unpacked").rglob("*") if file.is_file()) < 100_000


def test_an_archive_that_swells_as_a_whole_is_stopped(tmp_path: Path) -> None:
    """A thousand members that each swell a little are a bomb too."""
    members = [(f"scan {letter}.jpg", JPEG + bytes(2_000_000)) for letter in "abcdefgh"]
    items = found(zipped(tmp_path / "bomb.zip", [*members]), limits=Limits(max_archive_bytes=5_000_000))
    assert errors(items) == {"bomb.zip": UnsafeArchive}
    assert len(sources(items)) == 2


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """The newest bombs point a thousand names at one core."""
    path = zipped(tmp_path / "bomb.zip", [("aa.jpg", JPEG), ("bb.jpg", JPEG)], packed=False)
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)  # its bytes are the first one's
    path.write_bytes(data)
    assert errors(found(path)) == {"bomb.zip": UnsafeArchive}


def test_more_members_than_are_taken_are_refused_before_they_are_listed(tmp_path: Path) -> None:
    """A directory of millions would fill the memory."""
    path = zipped(tmp_path / "many.zip", [(f"{number}.txt", b"") for number in range(30)])
    assert errors(found(path, limits=Limits(max_archive_members=20))) == {"many.zip": TooLarge}


def test_names_are_read_as_their_owner_wrote_them(tmp_path: Path) -> None:
    """Windows, Mac and old DOS programs each write names in their own way; a wrong letter loses the dossier."""
    path = zipped(
        tmp_path / "a.zip",
        [
            (unicodedata.normalize("NFD", "quyết định.jpg"), JPEG),  # Mac
            ("dos-xxxx.jpg", JPEG),
            ("win-xxxxxx.jpg", JPEG),
            ("utf-xxxxxxx.jpg", JPEG),  # UTF-8 that does not say so
        ],
        packed=False,
    )
    data = path.read_bytes()
    data = data.replace(b"dos-xxxx", b"dos-" + "café".encode("cp437"))
    data = data.replace(b"win-xxxxxx.", b"win-" + "quyê\u0301t".encode("cp1258") + b".")
    path.write_bytes(data.replace(b"utf-xxxxxxx", b"utf-" + "tờ tr".encode()))
    assert set(sources(found(path))) == {
        "a.zip/quyết định.jpg",
        "a.zip/dos-café.jpg",
        "a.zip/win-quyết.jpg",
        "a.zip/utf-tờ tr.jpg",
    }


def test_a_name_of_255_bytes_and_longer_is_unpacked(tmp_path: Path) -> None:
    """Files are unpacked under names of our own, so that no name is too long for the disk."""
    long, longer = "ế" * 83 + "a.jpg", "b" * 5000 + ".jpg"
    items = found(zipped(tmp_path / "a.zip", [(long, JPEG), (longer, JPEG)]))
    assert sorted(sources(items)) == sorted([f"a.zip/{long}", f"a.zip/{longer}"])
    assert all(item.files[0].read_bytes() == JPEG for item in items if isinstance(item, Source))


def test_two_members_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """A ZIP may hold a name twice, a report may not."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "a.zip", [("letter.jpg", JPEG), ("letter.jpg", JPEG + b"2")])
    items = found(path)
    assert sources(items) == ["a.zip/letter (2).jpg", "a.zip/letter.jpg"]
    assert len({item.files[0] for item in items if isinstance(item, Source)}) == 2


def test_a_locked_zip_asks_for_its_password(tmp_path: Path) -> None:
    """Only a person has it."""
    path = zipped(tmp_path / "a.zip", [("letter.jpg", JPEG)])
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert errors(found(path)) == {"a.zip/letter.jpg": PasswordNeeded}


def test_a_way_of_packing_that_is_not_taken_is_told(tmp_path: Path) -> None:
    """LZMA and its like cannot be unpacked within bounded memory."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("letter.jpg", JPEG)
    (item,) = found(tmp_path / "a.zip")
    assert isinstance(item, Refused)
    assert "packed in a way that is not taken (LZMA)" in str(item.error)


def test_an_empty_zip_and_a_cut_off_one_are_told(tmp_path: Path) -> None:
    """Nothing was packed, or half of it arrived."""
    assert errors(found(zipped(tmp_path / "none.zip", []))) == {"none.zip": NoPages}
    path = zipped(tmp_path / "cut.zip", [("letter.jpg", JPEG)])
    path.write_bytes(path.read_bytes()[:2000])
    assert errors(found(path)) == {"cut.zip": DamagedFile}


def test_a_member_whose_bytes_are_damaged_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """A checksum that does not fit is a page that cannot be trusted."""
    path = zipped(tmp_path / "a.zip", [("bad.jpg", JPEG), ("good.jpg", JPEG), ("empty.jpg", b"")], packed=False)
    data = bytearray(path.read_bytes())
    data[3000] ^= 0xFF
    path.write_bytes(data)
    items = found(path)
    assert errors(items) == {"a.zip/bad.jpg": DamagedFile, "a.zip/empty.jpg": EmptyFile}
    assert sources(items) == ["a.zip/good.jpg"]


def test_a_page_that_cannot_be_unpacked_leaves_the_paper_together(tmp_path: Path) -> None:
    """One bad page is one bad page, and is noted on the paper."""
    members = [(f"page-{number}.jpg", JPEG) for number in (1, 2, 3)]
    path = zipped(tmp_path / "a.zip", [*members], packed=False)
    data = bytearray(path.read_bytes())
    data[data.index(b"page-2.jpg") + 2000] ^= 0xFF
    path.write_bytes(data)
    items = found(path)
    assert errors(items) == {"a.zip/page-2.jpg": DamagedFile}
    (paper,) = (item for item in items if isinstance(item, Source))
    assert (paper.name, len(paper.files), paper.notes) == ("a.zip", 2, ("page-2.jpg could not be unpacked",))


def test_a_claim_about_a_members_size_is_not_believed(tmp_path: Path) -> None:
    """What is counted is what really comes out."""
    path = tmp_path / "liar.zip"
    zipped(path, [("scan.jpg", JPEG + bytes(50_000_000))])
    data = bytearray(path.read_bytes())
    for at in (22, data.index(b"PK\x01\x02") + 24):
        data[at : at + 4] = struct.pack("<I", 1000)
    path.write_bytes(data)
    assert next(iter(errors(found(path)).values())) in (UnsafeArchive, DamagedFile)
    assert not everything_under(tmp_path / "unpacked")
