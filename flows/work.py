"""The working folder: where a scan lies from the moment it is copied until it is published.

    work/<sha256>/original/…          the bytes that were hashed, never changed
    work/<sha256>/<settings>/page-0001.json, page-0001.jpg     each page that was read, kept over kills
    work/<sha256>/<settings>/paper-1/…                         the finished files of each paper

All of it can be made again from the source; deleting it loses time, not papers.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from pydantic import ValidationError

from flows.errors import BatchIsRunning, DiskNearlyFull, SourceChanged
from ocr.opening import Source
from ocr.page import FailedPage, Page, ReadPage, load_page

BLOCK = 1 << 20  # bytes copied at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedScan:
    """A source's files, copied and hashed."""

    sha256: str  #: of the file; of the list of hashes where the source is a folder of page images
    files: tuple[tuple[Path, str], ...]  #: copy and SHA-256, in page order
    manifest: Path | None  #: for a folder of page images: the list that `sha256` is the hash of
    size: int  #: bytes of all files
    folder: Path


def copy_scan(source: Source, work: Path) -> CopiedScan:
    """Copy a source into the working folder while hashing it.

    What was hashed is what is stored and read from then on, whatever happens to the source meanwhile.
    Raises SourceChanged where a file grew or changed during the copy, OSError as it comes.
    """
    coming = work / f"coming-{os.getpid()}-{uuid.uuid4().hex}"
    coming.mkdir(parents=True)
    try:
        hashes = []
        for number, file in enumerate(source.files, 1):
            hashes.append(_copy_hashed(file, coming / f"{number:05}{file.suffix.lower()[:8]}", source.name))
        manifest: Path | None = None
        sha256 = hashes[0]
        if len(hashes) > 1:
            manifest = coming / "manifest.json"
            manifest.write_bytes(page_list([file.name for file in source.files], hashes))
            sha256 = hashlib.sha256(manifest.read_bytes()).hexdigest()
        folder = work / sha256
        originals = folder / "original"
        folder.mkdir(exist_ok=True)
        if not originals.exists():
            try:
                coming.rename(originals)
            except OSError:  # the same bytes, copied by another worker a moment ago
                if not originals.exists():
                    raise
    finally:
        shutil.rmtree(coming, ignore_errors=True)
    copies = sorted(file for file in originals.iterdir() if file.name != "manifest.json")
    return CopiedScan(
        sha256=sha256,
        files=tuple(zip(copies, hashes, strict=True)),
        manifest=originals / "manifest.json" if manifest else None,
        size=sum(file.stat().st_size for file in copies),
        folder=folder,
    )


def page_list(names: Sequence[str], hashes: Sequence[str]) -> bytes:
    """The list that stands for a folder of page images: what its hash is made of."""
    listed = [{"name": name, "sha256": value} for name, value in zip(names, hashes, strict=True)]
    return json.dumps(listed, ensure_ascii=False, indent=1).encode()


def hash_of_files(files: Sequence[Path]) -> str:
    """The hash that a scan of these files has in the records. Raises OSError."""
    hashes = []
    for file in files:
        with file.open("rb") as reader:
            hashes.append(hashlib.file_digest(reader, "sha256").hexdigest())
    if len(files) == 1:
        return hashes[0]
    return hashlib.sha256(page_list([file.name for file in files], hashes)).hexdigest()


def _copy_hashed(file: Path, to: Path, name: str) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as reader, to.open("wb") as writer:
        before = os.fstat(reader.fileno())
        copied = 0
        while copied <= before.st_size and (block := reader.read(BLOCK)):  # one that grows for ever has an end here
            copied += len(block)
            digest.update(block)
            writer.write(block)
        after = os.fstat(reader.fileno())
    if copied != before.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceChanged(
            f"{name}: was still being written while it was read; wait for the copy to end, then again"
        )
    return digest.hexdigest()


class StoredPages(Sequence[Page]):
    """A scan's pages, read from the working folder when asked for, so that 2,000 of them do not fill the memory."""

    def __init__(self, folder: Path, numbers: Sequence[int], failed: dict[int, FailedPage]) -> None:
        self._folder = folder
        self._numbers = tuple(numbers)
        self._failed = failed

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Page: ...

    @overload
    def __getitem__(self, index: slice) -> StoredPages: ...

    def __getitem__(self, index: int | slice) -> Page | StoredPages:
        if isinstance(index, slice):
            return StoredPages(self._folder, self._numbers[index], self._failed)
        number = self._numbers[index]
        failed = self._failed.get(number)
        return failed if failed is not None else load_page(page_file(self._folder, number).read_bytes())

    def only(self, numbers: Sequence[int]) -> StoredPages:
        """Some of the pages, in the order given."""
        return StoredPages(self._folder, numbers, self._failed)


def page_file(folder: Path, number: int) -> Path:
    """Where a page that was read lies."""
    return folder / f"page-{number:05}.json"


def finished_page(folder: Path, number: int) -> ReadPage | None:
    """A page that an earlier run finished, or None where it must be read (again)."""
    try:
        page = load_page(page_file(folder, number).read_bytes())
        with page.image.open("rb") as image:
            whole = hashlib.file_digest(image, "sha256").hexdigest() == page.image_sha256
    except (OSError, ValidationError, ValueError):
        return None
    return page if whole else None


def keep_page(folder: Path, page: ReadPage, data: bytes) -> None:
    """Write a page's result so that it is there whole or not at all."""
    file = page_file(folder, page.facts.number)
    part = file.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as writer:
        writer.write(data)
        writer.flush()
        os.fsync(writer.fileno())
    part.replace(file)


@contextmanager
def only_one(lock: Path, what: str) -> Iterator[None]:
    """Hold `lock` for ourselves; raises BatchIsRunning where another process has it. A killed one lets go."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BatchIsRunning(
                f"{what} is being worked on by another process; wait for it, or stop it first"
            ) from None
        yield


def need_free_disk(folder: Path, gib: float) -> None:
    """Raise DiskNearlyFull where less than `gib` GiB are free."""
    free = shutil.disk_usage(folder).free / 1024**3
    if free < gib:
        raise DiskNearlyFull(
            f"{folder}: {free:.2f} GiB free, {gib:.2f} needed (run.min_free_gib); make room, then run it again"
        )


def batch_lock(work: Path, key: str) -> Path:
    """What a batch holds while it runs."""
    return work / f"batch-{key[:16]}.lock"


def unpacked_folder(work: Path, key: str) -> Path:
    """Where a batch unpacks ZIPs; only while it holds its lock."""
    return work / f"unpacked-{key[:16]}"


def sweep(work: Path) -> None:
    """Remove half copies and unpacked archives that a kill left. Finished pages stay: they are what goes on."""
    for coming in work.glob("coming-*"):
        if not Path(f"/proc/{coming.name.split('-')[1]}").exists():
            shutil.rmtree(coming, ignore_errors=True)
    for unpacked in work.glob("unpacked-*"):
        try:
            with only_one(batch_lock(work, unpacked.name.split("-")[1]), "a batch"):
                shutil.rmtree(unpacked, ignore_errors=True)
        except BatchIsRunning:
            continue
