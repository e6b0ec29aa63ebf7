"""The working folder: copies that are what was hashed, pages kept over kills."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from flows import work
from flows.errors import BatchIsRunning, SourceChanged
from flows.work import batch_lock, copy_scan, only_one, sweep, unpacked_folder
from ocr.opening import Kind, Source


def _source(*files: Path) -> Source:
    return Source(name="giấy", files=files, kind=Kind.PNG)


def test_a_file_that_grows_while_it_is_copied_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A scanner still writing over the network: half a copy would be a paper with pages missing."""
    file = tmp_path / "scan.png"
    file.write_bytes(b"first half")
    real = hashlib.sha256

    class Growing:
        """Hashes as ever, while somebody goes on writing; the moment cannot be had otherwise."""

        def __init__(self) -> None:
            self._digest = real()

        def update(self, block: bytes) -> None:
            self._digest.update(block)
            with file.open("ab") as more:
                more.write(b"second half")

        def hexdigest(self) -> str:
            return self._digest.hexdigest()

    monkeypatch.setattr(work.hashlib, "sha256", Growing)
    monkeypatch.setattr(work, "BLOCK", 4)
    with pytest.raises(SourceChanged, match="still being written"):
        copy_scan(_source(file), tmp_path / "work")
    assert not list((tmp_path / "work").iterdir()), "half a copy stayed behind"


def test_a_folder_of_images_has_a_hash_of_its_own(tmp_path: Path):
    """Two papers that share a page image must not be taken for one another."""
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode())
    both = copy_scan(_source(tmp_path / "a", tmp_path / "b"), tmp_path / "work")
    one = copy_scan(_source(tmp_path / "a"), tmp_path / "work")
    assert both.sha256 != one.sha256
    assert [sha256 for _, sha256 in both.files] == [hashlib.sha256(n).hexdigest() for n in (b"a", b"b")]
    assert both.manifest is not None
    assert one.manifest is None


def test_the_same_batch_runs_once_at_a_time(tmp_path: Path):
    """Two operators press the same button: the second is told, and nothing is done twice."""
    with (
        only_one(tmp_path / "x.lock", "the same batch"),
        pytest.raises(BatchIsRunning, match="another process"),
        only_one(tmp_path / "x.lock", "the same batch"),
    ):
        pass


def test_what_a_killed_batch_left_is_swept_and_a_running_ones_stays(tmp_path: Path):
    """Unpacked archives of killed runs would fill the disk; a running one's pages are being read."""
    killed, running = unpacked_folder(tmp_path, "a" * 64), unpacked_folder(tmp_path, "b" * 64)
    killed.mkdir()
    running.mkdir()
    (tmp_path / "coming-999999999-x").mkdir()
    with only_one(batch_lock(tmp_path, "b" * 64), "a batch"):
        sweep(tmp_path)
        assert not killed.exists()
        assert running.exists()
    assert not (tmp_path / "coming-999999999-x").exists()
