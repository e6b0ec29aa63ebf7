"""Objects in MinIO, or anything else that speaks S3, through the `minio` client and nothing else."""

from __future__ import annotations

import io
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED, Tags
from minio.error import MinioException, S3Error
from minio.versioningconfig import VersioningConfig
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from storage.errors import ObjectDiffers, ObjectHeld, ObjectMissing, StorageError, StoreFull, StoreUnreachable
from storage.keys import checked
from storage.objects import BLOCK, Listed, ObjectInfo, hash_of
from storage.objects.bucket import prepared

CONNECT_SECONDS = 3.0
READ_SECONDS = 20.0  # between two bytes; the client waits five minutes, and MinIO hangs once after a restart
RETRIES = 3
PART_BYTES = 16 << 20  # of a multipart upload; five at a time would hold the memory of one page
MISSING = ("NoSuchKey", "NoSuchObject", "ResourceNotFound")
NO_LOCK = ("InvalidRequest", "ObjectLockConfigurationNotFoundError", "NotImplemented")
HELD = ("AccessDenied", "ObjectLocked", "InvalidRequest")
FULL = ("XMinioStorageFull", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded")


class S3Store:
    """An object store in one bucket. Pickles without its connection; each process makes its own client."""

    def __init__(
        self,
        *,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        secure: bool,
        region: str | None = None,
        ca_file: Path | None = None,
    ) -> None:
        self._endpoint, self._bucket, self._secure = endpoint, bucket, secure
        self._access_key, self._secret_key = access_key, secret_key
        self._region, self._ca_file = region, ca_file
        self._forget()

    def _forget(self) -> None:
        self._client: Minio | None = None
        self._pid = 0
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_client", "_pid", "_lock")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def _minio(self) -> Minio:
        """This process's client; the bucket is made, with versions kept, where it is missing."""
        with self._lock:
            if self._client is None or self._pid != os.getpid():  # the client is safe for threads, not for forks
                client = self._connect()
                if not client.bucket_exists(self._bucket):
                    _make_bucket(client, self._bucket)
                self._client, self._pid = client, os.getpid()
            return self._client

    def _connect(self) -> Minio:
        verify: dict[str, Any] = {"cert_reqs": "CERT_REQUIRED"} if self._secure else {}
        if self._secure and self._ca_file:
            verify["ca_certs"] = str(self._ca_file)
        http = urllib3.PoolManager(
            maxsize=8,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=urllib3.Retry(RETRIES, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
            **verify,
        )
        return Minio(
            self._endpoint,
            access_key=self._access_key or None,
            secret_key=self._secret_key or None,
            secure=self._secure,
            region=self._region,
            http_client=http,
        )

    def put(
        self, key: str, path: Path, *, sha256: str, content_type: str, tags: Mapping[str, str] | None = None
    ) -> None:
        """See ObjectStore.put."""
        there = self.head(key)
        version: str | None = None
        if there is None:
            version = self._upload(key, path, sha256=sha256, content_type=content_type, tags=tags)
        found = self.sha256(key)  # reads the bytes: an ETag of a multipart upload is no hash of them
        if found == sha256:
            return
        if there is None:  # ours, and nobody knows of it yet
            with self._told(key):
                self._minio().remove_object(self._bucket, key, version_id=version)
            raise ObjectDiffers(
                f"{key}: asked to put {sha256:.12}, read back {found:.12}; check its disks, then run the batch again"
            )
        raise ObjectDiffers(f"{key}: holds {found:.12}, asked to put {sha256:.12}; it was left as it is")

    def _upload(
        self, key: str, path: Path, *, sha256: str, content_type: str, tags: Mapping[str, str] | None
    ) -> str | None:
        """Send a file; the version that it became."""
        with self._told(key):
            written = self._minio().fput_object(
                self._bucket,
                key,
                str(path),
                content_type=content_type,
                metadata={"sha256": sha256},
                tags=_tags(tags),
                part_size=PART_BYTES,
                num_parallel_uploads=1,
            )
        version: str | None = written.version_id
        return version

    def fetch(self, key: str, to: Path) -> None:
        """See ObjectStore.fetch."""
        info = self.head(key)
        coming = to.with_name(f".coming-{uuid.uuid4().hex}")
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
        with self._told(key):
            response = self._minio().get_object(self._bucket, checked(key), offset=start)
        try:
            yield io.BufferedReader(_Answer(response, partial(self._told, key)), BLOCK)
        finally:
            response.close()
            response.release_conn()

    def head(self, key: str) -> ObjectInfo | None:
        """See ObjectStore.head."""
        try:
            with self._told(key):
                found = self._minio().stat_object(self._bucket, checked(key))
        except ObjectMissing:
            return None
        metadata = {name.lower(): value for name, value in (found.metadata or {}).items()}
        return ObjectInfo(
            key=key,
            size=int(found.size or 0),
            sha256=str(metadata.get("x-amz-meta-sha256", "")),
            content_type=str(found.content_type or ""),
        )

    def list(self, prefix: str = "") -> Iterator[Listed]:
        """See ObjectStore.list."""
        with self._told(prefix or "list"):
            for found in self._minio().list_objects(self._bucket, prefix, recursive=True):
                yield Listed(key=found.object_name, size=found.size, modified=found.last_modified)

    def sha256(self, key: str) -> str:
        """See ObjectStore.sha256."""
        with self.open(key) as reader:
            return hash_of(reader)

    def tags(self, key: str) -> dict[str, str]:
        """See ObjectStore.tags."""
        with self._told(key):
            return dict(self._minio().get_object_tags(self._bucket, checked(key)) or {})

    def tag(self, key: str, tags: Mapping[str, str]) -> None:
        """See ObjectStore.tag."""
        made = _tags(tags)
        with self._told(key):
            if made is None:
                self._minio().delete_object_tags(self._bucket, checked(key))
            else:
                self._minio().set_object_tags(self._bucket, checked(key), made)

    def hold(self, key: str, *, on: bool) -> bool:
        """See ObjectStore.hold. A bucket knows it where it was made with object lock."""
        try:
            with self._told(key):
                client = self._minio()
                change = client.enable_object_legal_hold if on else client.disable_object_legal_hold
                change(self._bucket, checked(key))
        except StoreUnreachable as error:
            if isinstance(error.__cause__, S3Error) and error.__cause__.code in NO_LOCK:
                return False
            raise
        return True

    def mend(self, key: str, path: Path, *, sha256: str, content_type: str) -> None:
        """See ObjectStore.mend. The damaged bytes stay as an older version."""
        with path.open("rb") as reader:
            if hash_of(reader) != sha256:
                raise ObjectDiffers(f"{key}: the copy is not what it should be either; look for another one")
        tags: Mapping[str, str] = {}
        with suppress(ObjectMissing):
            tags = self.tags(key)
        self._upload(key, path, sha256=sha256, content_type=content_type, tags=tags)
        if self.sha256(key) != sha256:
            raise ObjectDiffers(f"{key}: the store changes what it is given; take its disks out of service")

    def remove(self, key: str) -> None:
        """See ObjectStore.remove. All versions go."""
        checked(key)
        with self._told(key):
            client = self._minio()
            for one in client.list_objects(self._bucket, key, include_version=True):
                if one.object_name == key:
                    client.remove_object(self._bucket, key, version_id=one.version_id)

    def prepare(self, *, object_lock: bool = False, encrypt: bool = False) -> tuple[str, ...]:
        """See ObjectStore.prepare."""
        with self._told("prepare"):
            client = self._connect()
            if not client.bucket_exists(self._bucket):
                _make_bucket(client, self._bucket, object_lock=object_lock)
            return prepared(client, self._bucket, object_lock=object_lock, encrypt=encrypt)

    def presign(self, key: str, seconds: int) -> str | None:
        """See ObjectStore.presign."""
        with self._told(key):
            link: str = self._minio().presigned_get_object(
                self._bucket, checked(key), expires=timedelta(seconds=seconds)
            )
        return link

    def check(self) -> None:
        """See ObjectStore.check."""
        key = f"probes/{uuid.uuid4().hex}"
        with self._told("probe"):
            self._minio().put_object(self._bucket, key, io.BytesIO(b"probe"), 5)
            self._minio().remove_object(self._bucket, key)

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """The client's errors in the store's words."""
        try:
            yield
        except StorageError:
            raise
        except S3Error as error:
            if error.code in MISSING:
                raise ObjectMissing(f"{key}: nothing lies there in bucket {self._bucket}") from error
            if error.code in HELD and "WORM" in str(error.message):
                raise ObjectHeld(f"{key}: a legal hold or a lock is on it; lift the hold first") from error
            if error.code in FULL:
                raise StoreFull(f"{key}: no room left in bucket {self._bucket} at {self._endpoint}") from error
            raise StoreUnreachable(f"{key}: {self._endpoint} answers {error.code}; see to the store") from error
        except (MinioException, HTTPError, OSError) as error:
            raise StoreUnreachable(
                f"{key}: {self._endpoint} does not answer ({type(error).__name__}); start it, or mend store.url"
            ) from error


class _Answer(io.RawIOBase):
    """An answer's body: a stream that is cut is the store's fault, and not the end of the object."""

    def __init__(self, response: BaseHTTPResponse, told: Callable[[], AbstractContextManager[None]]) -> None:
        self._response, self._told = response, told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  (whatever can be written to)
        with self._told():
            block: bytes = self._response.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def _make_bucket(client: Minio, bucket: str, *, object_lock: bool = False) -> None:
    try:
        client.make_bucket(bucket, object_lock=object_lock)
    except S3Error as error:
        if error.code != "BucketAlreadyOwnedByYou":  # another process was first
            raise
    client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))


def _tags(tags: Mapping[str, str] | None) -> Tags | None:
    if not tags:
        return None
    made = Tags.new_object_tags()
    made.update(tags)
    return made
