"""Settings of electronic signatures: whom we believe, and what we sign with."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignatureSettings(_Part):
    """Signatures of papers that come in, and of those that `sohoa sign` makes."""

    trusted_roots: Path | None = Field(
        default=None,
        description="folder of root certificates (.pem, .crt, .cer, .der) that signers are trusted by, such as those "
        "of Ban Cơ yếu Chính phủ; nothing is fetched",
    )
    time_stamp_url: str = Field(
        default="", pattern=r"^(https?://.+)?$", description="time-stamp server (RFC 3161) for PAdES B-T; empty: B-B"
    )
    agency_name: str = Field(
        default="", max_length=200, description="agency as its stamp names it; empty: as its certificate does"
    )
    copy_kind: Literal["SAO Y", "SAO LỤC", "TRÍCH SAO"] = Field(
        default="SAO Y", description="kind of copy that the agency's stamp tells (NĐ 30/2020)"
    )
    agency_stamp: Literal["ecopy_nd30", "incoming_scan", "archive_scan"] = Field(
        default="ecopy_nd30",
        description="what the agency's stamp shows: kind of copy, name, time (NĐ 30/2020), or for scans of incoming "
        "papers (TT 01/2019) and of the archive (TT 02/2019) its red seal, name, time",
    )
    seal_picture: Path | None = Field(
        default=None, description="PNG of the agency's red seal, for incoming_scan and archive_scan"
    )


class KeySettings(_Part):
    """A key to sign with: in a PKCS#12 file, or on a token that a PKCS#11 library reaches."""

    pkcs12: Path | None = Field(default=None, description="file with key and certificate (.p12, .pfx)")
    password: SecretStr = Field(
        default=SecretStr(""), description="the file's password or the token's PIN; in the environment only"
    )
    password_file: Path | None = Field(
        default=None, description="a file whose first line is that password; it is read where `password` is empty"
    )
    pkcs11_library: Path | None = Field(default=None, description="the token maker's library, in place of pkcs12")
    pkcs11_token: str = Field(default="", description="label of the token; empty: the first one")
    pkcs11_label: str = Field(default="", description="label of key and certificate on the token")
