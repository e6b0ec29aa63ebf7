"""Secrets that must be known again are sealed in the records: who copies the database alone opens nothing.

Sealed is a JWE (RFC 7516, `dir` with A256GCM) whose header names the key and whose text names whose secret it is, so
that a secret moved to another account is none. The keys stand outside the database: in the settings, or in a file
that is made at the first use.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from storage.errors import WrongSealingKey

KEY_BYTES = 32
FILE = "codes.key"  # in the data directory
PRIVATE = 0o600


@dataclass(frozen=True, slots=True, repr=False)
class Seals:
    """Keys, the newest first: it seals, all of them open."""

    keys: tuple[bytes, ...]

    def seal(self, secret: str, *, of: str) -> str:
        """A secret of an account as it may be kept."""
        key = self.keys[0]
        header = {"alg": "dir", "enc": "A256GCM", "kid": _name(key)}
        return jwe.encrypt_compact(header, json.dumps({"of": of, "secret": secret}), OctKey.import_key(key))

    def open(self, sealed: str, *, of: str) -> str | None:
        """The secret; None where no key of ours opens it, or it is another account's."""
        for key in self.keys:
            try:
                told = jwe.decrypt_compact(sealed, OctKey.import_key(key)).plaintext
            except (JoseError, ValueError):
                continue
            found = json.loads(told or b"{}")
            return str(found["secret"]) if found.get("of") == of else None
        return None

    def is_newest(self, sealed: str) -> bool:
        """Whether it was sealed with the key that seals now."""
        try:
            header = json.loads(_decoded(sealed.partition(".")[0]))
        except ValueError:
            return False
        return isinstance(header, dict) and header.get("kid") == _name(self.keys[0])


def is_sealed(kept: str) -> bool:
    """Whether what is kept is sealed, and not a secret from before there were seals (base32, without dots)."""
    return kept.count(".") == 4


def seals_of(lines: Sequence[str]) -> Seals:
    """Seals from keys of 32 bytes in base64, the newest first. Raises WrongSealingKey."""
    keys = []
    for number, line in enumerate(lines, 1):
        try:
            key = base64.b64decode(line.strip(), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise WrongSealingKey(
                f"key {number} of the codes is not {KEY_BYTES} bytes in base64; `openssl rand -base64 32` makes one"
            )
        keys.append(key)
    if not keys:
        raise WrongSealingKey("no key for the codes; `openssl rand -base64 32` makes one")
    return Seals(tuple(keys))


def kept_seals(data_dir: Path) -> Seals:
    """Seals from the file of the data directory, a key a line, the newest first; made where there is none.

    Raises WrongSealingKey, OSError.
    """
    file = data_dir / FILE
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as writer:
            writer.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
            writer.flush()
            os.fsync(writer.fileno())
    return seals_of(file.read_text(encoding="ascii").split())


def _name(key: bytes) -> str:
    return hashlib.sha256(b"sohoa sealing key " + key).hexdigest()[:12]


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
