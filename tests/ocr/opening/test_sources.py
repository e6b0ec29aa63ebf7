"""Looking through folders for scans."""

from __future__ import annotations

import errno
import multiprocessing
import os
import sys
import unicodedata
from pathlib import Path

import pytest

from ocr.errors import EmptyFile, NotAllowed, UnknownKind
from ocr.opening import Found, Kind, Refused, Skipped, Source, find_sources
from tests.ocr.opening.scans import LIMITS, encoded, picture

JPEG = encoded(".jpg", picture())
NOBODY = 65534


def put(path: Path, data: bytes = JPEG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(*inputs: Path, to: Path) -> list[Found]:
    return list(find_sources(inputs, unpack_to=to, limits=LIMITS))


def names(items: list[Found]) -> list[str]:
    return [f"{type(item).__name__} {item.name}" for item in items]


def test_files_come_in_the_order_in_which_people_count(tmp_path: Path) -> None:
    """Batches are reviewed from the top of the list; 10 before 2 is read as a mistake."""
    for name in ("đơn 10.jpg", "đơn 2.jpg", "Biên bản.jpg"):
        put(tmp_path / "hồ sơ" / name)
    assert names(found(tmp_path / "hồ sơ", to=tmp_path)) == [
        "Source hồ sơ/Biên bản.jpg",
        "Source hồ sơ/đơn 2.jpg",
        "Source hồ sơ/đơn 10.jpg",
    ]


def test_numbered_images_of_a_folder_are_one_paper(tmp_path: Path) -> None:
    """Ten page images published as ten papers would be ten papers without a head."""
    for number in (1, 2, 3):
        put(tmp_path / "in" / "tờ trình" / f"Page-{number}.JPG")
    put(tmp_path / "in" / "letter.jpg")
    assert names(found(tmp_path / "in", to=tmp_path)) == ["Source in/letter.jpg", "Source in/tờ trình"]


def test_pages_of_a_paper_are_in_order_and_a_gap_is_told(tmp_path: Path) -> None:
    """Page 2 that was lost must be missed by somebody."""
    for number in (1, 3, 10, 4, 5, 6, 7, 8, 9):
        put(tmp_path / "in" / f"page-{number}.jpg")
    (paper,) = found(tmp_path / "in", to=tmp_path)
    assert isinstance(paper, Source)
    assert [path.stem for path in paper.files] == ["page-1"] + [f"page-{number}" for number in range(3, 11)]
    assert paper.notes == ("no page bears the number 2",)


def test_a_cameras_numbers_are_no_pages(tmp_path: Path) -> None:
    """IMG_2034 and IMG_2051 are photos of two papers."""
    for number in (2034, 2051):
        put(tmp_path / "in" / f"IMG_{number}.jpg")
    assert [item.name for item in found(tmp_path / "in", to=tmp_path)] == ["in/IMG_2034.jpg", "in/IMG_2051.jpg"]


def test_names_are_told_in_one_form_of_unicode(tmp_path: Path) -> None:
    """A Mac splits letters from their marks; the same name would be two names."""
    put(tmp_path / "in" / unicodedata.normalize("NFD", "quyết định.jpg"))
    assert names(found(tmp_path / "in", to=tmp_path)) == ["Source in/quyết định.jpg"]


def test_a_name_of_255_bytes_is_taken(tmp_path: Path) -> None:
    """Subjects are made into names as long as the file system allows."""
    long = "ế" * 83 + "ab.jpg"[1:]
    assert len(long.encode()) <= 255
    put(tmp_path / "in" / (long + "x" * (255 - len(long.encode()))))
    put(tmp_path / "in" / ("a" * 251 + ".jpg"))
    assert [type(item) for item in found(tmp_path / "in", to=tmp_path)] == [Source, Source]


def test_a_name_that_is_no_text_is_shown_as_it_is(tmp_path: Path) -> None:
    """Old Windows shares hold names in code pages; reports are JSON and take text alone."""
    put(tmp_path / "in" / os.fsdecode(b"c\xf4ng v\xe2\xa4n\n.jpg"))
    (item,) = found(tmp_path / "in", to=tmp_path)
    assert item.name == "in/c\\xf4ng v\\xe2\\xa4n\N{REPLACEMENT CHARACTER}.jpg"
    item.name.encode("utf-8")


def test_two_inputs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Every commune delivers a folder named `scan`."""
    for commune in ("a", "b"):
        put(tmp_path / commune / "scan" / "letter.jpg")
    inputs = (tmp_path / "a" / "scan", tmp_path / "b" / "scan", tmp_path / "a" / "scan")
    assert names(found(*inputs, to=tmp_path)) == [
        "Source scan/letter.jpg",
        "Source scan (2)/letter.jpg",
        "Skipped scan",
    ]


def test_what_claims_to_be_a_scan_is_refused_aloud_and_the_rest_is_passed_over(tmp_path: Path) -> None:
    """A missing paper must be missed; a stray Thumbs.db must not stop anybody."""
    put(tmp_path / "in" / "empty.pdf", b"")
    put(tmp_path / "in" / "letter.pdf", b"just text")
    put(tmp_path / "in" / "Thumbs.db", b"\xd0\xcf\x11\xe0")
    put(tmp_path / "in" / "._scan.pdf", b"Mac OS X")
    put(tmp_path / "in" / ".git" / "scan.jpg")
    items = {item.name: item for item in found(tmp_path / "in", to=tmp_path)}
    errors = {name: type(item.error) for name, item in items.items() if isinstance(item, Refused)}
    assert errors == {"in/empty.pdf": EmptyFile, "in/letter.pdf": UnknownKind}
    assert {name for name, item in items.items() if isinstance(item, Skipped)} == {
        "in/Thumbs.db",
        "in/._scan.pdf",
        "in/.git",
    }


def test_links_out_of_the_input_are_not_followed(tmp_path: Path) -> None:
    """A link in a delivered folder would publish what lies elsewhere on the server."""
    secret = put(tmp_path / "secret" / "salary.jpg")
    put(tmp_path / "in" / "letter.jpg")
    (tmp_path / "in" / "out.jpg").symlink_to(secret)
    (tmp_path / "in" / "folder").symlink_to(secret.parent)
    (tmp_path / "in" / "same.jpg").symlink_to("letter.jpg")
    (tmp_path / "in" / "loop").symlink_to("loop")
    (tmp_path / "in" / "up").symlink_to(".")
    items = {item.name: item for item in found(tmp_path / "in", to=tmp_path)}
    assert [name for name, item in items.items() if isinstance(item, Source)] == ["in/letter.jpg"]
    refused = [name for name, item in items.items() if isinstance(item, Refused)]
    assert sorted(refused) == ["in/folder", "in/out.jpg"]


def test_an_input_that_does_not_exist_is_told(tmp_path: Path) -> None:
    """A path that was spelt wrong is not an empty folder."""
    (item,) = found(tmp_path / "hso", to=tmp_path)
    assert isinstance(item, Refused)
    assert isinstance(item.error, NotAllowed)


def _as_nobody(folder: str, to: str, answer) -> None:
    os.seteuid(NOBODY)
    items = list(find_sources([Path(folder)], unpack_to=Path(to), limits=LIMITS))
    answer.send([(type(item).__name__, item.name, str(getattr(item, "error", ""))) for item in items])


def test_a_folder_that_may_not_be_read_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """One office locks its folder; the night's batch must not stop there, nor pass it over in silence."""
    put(tmp_path / "in" / "a" / "letter.jpg")
    put(tmp_path / "in" / "c" / "letter.jpg")
    put(tmp_path / "in" / "d.jpg").chmod(0)
    locked = tmp_path / "in" / "b"
    put(locked / "letter.jpg")
    locked.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    if os.geteuid() == 0:
        here, there = multiprocessing.Pipe()
        child = multiprocessing.get_context("fork").Process(
            target=_as_nobody, args=(str(tmp_path / "in"), str(tmp_path), there)
        )
        child.start()
        assert here.poll(30)
        items = here.recv()
        child.join(10)
    else:
        listed = found(tmp_path / "in", to=tmp_path)
        items = [(type(item).__name__, item.name, str(getattr(item, "error", ""))) for item in listed]
    locked.chmod(0o700)
    assert [(kind, name) for kind, name, _ in items] == [
        ("Source", "in/a/letter.jpg"),
        ("Refused", "in/b"),
        ("Source", "in/c/letter.jpg"),
        ("Refused", "in/d.jpg"),
    ]
    assert "in/b: is a folder that cannot be read (Permission denied)" in items[1][2]
    assert "in/d.jpg: cannot be read (Permission denied)" in items[3][2]


def test_a_tree_deeper_than_any_stack_is_looked_through(tmp_path: Path) -> None:
    """Folders are nested by programs that run wild; that must not end the batch."""
    depth = sys.getrecursionlimit() + 100
    start = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(depth):
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.chdir(start)
    assert found(tmp_path, to=tmp_path / "out") == []
    _remove_deep(tmp_path)


def _remove_deep(folder: Path) -> None:
    """What shutil would do recursively."""
    start = Path.cwd()
    os.chdir(folder)
    depth = 0
    while Path("d").exists():
        os.chdir("d")
        depth += 1
    for _ in range(depth):
        os.chdir("..")
        Path("d").rmdir()
    os.chdir(start)


def test_a_share_that_breaks_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk error in one folder is that folder's."""
    put(tmp_path / "in" / "a" / "letter.jpg")
    put(tmp_path / "in" / "b" / "letter.jpg")
    real = os.scandir

    def broken(path: Path):
        if Path(path).name == "a":
            raise OSError(errno.EIO, "Input/output error")
        return real(path)

    monkeypatch.setattr(os, "scandir", broken)
    assert names(found(tmp_path / "in", to=tmp_path)) == ["Refused in/a", "Source in/b/letter.jpg"]


def test_kinds_of_sources_are_told_by_their_content(tmp_path: Path) -> None:
    """A photo named .pdf goes to the image decoder."""
    put(tmp_path / "photo.pdf")
    (item,) = found(tmp_path / "photo.pdf", to=tmp_path)
    assert isinstance(item, Source)
    assert (item.kind, item.name) == (Kind.JPEG, "photo.pdf")
