"""Names of objects: hashes and ids only, never a file's name or a person's."""

from __future__ import annotations

import re

from storage.errors import WrongKey

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
LONGEST = 512  # letters; S3 takes 1,024 bytes
LONGEST_PART = 200  # letters between two '/'; file systems take 255 bytes, and a description's name is longer


def original_key(sha256: str) -> str:
    """Where the scanner's own bytes lie; two levels of folders keep each below some thousand entries."""
    if not _SHA256.fullmatch(sha256):
        raise WrongKey(f"{sha256!r} is not a SHA-256 in lower-case hexadecimal")
    return f"originals/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def derived_key(document_id: str, version: int, name: str, sha256: str) -> str:
    """Where a file made from a scan lies.

    The hash is in the key: files that a killed run left from other settings are never in the way of the next run's.
    """
    return checked(f"documents/{document_id[:2]}/{document_id}/v{version}/{sha256[:16]}/{name}")


def checked(key: str) -> str:
    """The key, where it is one; raises WrongKey for anything that could mean another place."""
    too_long = len(key) > LONGEST or max(map(len, key.split("/"))) > LONGEST_PART
    if too_long or not _KEY.fullmatch(key) or ".." in key:
        raise WrongKey(f"{key[:80]!r} is not a key: lower-case letters, digits, '.', '_', '-' and single '/' only")
    return key
