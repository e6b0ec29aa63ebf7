"""Errors as others see them: RFC 9457 problem documents with stable codes, in Vietnamese and English.

A code never changes its meaning; a new one may come. The texts are for people, and name no value of the records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from storage import errors

MEDIA_TYPE = "application/problem+json"
URN = "urn:sohoa:problem:"
MOST_ERRORS = 20  # wrong values that are named in one answer


class Code(StrEnum):
    """What went wrong, for programs."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    KEY_EXPIRED = "key-expired"
    MISSING_SCOPE = "missing-scope"
    OUTSIDE_AGENCY = "outside-agency"
    FORGED = "forged"
    NOT_FOUND = "not-found"
    WRONG_METHOD = "wrong-method"
    TOO_SLOW = "too-slow"
    IDEMPOTENCY_MISMATCH = "idempotency-mismatch"
    CONFLICT = "conflict"
    VERSION_CONFLICT = "version-conflict"
    TOO_LARGE = "too-large"
    ADDRESS_TOO_LONG = "address-too-long"
    WRONG_TYPE = "wrong-type"
    RANGE = "range-not-satisfiable"
    INVALID = "invalid"
    BAD_CURSOR = "bad-cursor"
    QUERY_TOO_LONG = "query-too-long"
    WRONG_CORRECTION = "wrong-correction"
    WRONG_MENDING = "wrong-mending"
    WRONG_ADDRESS = "wrong-address"
    VERSION_NEEDED = "version-needed"
    TOO_MANY = "too-many-requests"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    STORE_FULL = "store-full"


@dataclass(frozen=True, slots=True)
class _Text:
    status: int
    vi: tuple[str, str]  # title, what to do
    en: tuple[str, str]


_TEXTS = {
    Code.MALFORMED: _Text(
        400,
        ("Yêu cầu không đọc được", "Nội dung phải là JSON hợp lệ, mã hoá UTF-8."),
        ("The request cannot be read", "The body must be valid JSON in UTF-8."),
    ),
    Code.UNAUTHENTICATED: _Text(
        401,
        ("Chưa xác thực", "Gửi khoá trong tiêu đề Authorization: Bearer …"),
        ("Not authenticated", "Send the key in the header Authorization: Bearer …"),
    ),
    Code.KEY_EXPIRED: _Text(
        401,
        ("Khoá đã hết hạn hoặc bị thu hồi", "Xin quản trị viên cấp khoá mới."),
        ("The key has expired or was revoked", "Ask the administrator for a new one."),
    ),
    Code.MISSING_SCOPE: _Text(
        403,
        ("Khoá không có quyền này", "Cần quyền: {scope}."),
        ("The key may not do this", "It needs the scope {scope}."),
    ),
    Code.OUTSIDE_AGENCY: _Text(
        403,
        ("Ngoài phạm vi cơ quan của khoá", "Khoá chỉ làm việc với hồ sơ của {agency} và cấp dưới."),
        ("Outside the key's agency", "The key works with dossiers of {agency} and below only."),
    ),
    Code.FORGED: _Text(
        403,
        ("Yêu cầu không đến từ trang này", "Tải lại trang rồi làm lại."),
        ("The request did not come from this page", "Load the page again, then repeat it."),
    ),
    Code.NOT_FOUND: _Text(
        404,
        ("Không tìm thấy", "Không có, hoặc khoá không được xem."),
        ("Not found", "There is none, or the key may not see it."),
    ),
    Code.WRONG_METHOD: _Text(
        405,
        ("Phương thức không được hỗ trợ", "Tiêu đề Allow liệt kê các phương thức dùng được."),
        ("Method not allowed", "The header Allow lists those that are."),
    ),
    Code.TOO_SLOW: _Text(
        408,
        ("Gửi quá chậm", "Gửi lại trên đường truyền ổn định hơn."),
        ("Sent too slowly", "Send it again over a steadier line."),
    ),
    Code.IDEMPOTENCY_MISMATCH: _Text(
        409,
        ("Idempotency-Key đã dùng cho nội dung khác", "Dùng một khoá mới cho mỗi lần tải lên khác nhau."),
        ("The Idempotency-Key was used for something else", "Use a new one for each different upload."),
    ),
    Code.CONFLICT: _Text(
        409,
        ("Người khác vừa ghi cùng nội dung", "Gửi lại yêu cầu."),
        ("Somebody else wrote the same at the same moment", "Send it again."),
    ),
    Code.VERSION_CONFLICT: _Text(
        412,
        ("Giấy tờ đã được người khác sửa", "Đọc lại giấy tờ, rồi gửi lại với ETag mới trong If-Match."),
        ("Somebody else has changed the document", "Read it again, then send its new ETag in If-Match."),
    ),
    Code.TOO_LARGE: _Text(
        413,
        ("Nội dung quá lớn", "Tối đa {limit} byte."),
        ("The body is too large", "At most {limit} bytes."),
    ),
    Code.ADDRESS_TOO_LONG: _Text(
        414,
        ("Địa chỉ quá dài", "Tối đa {limit} byte."),
        ("The address is too long", "At most {limit} bytes."),
    ),
    Code.WRONG_TYPE: _Text(
        415,
        ("Loại nội dung không được nhận", "Các loại được nhận: {accepted}."),
        ("This type of content is not taken", "What is taken: {accepted}."),
    ),
    Code.RANGE: _Text(
        416,
        ("Khoảng byte nằm ngoài tệp", "Tệp có {size} byte."),
        ("The range lies outside the file", "The file has {size} bytes."),
    ),
    Code.INVALID: _Text(
        422,
        ("Giá trị không hợp lệ", "Mục errors cho biết giá trị nào và vì sao."),
        ("A value is not valid", "The list errors tells which and why."),
    ),
    Code.BAD_CURSOR: _Text(
        422,
        (
            "Con trỏ trang không dùng được",
            "Con trỏ chỉ dùng cho đúng câu hỏi đã sinh ra nó; bắt đầu lại từ trang đầu.",
        ),
        ("The cursor cannot be used", "A cursor serves only the question that gave it; begin at the first page."),
    ),
    Code.QUERY_TOO_LONG: _Text(
        422,
        ("Câu tìm kiếm quá dài", "Tối đa 1.000 ký tự."),
        ("The query is too long", "At most 1,000 letters."),
    ),
    Code.WRONG_CORRECTION: _Text(
        422,
        ("Nội dung sửa không hợp lệ", "Kiểm tra tên trường; ngày viết theo dạng 2026-11-24."),
        ("The correction is not valid", "Check the names of fields; write dates like 2026-11-24."),
    ),
    Code.WRONG_MENDING: _Text(
        422,
        ("Không thể chuyển trang như vậy", "Trang phải cùng một tập quét, và mỗi giấy tờ còn ít nhất một trang."),
        ("Pages cannot be moved so", "They must be of one scan, and each paper must keep a page."),
    ),
    Code.WRONG_ADDRESS: _Text(
        422,
        ("Địa chỉ nhận thông báo không được phép", "{reason}"),
        ("This address cannot be told", "{reason}"),
    ),
    Code.VERSION_NEEDED: _Text(
        428,
        ("Thiếu If-Match", "Gửi ETag của giấy tờ đã đọc trong tiêu đề If-Match."),
        ("If-Match is missing", "Send the ETag of the document you read in the header If-Match."),
    ),
    Code.TOO_MANY: _Text(
        429,
        ("Quá nhiều yêu cầu", "Thử lại sau {seconds} giây."),
        ("Too many requests", "Try again in {seconds} seconds."),
    ),
    Code.INTERNAL: _Text(
        500,
        ("Lỗi bên trong", "Báo quản trị viên kèm mã correlation_id."),
        ("An internal error", "Tell the administrator the correlation_id."),
    ),
    Code.UNAVAILABLE: _Text(
        503,
        ("Kho hoặc cơ sở dữ liệu tạm thời không dùng được", "Thử lại sau ít phút."),
        ("The store or the database is away", "Try again in some minutes."),
    ),
    Code.STORE_FULL: _Text(
        507,
        ("Hết chỗ lưu trữ", "Báo quản trị viên."),
        ("No room is left", "Tell the administrator."),
    ),
}

_BY_STATUS = {
    400: Code.MALFORMED,
    401: Code.UNAUTHENTICATED,
    404: Code.NOT_FOUND,
    405: Code.WRONG_METHOD,
    413: Code.TOO_LARGE,
}


class Problem(HTTPException):
    """Something that the asker is told; `values` fill the text of its code.

    An HTTPException, so that one raised while a body is read is not taken for a body that cannot be read.
    """

    def __init__(
        self,
        code: Code,
        *,
        values: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        wrong: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        super().__init__(status_code=_TEXTS[code].status, detail=str(code), headers=dict(headers or {}))
        self.code = code
        self.values: Mapping[str, object] = values or {}
        self.wrong = wrong  # what the list `errors` holds


def status_of(code: Code) -> int:
    """The HTTP status of a code."""
    return _TEXTS[code].status


def language(accept: str) -> str:
    """`vi` or `en`, whichever an Accept-Language prefers; Vietnamese where it says nothing of either."""
    best, choice = 0.0, "vi"
    for part in accept[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = parameters.strip().removeprefix("q=") or "1"
        if weight.replace(".", "", 1).isdecimal() and tag[:2].lower() in ("vi", "en") and float(weight) > best:
            best, choice = float(weight), tag[:2].lower()
    return choice


def answer(problem: Problem, *, accept_language: str, correlation_id: str) -> JSONResponse:
    """The problem document."""
    chosen = language(accept_language)
    text = _TEXTS[problem.code]
    title, detail = words_of(problem, chosen)
    body: dict[str, Any] = {
        "type": URN + problem.code,
        "title": title,
        "status": text.status,
        "code": str(problem.code),
        "detail": detail,
        "correlation_id": correlation_id,
    }
    if problem.wrong:
        body["errors"] = list(problem.wrong)
    headers = {
        "Content-Language": chosen,
        "Vary": "Accept-Language",
        "Cache-Control": "no-store",
        **(problem.headers or {}),
    }
    return JSONResponse(body, status_code=text.status, media_type=MEDIA_TYPE, headers=headers)


#: What the stores raise, as it is told; the message itself stays inside.
STORAGE = {
    errors.UnknownDocument: Code.NOT_FOUND,
    errors.UnknownBatch: Code.NOT_FOUND,
    errors.UnknownWebhook: Code.NOT_FOUND,
    errors.UnknownAccount: Code.NOT_FOUND,
    errors.UnknownDelivery: Code.NOT_FOUND,
    errors.UnknownSample: Code.NOT_FOUND,
    errors.UnknownRun: Code.NOT_FOUND,
    errors.ObjectMissing: Code.NOT_FOUND,
    errors.DocumentChanged: Code.VERSION_CONFLICT,
    errors.WrongCorrection: Code.WRONG_CORRECTION,
    errors.WrongMending: Code.WRONG_MENDING,
    errors.UnderHold: Code.WRONG_MENDING,
    errors.QueryTooLong: Code.QUERY_TOO_LONG,
    errors.StoreFull: Code.STORE_FULL,
}


def from_storage(error: errors.StorageError) -> Problem:
    """A store's error as a problem; what has no words of its own is an outage."""
    code = next((code for kind, code in STORAGE.items() if isinstance(error, kind)), Code.UNAVAILABLE)
    headers = {"Retry-After": "30"} if code is Code.UNAVAILABLE else {}
    return Problem(code, headers=headers)


def words_of(problem: Problem, chosen: str) -> tuple[str, str]:
    """Title and advice in `vi` or `en`."""
    text = _TEXTS[problem.code]
    title, advice = text.en if chosen == "en" else text.vi
    return title, advice.format_map({name: str(value) for name, value in problem.values.items()})


def add_handlers(app: FastAPI, page: Callable[[Request, Problem], Response | None]) -> None:
    """Every error leaves as a problem document, or as a page where a person's browser asked for one."""

    def reply(request: Request, problem: Problem) -> Response:
        shown = page(request, problem)
        return shown if shown is not None else document(request, problem)

    def document(request: Request, problem: Problem) -> JSONResponse:
        return answer(
            problem,
            accept_language=request.headers.get("accept-language", ""),
            correlation_id=getattr(request.state, "correlation_id", ""),
        )

    @app.exception_handler(Problem)
    async def told(request: Request, problem: Problem) -> Response:
        return reply(request, problem)

    @app.exception_handler(errors.StorageError)
    async def stored(request: Request, error: errors.StorageError) -> Response:
        return reply(request, from_storage(error))

    @app.exception_handler(IntegrityError)
    async def raced(request: Request, _: IntegrityError) -> Response:
        return reply(request, Problem(Code.CONFLICT, headers={"Retry-After": "1"}))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        listed = error.errors()[:MOST_ERRORS]
        if any(item["type"] == "json_invalid" for item in listed):
            return reply(request, Problem(Code.MALFORMED))
        wrong = tuple(
            {"where": ".".join(map(str, item["loc"])), "type": item["type"], "message": item["msg"]}
            for item in listed
        )  # not what was sent: it may be a person's number
        return reply(request, Problem(Code.INVALID, wrong=wrong))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        code = _BY_STATUS.get(error.status_code, Code.INVALID if error.status_code < 500 else Code.INTERNAL)
        return reply(request, Problem(code, values={"limit": ""}, headers=dict(error.headers or {})))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, _: Exception) -> Response:
        problem = Problem(Code.INTERNAL, headers={"X-Correlation-Id": getattr(request.state, "correlation_id", "")})
        return reply(request, problem)
