"""Shapes of what callers send: text without control characters, codes, ids; each with bounds."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, StringConstraints

from storage.agencies import LONGEST, agency_code
from storage.errors import WrongAgency

PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$"
DOCUMENT = r"^[0-9a-f]{16,64}$"
AGENCY = r"^(?:[A-Z][0-9]{2}(?:\.[A-Z0-9]{1,6}){0,6}|[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2})$"


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _agency(code: str) -> str:
    try:
        return agency_code(code)
    except WrongAgency as error:
        raise ValueError(str(error)) from error


Text = Annotated[str, StringConstraints(max_length=1000, pattern=PRINTABLE), AfterValidator(_nfc)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE), AfterValidator(_nfc)]
PlainCode = Annotated[str, StringConstraints(pattern=CODE)]
AgencyCode = Annotated[str, StringConstraints(max_length=LONGEST, pattern=AGENCY), AfterValidator(_agency)]

DocumentId = Annotated[str, Path(pattern=DOCUMENT, description="id of a document", examples=["3f2a9c0d51b7e684"])]
DossierCode = Annotated[
    str, Path(pattern=CODE, description="code of a dossier, either shape", examples=["H23.16-230712-0001"])
]
ProcedureCode = Annotated[str, Path(pattern=CODE, description="code of a procedure", examples=["1.004199"])]
BatchId = Annotated[
    str, Path(pattern=r"^[0-9a-f-]{8,40}$", description="id of a batch", examples=["20261124-081356-a1b2c3"])
]
HexId = Annotated[str, Path(pattern=r"^[0-9a-f]{16,32}$", description="id", examples=["9c1185a5c5e9fc54"])]
