"""Somebody else's bucket, from which scans are brought in: listed and read, never written to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from storage.errors import ObjectMissing, StoreUnreachable, WrongStore

PATIENCE = urllib3.Timeout(connect=3, read=60)
TRIES = urllib3.Retry(3, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504])
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignBucket:
    """Objects under a prefix. Keys are taken as they are, whatever letters they have."""

    endpoint: str
    bucket: str
    prefix: str
    secure: bool
    access_key: str
    secret_key: str
    region: str | None = None

    def _client(self) -> Minio:
        return Minio(
            self.endpoint,
            self.access_key or None,
            self.secret_key or None,
            secure=self.secure,
            region=self.region,
            http_client=urllib3.PoolManager(timeout=PATIENCE, retries=TRIES),
        )

    def listed(self) -> Iterator[tuple[str, int]]:
        """(key, bytes) of everything under the prefix, in the keys' order. Raises StoreUnreachable."""
        try:
            for found in self._client().list_objects(self.bucket, self.prefix, recursive=True):
                if found.object_name and not found.is_dir:
                    yield found.object_name, found.size or 0
        except (MinioException, HTTPError, OSError) as error:
            raise StoreUnreachable(
                f"{self.endpoint}/{self.bucket}: {error}; see to the bucket and its keys"
            ) from error

    def fetch(self, key: str, to: Path) -> None:
        """Copy an object into a file. Raises ObjectMissing, StoreUnreachable."""
        try:
            response = self._client().get_object(self.bucket, key)
            try:
                with to.open("wb") as writer:
                    for block in response.stream(BLOCK):
                        writer.write(block)
            finally:
                response.close()
                response.release_conn()
        except (MinioException, HTTPError) as error:
            if getattr(error, "code", "") == "NoSuchKey":
                raise ObjectMissing(f"{key}: is not in {self.bucket} any more; list the source anew") from error
            raise StoreUnreachable(
                f"{self.endpoint}/{self.bucket}: {error}; see to the bucket and its keys"
            ) from error


def foreign_bucket(url: str, *, access_key: str, secret_key: str, region: str | None = None) -> ForeignBucket:
    """The bucket at s3+https://host:port/bucket/prefix. Raises WrongStore."""
    parts = urlsplit(url)
    bucket, _, prefix = parts.path.strip("/").partition("/")
    if parts.scheme not in ("s3+http", "s3+https") or not parts.netloc or not bucket:
        raise WrongStore(f"{url}: write it like s3+https://host:port/bucket/prefix")
    return ForeignBucket(
        endpoint=parts.netloc,
        bucket=bucket,
        prefix=prefix,
        secure=parts.scheme == "s3+https",
        access_key=access_key,
        secret_key=secret_key,
        region=region,
    )
