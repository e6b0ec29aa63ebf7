"""What fields are called on the screen, in both languages."""

from __future__ import annotations

from web.words import Words

NAMES: dict[str, tuple[str, str]] = {
    "number": ("Số, ký hiệu", "Number"),
    "date": ("Ngày ban hành", "Date"),
    "issuer": ("Cơ quan ban hành", "Issuer"),
    "place": ("Nơi ban hành", "Place"),
    "subject": ("Trích yếu", "Subject"),
    "signer": ("Người ký", "Signer"),
    "signer_title": ("Chức vụ người ký", "Signer's title"),
    "urgency": ("Độ khẩn", "Urgency"),
    "applicant": ("Người nộp hồ sơ", "Applicant"),
    "citizen_id": ("Số định danh cá nhân", "Personal number"),
    "business_code": ("Mã số doanh nghiệp", "Business code"),
    "dossier_code": ("Mã hồ sơ", "Dossier code"),
    "procedure_code": ("Mã thủ tục", "Procedure code"),
    "type": ("Loại giấy tờ", "Kind of paper"),
}
#: In the order in which one reads a paper.
ORDER = tuple(NAMES)
WORDS: Words = {f"field.{name}": words for name, words in NAMES.items()}
