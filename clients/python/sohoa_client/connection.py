"""How the client asks: the standard library only, one request a call, errors as the server tells them."""

from __future__ import annotations

import json
import shutil
import ssl
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Generic, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode

T = TypeVar("T")
Content = bytes | BinaryIO | Iterable[bytes]  #: of a scan; a file open for reading is streamed
Plain = str | int | float | bool
NOT_MODIFIED = 304


class ClientError(Exception):
    """Base of what a call may raise."""


class Unreachable(ClientError):
    """No answer came; the same call may be made again."""


class NotModified(ClientError):
    """The caller has it already: the ETag in `if_none_match` is still the right one."""


class Problem(ClientError):
    """The server answered with an error: decide by `code`, show `title` and `detail`."""

    def __init__(self, status: int, told: Mapping[str, Any], retry_after: int | None) -> None:
        self.status = status
        self.code = str(told.get("code", "unknown"))
        self.title = str(told.get("title", ""))
        self.detail = str(told.get("detail", ""))
        self.correlation_id = str(told.get("correlation_id", ""))  #: for the administrator
        self.errors: Sequence[Mapping[str, Any]] = told.get("errors") or ()
        self.retry_after = retry_after  #: seconds to wait, where the server tells
        super().__init__(f"{status} {self.code}: {self.detail or self.title} ({self.correlation_id})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """What came back."""

    data: T
    status: int
    headers: Message  #: names in any case

    @property
    def etag(self) -> str | None:
        """What `if_match` and `if_none_match` take."""
        return self.headers.get("ETag")


class File:
    """Bytes that come; close it, or use it in `with`."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Message = response.headers  #: names in any case

    @property
    def content_type(self) -> str:
        """As the server tells it."""
        return str(self.headers.get("Content-Type", ""))

    def read(self, size: int = -1) -> bytes:
        """The next bytes; all that are left, unless told how many. Raises Unreachable."""
        try:
            return self._response.read(None if size < 0 else size)
        except (OSError, HTTPException) as error:
            raise Unreachable(f"the answer broke off ({type(error).__name__})") from error

    def save(self, path: Path | str) -> None:
        """Write what is left to a file."""
        with Path(path).open("wb") as file:
            shutil.copyfileobj(self, file)

    def close(self) -> None:
        """Let go of the connection."""
        self._response.close()

    def __enter__(self) -> File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()


class Connection:
    """Where to ask, and with which key. Threads may share it."""

    def __init__(
        self,
        address: str,
        key: str,
        *,
        language: str = "vi",
        timeout: float = 60.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """
        address: as in `https://sohoa.example.gov.vn`.
        key: from `sohoa keys add`, or an access token of the province's provider.
        language: of errors, `vi` or `en`. timeout: seconds of silence.
        context: for a certificate authority of your own.
        """
        if not address.startswith(("http://", "https://")):
            raise ValueError(f"{address}: must begin with https:// or http://")
        self._address = address.rstrip("/")
        self._key = key
        self._headers = {"Accept-Language": language, "User-Agent": "sohoa-client"}
        self._timeout = timeout
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))

    @staticmethod
    def _part(value: str | float) -> str:
        """A value as a part of an address."""
        return quote(str(value), safe="")

    def _json(self, method: str, path: str, **given: Any) -> Answer[Any]:  # noqa: ANN401  (as _ask has them)
        with self._file(method, path, **given) as file:
            return Answer(data=json.loads(file.read()), status=file.status, headers=file.headers)

    def _nothing(self, method: str, path: str, **given: Any) -> None:  # noqa: ANN401  (as _ask has them)
        self._file(method, path, **given).close()

    def _file(self, method: str, path: str, **given: Any) -> File:  # noqa: ANN401  (as _ask has them)
        return File(self._ask(method, path, **given))

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Plain | Sequence[Plain] | None] | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: object = None,
        content: Content | None = None,
        content_type: str = "application/json",
    ) -> HTTPResponse:
        """One request. Raises Problem, NotModified, Unreachable."""
        data = content if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._address}{path}{_query(query or {})}", data=data, method=method)  # noqa: S310  (checked at the beginning)
        for name, value in {**self._headers, **(headers or {})}.items():
            if value is not None:
                request.add_header(name, value)
        if data is not None:
            request.add_header("Content-Type", content_type)
        request.add_unredirected_header("Authorization", f"Bearer {self._key}")  # a link into the store needs no key
        try:
            response: HTTPResponse = self._opener.open(request, timeout=self._timeout)
        except HTTPError as error:
            with error:
                raise _refused(error) from None
        except (URLError, OSError, HTTPException) as error:
            raise Unreachable(f"{self._address} does not answer ({type(error).__name__})") from error
        return response


def _query(given: Mapping[str, Plain | Sequence[Plain] | None]) -> str:
    pairs = [
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, value in given.items()
        if value is not None
        for one in ([value] if isinstance(value, Plain) else value)
    ]
    return f"?{urlencode(pairs)}" if pairs else ""


def _refused(error: HTTPError) -> ClientError:
    if error.code == NOT_MODIFIED:
        return NotModified("not modified")
    try:
        told = json.loads(error.read())
    except (ValueError, OSError, HTTPException):
        told = None
    after = error.headers.get("Retry-After") or ""
    seconds = int(after) if after.isdecimal() else None
    return Problem(error.code, told if isinstance(told, dict) else {}, seconds)
