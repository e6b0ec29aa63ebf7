"""What a file is, told by its content."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocr.errors import EmptyFile, NotAllowed, UnknownKind
from ocr.opening import Kind, identify
from ocr.opening.kinds import kind_of
from tests.ocr.opening.scans import encoded, picture


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.3\n", Kind.PDF),
        (bytes(1024) + b"%PDF-1.7", Kind.PDF),
        (bytes(1025) + b"%PDF-1.7", None),
        (b"II*\0\x08\0\0\0", Kind.TIFF),
        (b"MM\0*\0\0\0\x08", Kind.TIFF),
        (b"II+\0\x08\0\0\0", Kind.TIFF),
        (b"\xff\xd8\xff\xe1", Kind.JPEG),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Kind.WEBP),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"\xff\x4f\xff\x51\0", Kind.JP2),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", Kind.HEIC),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", Kind.HEIC),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", None),
        (b"BM" + bytes(12) + b"\x28\0\0\0", Kind.BMP),
        (b"BMW 320i, papers of", None),
        (b"PK\x03\x04" + bytes(40), Kind.ZIP),
        (b"PK\x05\x06" + bytes(18), Kind.ZIP),
        (b"PK\x03\x04" + bytes(22) + b"\x13\0\0\0[Content_Types].xml", None),
        (b"GIF89a", None),
        (b"\x7fELF", None),
        (b"", None),
    ],
)
def test_a_kind_is_told_by_its_first_bytes(head: bytes, kind: Kind | None) -> None:
    """Names lie: photos come as .pdf, scans without a name at all."""
    assert kind_of(head) is kind


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".jp2", ".bmp"])
def test_what_encoders_write_is_known(tmp_path: Path, suffix: str) -> None:
    """The table of first bytes is held against real files."""
    path = tmp_path / "scan"
    path.write_bytes(encoded(suffix, picture()))
    assert str(identify(path)) == {".jpg": "jpeg", ".tif": "tiff"}.get(suffix, suffix[1:])


def test_a_file_of_no_bytes_is_told(tmp_path: Path) -> None:
    """A full disk or a broken copy leaves these behind."""
    (tmp_path / "empty.pdf").write_bytes(b"")
    with pytest.raises(EmptyFile, match=r"empty\.pdf: holds no bytes; scan it again"):
        identify(tmp_path / "empty.pdf")


def test_a_text_file_is_told_by_the_name_that_people_know(tmp_path: Path) -> None:
    """A clerk looks for the name that was given, not for a working copy's."""
    (tmp_path / "0001").write_text("Kính gửi", encoding="utf-8")
    with pytest.raises(UnknownKind, match=r"^letter\.pdf: is no kind of scan"):
        identify(tmp_path / "0001", name="letter.pdf")


def test_a_pipe_does_not_hold_up_a_batch(tmp_path: Path) -> None:
    """Opened for reading, a pipe that nobody writes to waits for ever."""
    os.mkfifo(tmp_path / "pipe.pdf")
    with pytest.raises(NotAllowed, match="no plain file"):
        identify(tmp_path / "pipe.pdf")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The reason of the system is passed on."""
    with pytest.raises(NotAllowed, match="No such file"):
        identify(tmp_path / "gone.pdf")
