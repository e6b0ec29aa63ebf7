"""A bucket's set-up: versions kept, half uploads cleared away, nobody let in without a key, encrypted where asked."""

from __future__ import annotations

import json

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import AbortIncompleteMultipartUpload, LifecycleConfig, Rule
from minio.sseconfig import Rule as EncryptionRule
from minio.sseconfig import SSEConfig
from minio.versioningconfig import VersioningConfig

from storage.errors import WrongStore

HALF_UPLOAD_DAYS = 7  # after which the parts of an upload that a kill left are cleared away
RULE = "sohoa-half-uploads"


def prepared(client: Minio, bucket: str, *, object_lock: bool, encrypt: bool) -> tuple[str, ...]:
    """Set a bucket up, or mend its set-up; what it has now, a line each. Objects never expire: disposal is ours.

    Raises WrongStore where it cannot have what is asked for, S3Error as it comes.
    """
    if object_lock and not _has_lock(client, bucket):
        raise WrongStore(
            f"bucket {bucket} was made without object lock, which cannot be added; name a new bucket in store.url, "
            "run `sohoa store init --object-lock`, then `sohoa store copy`"
        )
    client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
    upload = AbortIncompleteMultipartUpload(HALF_UPLOAD_DAYS)
    rule = Rule(ENABLED, rule_filter=Filter(prefix=""), rule_id=RULE, abort_incomplete_multipart_upload=upload)
    said = [f"bucket {bucket}, versions kept"]
    said.append(_cleared(client, bucket, LifecycleConfig([rule])))
    if encrypt:
        try:
            client.set_bucket_encryption(bucket, SSEConfig(EncryptionRule.new_sse_s3_rule()))
        except S3Error as error:
            raise WrongStore(
                f"bucket {bucket}: the server has no key for encryption ({error.code}); give it one, or leave "
                "--encrypt out and encrypt its disks"
            ) from error
        said.append("encrypted at rest with the server's key (SSE-S3)")
    said.append("object lock" if _has_lock(client, bucket) else "no object lock")
    if _is_open(client, bucket):
        client.delete_bucket_policy(bucket)
        said.append("a policy that let others in without a key was taken away")
    return tuple(said)


def _cleared(client: Minio, bucket: str, lifecycle: LifecycleConfig) -> str:
    """MinIO refuses the rule, because it clears half uploads away by itself after a day."""
    try:
        client.set_bucket_lifecycle(bucket, lifecycle)
    except S3Error as error:
        return f"half uploads left to the server's own clearing ({error.code})"
    return f"half uploads cleared away after {HALF_UPLOAD_DAYS} days"


def _has_lock(client: Minio, bucket: str) -> bool:
    try:
        client.get_object_lock_config(bucket)
    except S3Error as error:
        if error.code in ("ObjectLockConfigurationNotFoundError", "NotImplemented"):
            return False
        raise
    return True


def _is_open(client: Minio, bucket: str) -> bool:
    try:
        policy = json.loads(client.get_bucket_policy(bucket))
    except S3Error as error:
        if error.code in ("NoSuchBucketPolicy", "NotImplemented"):
            return False
        raise
    everybody = ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return any(
        statement.get("Effect") == "Allow" and statement.get("Principal") in everybody
        for statement in policy.get("Statement", ())
    )
