"""Object stores behind one small protocol: a folder, and anything that speaks S3."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from storage.errors import WrongStore

BLOCK = 1 << 20  # bytes read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """What a store knows of an object without reading it."""

    key: str
    size: int  #: bytes
    sha256: str  #: as recorded when it was put; `ObjectStore.sha256` reads the bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a store's list tells of an object; its hash takes a question of its own."""

    key: str
    size: int  #: bytes
    modified: datetime  #: when it was put


class ObjectStore(Protocol):
    """Keeps bytes under keys. An object is put once and never changed."""

    def put(
        self, key: str, path: Path, *, sha256: str, content_type: str, tags: Mapping[str, str] | None = None
    ) -> None:
        """Store a file and read it back.

        The same key with the same hash is no work; with another, ObjectDiffers. After a kill at any moment the object
        is there whole or not at all. Raises StoreUnreachable, StoreFull, ObjectDiffers, WrongKey.
        """
        ...

    def fetch(self, key: str, to: Path) -> None:
        """Write an object to a file, whole or not at all. Raises ObjectMissing, ObjectDiffers, StoreUnreachable."""
        ...

    def open(self, key: str, *, start: int = 0) -> AbstractContextManager[BinaryIO]:
        """An object's bytes as a stream, from the byte `start` on. Raises ObjectMissing, StoreUnreachable."""
        ...

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object, None where there is none."""
        ...

    def list(self, prefix: str = "") -> Iterator[Listed]:
        """All objects whose keys begin so, in the keys' order. Raises StoreUnreachable."""
        ...

    def sha256(self, key: str) -> str:
        """The hash of the bytes as they are now. Raises ObjectMissing, StoreUnreachable."""
        ...

    def tags(self, key: str) -> dict[str, str]:
        """What was said of an object when it was put. Raises ObjectMissing, StoreUnreachable."""
        ...

    def tag(self, key: str, tags: Mapping[str, str]) -> None:
        """Say other things of an object, in place of what was said. Raises ObjectMissing, StoreUnreachable."""
        ...

    def hold(self, key: str, *, on: bool) -> bool:
        """Place or lift a legal hold in the store itself; whether it knows such a thing.

        Raises ObjectMissing, StoreUnreachable.
        """
        ...

    def mend(self, key: str, path: Path, *, sha256: str, content_type: str) -> None:
        """Put good bytes in the place of damaged or missing ones; the damaged ones are kept aside.

        Raises ObjectDiffers where `path` is not what it should be, StoreUnreachable, StoreFull.
        """
        ...

    def remove(self, key: str) -> None:
        """Destroy an object with everything that the store kept of it. Nothing there is no error.

        Raises ObjectHeld, StoreUnreachable.
        """
        ...

    def prepare(self, *, object_lock: bool = False, encrypt: bool = False) -> tuple[str, ...]:
        """Set the store up, or mend its set-up; what it has now, a line each. Safe to repeat.

        Raises WrongStore where it cannot have what is asked for, StoreUnreachable.
        """
        ...

    def presign(self, key: str, seconds: int) -> str | None:
        """A link that opens the object for a while; None where the store has no such thing."""
        ...

    def check(self) -> None:
        """Put, read and remove a probe. Raises StoreUnreachable, StoreFull."""
        ...


def hash_of(stream: BinaryIO) -> str:
    """SHA-256 of what is left of a stream, in hexadecimal."""
    digest = hashlib.sha256()
    while block := stream.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def open_store(
    url: str, *, access_key: str = "", secret_key: str = "", region: str | None = None, ca_file: Path | None = None
) -> ObjectStore:
    """The store at an address: `folder:///path`, `s3+https://host:port/bucket`, `s3+http://…`.

    Raises WrongStore. Nothing is connected yet.
    """
    parts = urlsplit(url)
    if parts.scheme == "folder" and parts.path.startswith("/") and not parts.netloc:
        from storage.objects.folder import FolderStore

        return FolderStore(Path(parts.path))
    bucket = parts.path.strip("/")
    if parts.scheme in ("s3+http", "s3+https") and parts.netloc and bucket and "/" not in bucket:
        if bool(access_key) != bool(secret_key):
            missing, other = ("SECRET_KEY", "access") if access_key else ("ACCESS_KEY", "secret")
            raise WrongStore(
                f"the store {parts.hostname} is given its {other} key alone; set SOHOA_STORE__{missing} too"
            )
        from storage.objects.s3 import S3Store

        return S3Store(
            endpoint=parts.netloc,
            bucket=bucket,
            access_key=access_key,
            secret_key=secret_key,
            secure=parts.scheme == "s3+https",
            region=region,
            ca_file=ca_file,
        )
    raise WrongStore(
        f"store.url {parts.scheme}://{parts.hostname or ''}{parts.path} is neither folder:///path nor "
        "s3+https://host:port/bucket; mend it in configs/sohoa.yaml or SOHOA_STORE__URL"
    )
