"""What is sent and answered, as JSON. Made by `python -m clients.generate`; change the server, not this file."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

By = Literal["agency", "procedure", "month"]
"""What figures are grouped by."""

FieldName = Literal[
    "number",
    "date",
    "issuer",
    "place",
    "subject",
    "signer",
    "signer_title",
    "urgency",
    "applicant",
    "citizen_id",
    "business_code",
    "dossier_code",
    "procedure_code",
]
"""What a paper can say (the report's contract)."""

Format = Literal["jsonl", "ecs", "cef"]
"""How an event is written, one a line."""

Order = Literal["relevance", "newest", "oldest"]
"""How an answer is sorted."""

ReportFormat = Literal["json", "csv", "xlsx"]
"""How the report comes."""

UploadState = Literal["waiting", "working", "done", "failed"]
"""How far an upload is."""


class BatchAnswer(TypedDict):
    """How far a batch is."""

    id: str
    state: str  #: running, paused or ended
    started_at: str
    ended_at: str | None
    scans: int  #: files that opened
    refused: int  #: files that did not
    pages: int
    pages_read: int
    pages_failed: int
    documents: int  #: known when the batch has ended
    failed: int  #: problems of files and pages, known when the batch has ended


class CandidateAnswer(TypedDict):
    """A dossier that a paper without a code may belong to."""

    dossier_code: str
    score: float
    reasons: list[str]  #: what agrees, then what does not


class Correction(TypedDict):
    """Values that a person read on the paper."""

    fields: dict[str, str | None]  #: by name; null: the paper has none
    reason: str  #: why, for the record
    by: NotRequired[str | None]  #: the person, where the key is a system's


class CreateDossier(TypedDict):
    """A dossier for the 2026 portal; dates are yyyyMMddHHmmss, what is not known is empty."""

    MaHoSo: str
    MaTTHC: str
    MaDichVuCong: NotRequired[str]
    ChuHoSo: str
    LoaiDoiTuong: str  #: 0 citizen, 1 enterprise, 2 household business
    MaDonViTiepNhan: str
    NgayNop: NotRequired[str]
    NgayTiepNhan: str
    ThanhPhanHoSo: list[ThanhPhanHoSo]
    ThongTinNguoiNop: NotRequired[dict[str, str]]  #: who handed it in is not told to us


class DeliveryAnswer(TypedDict):
    """One thing told, or to be told, to an address."""

    id: str  #: the same in every try; the receiver's key against doing it twice
    document_id: str
    topic: str
    state: Literal["waiting", "done", "dead"]
    attempts: int
    next_try: str | None
    created_at: str
    tried_at: str | None
    http_status: int | None
    error: str | None
    body: dict[str, Any]


class DinhDanh(TypedDict):
    """An identity of the owner."""

    LoaiDinhDanh: int  #: 1 CCCD of 12 digits, 2 CMND of 9
    SoDinhDanh: str


class DocumentAnswer(TypedDict):
    """A document with everything that is known of it but its text."""

    id: str
    version: int
    type: str | None  #: code of its kind
    title: str
    issued_on: str | None
    dossier_code: str | None
    procedure_code: str | None
    agency_code: str | None
    status: Literal["published", "review"]
    href: str
    source: str  #: name it came under
    scan_sha256: str  #: of the scanner's own bytes
    batch_id: str
    pages: list[int]  #: within the source, from 1
    blank_pages: list[int]
    confidence: float  #: of its kind
    reasons: list[str]  #: what a person must confirm
    published_at: str
    fields: list[FieldAnswer]
    links: list[LinkAnswer]
    role: Literal["component", "result"] | None  #: of its dossier (hồ sơ, kết quả); null where its kind is either
    candidates: list[CandidateAnswer]  #: dossiers that it may belong to where no code was found, best first
    files: list[FileAnswer]
    signatures: list[SignatureAnswer]  #: of the scan's own file, which stays as it came
    pdf_signatures: list[SignatureAnswer]  #: of the searchable PDF, by `sohoa sign`


class DocumentSummary(TypedDict):
    """A document in a list."""

    id: str
    version: int
    type: str | None  #: code of its kind
    title: str
    issued_on: str | None
    dossier_code: str | None
    procedure_code: str | None
    agency_code: str | None
    status: Literal["published", "review"]
    href: str


class Dossier(TypedDict):
    """What the procedures system knows of a dossier. What is left out is forgotten: a PUT says all."""

    procedure_code: NotRequired[str | None]
    owner_name: NotRequired[str | None]
    owner_id: NotRequired[str | None]
    received_on: NotRequired[str | None]
    agency_code: NotRequired[str | None]  #: either shape; without it the one in the code
    status: NotRequired[int | None]  #: TrangThaiHoSo of the national portal
    channel: NotRequired[int | None]  #: KenhThucHien: 1 counter, 2 online, 3 post
    due_on: NotRequired[str | None]
    finished_on: NotRequired[str | None]
    written_result: NotRequired[bool | None]  #: the procedure ends with a paper
    reused: NotRequired[bool | None]  #: a component was used again
    from_store: NotRequired[bool | None]  #: a component came from the citizen's own store


class DossierAnswer(TypedDict):
    """A dossier as the procedures system told of it, with its documents."""

    code: str
    procedure_code: str | None
    procedure_name: str | None
    agency_code: str | None
    owner_name: str | None
    owner_id: str | None
    received_on: str | None
    status: int | None  #: TrangThaiHoSo
    channel: int | None  #: KenhThucHien
    due_on: str | None
    finished_on: str | None
    written_result: bool | None
    reused: bool | None
    from_store: bool | None
    documents: list[DocumentSummary]


class DossierExport(TypedDict):
    """A dossier for the portal, its results for the store, and the codes and data of its digitised papers."""

    HoSo: HoSo
    KetQua: list[KetQua]
    GiayToSoHoa: list[GiayToSoHoa]


class DossierOfBatch(TypedDict):
    """A dossier with its code."""

    procedure_code: NotRequired[str | None]
    owner_name: NotRequired[str | None]
    owner_id: NotRequired[str | None]
    received_on: NotRequired[str | None]
    agency_code: NotRequired[str | None]  #: either shape; without it the one in the code
    status: NotRequired[int | None]  #: TrangThaiHoSo of the national portal
    channel: NotRequired[int | None]  #: KenhThucHien: 1 counter, 2 online, 3 post
    due_on: NotRequired[str | None]
    finished_on: NotRequired[str | None]
    written_result: NotRequired[bool | None]  #: the procedure ends with a paper
    reused: NotRequired[bool | None]  #: a component was used again
    from_store: NotRequired[bool | None]  #: a component came from the citizen's own store
    code: str


class Dossiers(TypedDict):
    """Dossiers to be taken over together, all of them or none."""

    dossiers: list[DossierOfBatch]


class EventAnswer(TypedDict):
    """Something that happened."""

    at: str
    type: str
    agent: str
    outcome: str


class FieldAnswer(TypedDict):
    """A value that was read, with its proof."""

    name: str
    value: str | None  #: null: the paper has none
    confidence: float
    status: Literal["accepted", "review"]  #: review: a person must confirm it
    page: int | None  #: within the source, from 1
    box: list[float] | None  #: x0, y0, x1, y1 in points from the top left of the page
    evidence: str  #: the words it was read from


class FigureAnswer(TypedDict):
    """What an item means."""

    id: str
    name: str
    points: float | None
    formula: str
    source: str


class FileAnswer(TypedDict):
    """A file of a document."""

    name: str
    href: str
    sha256: str
    size: int  #: bytes
    content_type: str


class GiayToDinhKem(TypedDict):
    """A file of a component, to be uploaded first."""

    IdGiayTo: str  #: ours, until the portal gives its IdTepTin
    MaKetQua: str  #: code of its type in the national database
    TenGiayTo: str
    HashTepTin: str  #: SHA-256 of the PDF


class GiayToKetQua(TypedDict):
    """A result paper."""

    TenGiayTo: str
    MaThanhPhanHoSo: str
    GiayToId: str
    DuongDanTepTinKetQua: str
    MaGiayToKetQua: str  #: code of its type in the national database; where the province has not told it, the result's own of NĐ 45/2020 điều 14


class GiayToSoHoa(TypedDict):
    """A digitised paper with its data; what is not known is empty."""

    Ma: str  #: code of the digitised paper; holds `/`, so that it is no file name
    Ten: str
    MaHoSo: str
    MaTTHC: str
    MaGiayTo: str  #: code of its type in the national database
    MaGiayToKhoQuocGia: str  #: of a result: its code in the store of results, NĐ 45/2020 điều 14
    MaDinhDanh: str  #: number of its owner
    ChuGiayTo: str
    SoKyHieu: str
    NgayBanHanh: str
    CoQuanBanHanh: str
    NguoiKy: str
    TrichYeuNoiDung: str
    ThoiHanHieuLuc: NotRequired[str]
    PhamViHieuLuc: NotRequired[str]
    LoaiSoHoa: str  #: 0 component, 1 result
    TrangThaiSoHoa: NotRequired[str]  #: 1 digitised
    DinhKem: str  #: address of the PDF


class Health(TypedDict):
    """How it is."""

    status: Literal["ok", "unavailable"]
    checks: NotRequired[dict[str, Literal["ok", "unavailable"]]]


class HitAnswer(TypedDict):
    """A document found, with the page that fits best."""

    document_id: str
    href: str
    title: str
    type: str | None
    dossier_code: str | None
    procedure_code: str | None
    agency_code: str | None
    issued_on: str | None
    status: Literal["published", "review"]
    page: int  #: within the source, from 1
    pages: list[int]  #: all its pages that were found, best first
    snippet: str  #: plain text, never markup
    marks: list[list[int]]  #: places in `snippet` of what was asked for: first letter, letter behind the last


class HoSo(TypedDict):
    """A dossier as the portal syncs it; dates are yyyyMMddHHmmss."""

    MaHoSo: str
    MaTTHC: str
    TenTTHC: str
    MaLinhVuc: NotRequired[str]
    TenLinhVuc: NotRequired[str]
    KenhThucHien: str
    SoGiayToChuHoSo: str
    ChuHoSo: str
    LoaiDoiTuong: str  #: 1 citizen, 2 enterprise; empty where the number does not tell
    MaDoiTuong: NotRequired[str]
    ThongTinKhac: NotRequired[str]
    Email: NotRequired[str]
    Fax: NotRequired[str]
    SoDienThoai: NotRequired[str]
    TrichYeuHoSo: str
    NgayTiepNhan: str
    NgayHenTra: str
    NgayTra: NotRequired[str]
    ThongTinTra: NotRequired[str]
    HinhThuc: NotRequired[str]
    NgayKetThucXuLy: str
    TrangThaiHoSo: str
    DonViXuLy: str
    GhiChu: NotRequired[str]
    NoiNopHoSo: NotRequired[str]
    HoSoCoThanhPhanSoHoa: str  #: 1 where a component is digitised
    TaiKhoanDuocXacThucVoiVNeID: NotRequired[str]
    DuocThanhToanTrucTuyen: NotRequired[str]
    NgayTuChoi: NotRequired[str]
    NgayNopHoSo: NotRequired[str]
    DSKetNoiCSDL: NotRequired[list[dict[str, str]]]
    DinhDanhCHS: list[DinhDanh]
    TaiLieuNop: list[TaiLieuNop]
    DanhSachGiayToKetQua: list[GiayToKetQua]


class ImportedAnswer(TypedDict):
    """What an upsert did; the same one again changes nothing."""

    inserted: int
    updated: int
    unchanged: int


class KetQua(TypedDict):
    """One result as it is pushed into the store of results."""

    MaHoSo: str
    MaTTHC: str
    MaLinhVuc: NotRequired[str]
    LoaiDoiTuong: str
    LoaiDinhDanhCHS: str
    MaChuGiayTo: str
    NgayTiepNhan: str
    TrangThaiHoSo: str
    HinhThuc: NotRequired[str]
    MaCoQuan: str
    DonViXuLy: str
    MaGiayToKetQua: str
    TenGiayToKetQua: str
    SoKyHieu: str
    TrichYeuNoiDung: str
    NgayCap: str
    ThoiHanHieuLuc: NotRequired[str]
    PhamViHieuLuc: NotRequired[str]
    TenFileGiayToKetQuaDinhKem: str
    DuongDanTepTinKetQua: str
    NoiNopHoSo: NotRequired[str]
    HoSoCoThanhPhanSoHoa: str
    NgayHenTra: str
    NgayTra: NotRequired[str]
    MaCSDLDaKetNoi: NotRequired[str]


class KpiAnswer(TypedDict):
    """The report."""

    first: str
    last: str
    by: list[By]
    figures: list[FigureAnswer]
    not_measured: dict[str, str]
    rows: list[RowAnswer]


class LinkAnswer(TypedDict):
    """A binding to a dossier."""

    dossier_code: str
    method: str  #: told, qr, text, receipt, path, owner or person
    confidence: float
    status: Literal["accepted", "review"]
    reason: str  #: why a person must look; empty where accepted


class MarksAnswer(TypedDict):
    """Where on a page words stand."""

    page: int
    boxes: list[
        list[float]
    ]  #: x0, y0, x1, y1 as shares of the page's width and height, from the top left: right at any size


class NewWebhook(TypedDict):
    """An address that wants to be told of documents that are ready or have changed."""

    url: str


class Procedure(TypedDict):
    """A procedure."""

    name: NotRequired[str | None]


class ProcedureAnswer(TypedDict):
    """A procedure."""

    code: str
    name: str | None


class ProcedureOfBatch(TypedDict):
    """A procedure with its code."""

    name: NotRequired[str | None]
    code: str


class Procedures(TypedDict):
    """Procedures to be taken over together, all of them or none."""

    procedures: list[ProcedureOfBatch]


class RowAnswer(TypedDict):
    """One group of dossiers."""

    agency: str | None
    procedure: str | None
    month: str | None
    dossiers: int
    values: list[ValueAnswer]


class SearchAnswer(TypedDict):
    """An answer."""

    total: int  #: documents found
    complete: bool  #: false: there are more; total and facets count the best thousand pages
    hits: list[HitAnswer]
    facets: dict[str, dict[str, int]]  #: documents by type, status, agency, procedure and year
    next: str | None  #: cursor of the next page; null on the last one


class SecretAnswer(TypedDict):
    """An address with its secret, shown this once."""

    id: str
    url: str
    agency_code: str | None  #: of whose papers it is told
    created_at: str
    secret: str


class SignatureAnswer(TypedDict):
    """An electronic signature, as it was found when the file came in or was signed."""

    field: str  #: name of its form field
    signer: str  #: whom the certificate names
    issuer: str  #: of the certificate
    signed_at: str | None  #: by the signer's own clock
    sub_filter: str
    integrity: Literal["intact", "broken", "not checked"]
    covers_file: bool  #: false where something was added after it, as a further signature
    time_stamp: str | None  #: of a time-stamp authority
    trust: Literal["known", "unknown", "not checked"]  #: whether a configured root vouches for it
    note: str  #: for people


class SuggestAnswer(TypedDict):
    """Suggestions for what is being typed."""

    suggestions: list[str]


class TaiLieuNop(TypedDict):
    """A component that was handed in, digitised."""

    TepDinhKemId: str
    TenTepDinhKem: str
    IsDeleted: NotRequired[str]
    MaThanhPhanHoSo: str  #: code of its kind
    DuongDanTaiTepTin: str
    DuocSoHoa: NotRequired[int]
    DuocTaiSuDung: int  #: 1 where the dossier says that a component was used again
    DuocLayTuKhoDMQG: int
    MaKetQuaThayThe: str  #: code of its type in the national database, where the province has told it


class ThanhPhanHoSo(TypedDict):
    """A component of the dossier."""

    MaThanhPhanHoSo: str  #: code of its kind
    TenThanhPhanHoSo: str
    SoLuong: int
    LoaiBan: int  #: 0 original, 1 copy, 2 electronic
    GiayToDinhKem: list[GiayToDinhKem]


class UploadAnswer(TypedDict):
    """An upload and how far it is."""

    id: str
    href: str
    state: UploadState
    sha256: str  #: of the bytes that came
    size: int  #: bytes
    batch_id: str | None  #: as soon as work has begun
    error: str | None
    created_at: str
    ended_at: str | None


class ValueAnswer(TypedDict):
    """An item of one group."""

    id: str
    numerator: int
    denominator: int
    rate: float | None  #: per cent, two decimals; null where the denominator is 0
    points: float | None
    unknown: int  #: dossiers of which not enough was told


class VersionAnswer(TypedDict):
    """A version of a document; the first is the machine's."""

    version: int
    at: str
    agent: str  #: who made it
    reason: str
    changed: list[str]  #: names of fields


class WebhookAnswer(TypedDict):
    """An address, without its secret."""

    id: str
    url: str
    agency_code: str | None  #: of whose papers it is told
    created_at: str


class ProblemAnswer(TypedDict):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str  #: stable, for programs
    detail: str  #: what to do
    correlation_id: str  #: tell it to the administrator
    errors: NotRequired[list[dict[str, Any]]]  #: wrong values, each with where and why
