"""Objects in a folder: the embedded default.

An object is written under a temporary name, synced, renamed, and its folder synced. Beside it lies
`<name>.meta` with its hash and content type, written first: an object is there when its own name is.
"""

from __future__ import annotations

import errno
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from storage.errors import ObjectDiffers, ObjectMissing, StorageError, StoreFull, StoreUnreachable
from storage.keys import checked
from storage.objects import BLOCK, ObjectInfo, hash_of

META = ".meta"
COMING = ".coming-"
FULL = (errno.ENOSPC, errno.EDQUOT)


class FolderStore:
    """An object store in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(
        self, key: str, path: Path, *, sha256: str, content_type: str, tags: Mapping[str, str] | None = None
    ) -> None:
        """See ObjectStore.put."""
        target = self._path(key)
        there = self.head(key)
        if there is not None:
            found = self.sha256(key)
            if found != sha256:
                raise ObjectDiffers(f"{key}: holds {found:.12}, asked to put {sha256:.12}; it was left as it is")
            return
        meta = {"sha256": sha256, "content_type": content_type, "tags": dict(tags or {})}
        with self._told(key):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._write(target.with_name(target.name + META), [json.dumps(meta, sort_keys=True).encode()])
            with path.open("rb") as reader:
                self._write(target, iter(lambda: reader.read(BLOCK), b""), sha256=sha256)

    def _write(self, target: Path, blocks: Iterator[bytes] | list[bytes], *, sha256: str | None = None) -> None:
        coming = target.with_name(f"{COMING}{uuid.uuid4().hex}")
        try:
            with coming.open("xb") as writer:
                for block in blocks:
                    writer.write(block)
                writer.flush()
                os.fsync(writer.fileno())
            if sha256 is not None:
                with coming.open("rb") as reader:
                    found = hash_of(reader)
                if found != sha256:
                    raise ObjectDiffers(
                        f"{target.name}: asked to put {sha256:.12}, read back {found:.12}; "
                        "check the disk, then run the batch again"
                    )
            coming.replace(target)
            _sync_folder(target.parent)
        finally:
            coming.unlink(missing_ok=True)

    def fetch(self, key: str, to: Path) -> None:
        """See ObjectStore.fetch."""
        info = self.head(key)
        coming = to.with_name(f"{COMING}{uuid.uuid4().hex}")
        try:
            with self.open(key) as reader, coming.open("xb") as writer:
                while block := reader.read(BLOCK):
                    writer.write(block)
            with coming.open("rb") as reader:
                found = hash_of(reader)
            if info is None or found != info.sha256:
                raise ObjectDiffers(f"{key}: its bytes are not those that were put; restore it from a copy")
            coming.replace(to)
        finally:
            coming.unlink(missing_ok=True)

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """See ObjectStore.open."""
        path = self._path(key)
        with self._told(key):
            try:
                reader = path.open("rb")
            except FileNotFoundError:
                raise ObjectMissing(f"{key}: nothing lies there in {self._root}") from None
        with reader:
            yield reader

    def head(self, key: str) -> ObjectInfo | None:
        """See ObjectStore.head."""
        path = self._path(key)
        with self._told(key):
            try:
                size = path.stat().st_size
                meta = json.loads(path.with_name(path.name + META).read_bytes())
            except FileNotFoundError:
                return None
            except ValueError as error:
                raise ObjectDiffers(f"{key}: its description is damaged; restore it from a copy") from error
        return ObjectInfo(key=key, size=size, sha256=meta["sha256"], content_type=meta["content_type"])

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """See ObjectStore.list."""
        keys = (
            file.relative_to(self._root).as_posix()
            for file in self._root.rglob("*")
            if file.is_file() and not file.name.endswith(META) and not file.name.startswith(COMING)
        )
        for key in sorted(key for key in keys if key.startswith(prefix)):
            info = self.head(key)
            if info is not None:
                yield info

    def sha256(self, key: str) -> str:
        """See ObjectStore.sha256."""
        with self.open(key) as reader:
            return hash_of(reader)

    def presign(self, key: str, seconds: int) -> str | None:  # noqa: ARG002
        """A folder has no links."""
        return None

    def check(self) -> None:
        """See ObjectStore.check."""
        probe = self._root / f"{COMING}{uuid.uuid4().hex}"
        with self._told("probe"):
            self._root.mkdir(parents=True, exist_ok=True)
            try:
                probe.write_bytes(b"probe")
                if probe.read_bytes() != b"probe":
                    raise StoreUnreachable(f"{self._root}: reads back other bytes than were written; check the disk")
            finally:
                probe.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._root / checked(key)

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """The system's errors in the store's words."""
        try:
            yield
        except StorageError:
            raise
        except OSError as error:
            if error.errno in FULL:
                raise StoreFull(f"{key}: no room left in {self._root}") from error
            raise StoreUnreachable(f"{key}: {self._root}: {error.strerror or error}; see to the folder") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
