"""Objects in a folder: the embedded default.

An object is written under a temporary name, synced, renamed, and its folder synced. Beside it lies `.<name>.meta`
with its hash and content type, written first: an object is there when its own name is.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from storage.errors import (
    ObjectDiffers,
    ObjectHeld,
    ObjectMissing,
    StorageError,
    StoreFull,
    StoreUnreachable,
    WrongStore,
)
from storage.keys import checked
from storage.objects import BLOCK, Listed, ObjectInfo, hash_of

COMING = ".coming-"
LOCKS = ".locks"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FolderStore:
    """An object store in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(
        self, key: str, path: Path, *, sha256: str, content_type: str, tags: Mapping[str, str] | None = None
    ) -> None:
        """See ObjectStore.put."""
        target = self._path(key)
        with self._alone(key):
            if self.head(key) is not None:
                found = self.sha256(key)
                if found != sha256:
                    raise ObjectDiffers(f"{key}: holds {found:.12}, asked to put {sha256:.12}; it was left as it is")
                return
            self._describe(key, {"sha256": sha256, "content_type": content_type, "tags": dict(tags or {})})
            with path.open("rb") as reader:
                _write(target, iter(lambda: reader.read(BLOCK), b""), sha256=sha256)

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
    def open(self, key: str, *, start: int = 0) -> Iterator[BinaryIO]:
        """See ObjectStore.open."""
        path = self._path(key)
        with self._told(key):
            try:
                reader = path.open("rb")
            except FileNotFoundError:
                raise ObjectMissing(f"{key}: nothing lies there in {self._root}") from None
        with reader:
            reader.seek(start)
            yield reader

    def head(self, key: str) -> ObjectInfo | None:
        """See ObjectStore.head."""
        path = self._path(key)
        with self._told(key):
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                return None
        meta = self._meta(key)
        return ObjectInfo(
            key=key, size=size, sha256=str(meta.get("sha256", "")), content_type=str(meta.get("content_type", ""))
        )

    def list(self, prefix: str = "") -> Iterator[Listed]:
        """See ObjectStore.list."""
        with self._told(prefix or "list"):
            for key in _keys(self._root, "", prefix):
                with suppress(FileNotFoundError):  # removed a moment ago
                    found = (self._root / key).stat()
                    yield Listed(key=key, size=found.st_size, modified=datetime.fromtimestamp(found.st_mtime, UTC))

    def sha256(self, key: str) -> str:
        """See ObjectStore.sha256."""
        with self.open(key) as reader, self._told(key):
            return hash_of(reader)

    def tags(self, key: str) -> dict[str, str]:
        """See ObjectStore.tags."""
        if self.head(key) is None:
            raise ObjectMissing(f"{key}: nothing lies there in {self._root}")
        return dict(self._meta(key).get("tags", {}))

    def tag(self, key: str, tags: Mapping[str, str]) -> None:
        """See ObjectStore.tag."""
        self._say(key, tags=dict(tags))

    def hold(self, key: str, *, on: bool) -> bool:
        """See ObjectStore.hold. It keeps this program from removing the object, and nobody else."""
        self._say(key, held=on)
        return True

    def _say(self, key: str, **said: object) -> None:
        with self._alone(key):
            if self.head(key) is None:
                raise ObjectMissing(f"{key}: nothing lies there in {self._root}")
            self._describe(key, self._meta(key) | said)

    def mend(self, key: str, path: Path, *, sha256: str, content_type: str) -> None:
        """See ObjectStore.mend."""
        target = self._path(key)
        with self._alone(key):
            try:
                meta = self._meta(key)
            except ObjectDiffers:
                meta = {}
            if target.exists():
                target.replace(target.with_name(f".{target.name}.damaged-{uuid.uuid4().hex[:8]}"))
            self._describe(key, meta | {"sha256": sha256, "content_type": content_type})
            with path.open("rb") as reader:
                _write(target, iter(lambda: reader.read(BLOCK), b""), sha256=sha256)

    def remove(self, key: str) -> None:
        """See ObjectStore.remove."""
        target = self._path(key)
        with self._alone(key):
            if self._meta(key).get("held"):
                raise ObjectHeld(f"{key}: a legal hold is on it; lift the hold first")
            target.unlink(missing_ok=True)  # first, so that a kill leaves no object without its description
            self._beside(key).unlink(missing_ok=True)
            for aside in target.parent.glob(f".{target.name}.damaged-*"):
                aside.unlink()
            if target.parent.is_dir():
                _sync_folder(target.parent)

    def prepare(self, *, object_lock: bool = False, encrypt: bool = False) -> tuple[str, ...]:
        """See ObjectStore.prepare."""
        if object_lock or encrypt:
            raise WrongStore(
                "a folder has neither object lock nor encryption of its own; encrypt its disk, or use MinIO"
            )
        with self._told("prepare"):
            _make_folders(self._root)
            self._root.chmod(0o700)
        return (f"folder {self._root}, open to this user only",)

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

    def _beside(self, key: str) -> Path:
        """Where an object's description lies; no key's part begins with a dot."""
        path = self._path(key)
        return path.with_name(f".{path.name}.meta")

    def _meta(self, key: str) -> dict[str, Any]:
        """An object's description; empty where it is lost, so that the object itself can still be seen."""
        with self._told(key):
            try:
                meta = json.loads(self._beside(key).read_bytes())
            except FileNotFoundError:
                return {}
            except ValueError as error:
                raise ObjectDiffers(f"{key}: its description is damaged; restore it from a copy") from error
        return meta if isinstance(meta, dict) else {}

    def _describe(self, key: str, meta: Mapping[str, Any]) -> None:
        _make_folders(self._path(key).parent)
        _write(self._beside(key), iter([json.dumps(meta, sort_keys=True).encode()]))

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """Nobody else changes this key meanwhile; a killed process lets go."""
        with self._told(key):
            locks = self._root / LOCKS
            _make_folders(locks)
            with (locks / f"{zlib.crc32(key.encode()) & 0xFF:02x}").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """The system's errors in the store's words."""
        try:
            yield
        except StorageError:
            raise
        except OSError as error:
            if error.errno in FULL:
                raise StoreFull(f"{key}: no room left in {self._root}; make room, then run it again") from error
            raise StoreUnreachable(f"{key}: {self._root}: {error.strerror or error}; see to the folder") from error


def _keys(folder: Path, before: str, prefix: str) -> Iterator[str]:
    """Keys below a folder in their order, going only where the prefix may lie."""
    try:
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except FileNotFoundError:
        return
    # A folder sorts as its name and a slash, or `b/1` would come before `b-1`.
    for name in sorted(f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name for entry in entries):
        key = before + name
        if not key.startswith(prefix[: len(key)]):
            continue
        if name.endswith("/"):
            yield from _keys(folder / name, key, prefix)
        elif key.startswith(prefix):
            yield key


def _write(target: Path, blocks: Iterator[bytes], *, sha256: str | None = None) -> None:
    """Write a file that is there whole or not at all, also after a power cut."""
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


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, each one's name synced in the one above."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
