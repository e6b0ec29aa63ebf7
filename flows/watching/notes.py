"""What a clerk is told beside a file: what happened and what to do. docs/notes.md is made from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """What happened, and what the clerk does now."""

    happened: str
    do: str


AGAIN = "chuyển tệp mới vào lại thư mục nhận"

#: By the class of the error, as the records keep it.
NOTES: dict[str, Note] = {
    "EmptyFile": Note(
        "Tệp rỗng: không có dữ liệu nào bên trong.",
        f"Quét lại giấy tờ này (hoặc chép lại tệp từ máy quét), rồi {AGAIN}.",
    ),
    "UnknownKind": Note(
        "Đây không phải là tệp quét: nội dung không phải PDF, TIFF, JPEG, PNG hay ZIP, dù tên tệp ghi như vậy.",
        "Mở tệp trên máy của bạn để xem là gì. Nếu là giấy tờ, hãy in ra PDF hoặc quét lại, rồi " + AGAIN + ".",
    ),
    "NotAScan": Note(
        "Tệp này không phải bản quét (ví dụ tệp Word, Excel hoặc tệp của hệ thống) nên không được số hóa.",
        "Nếu là giấy tờ cần lưu, hãy in ra PDF rồi chuyển tệp PDF vào thư mục nhận. Nếu không, hãy cất tệp đi.",
    ),
    "DamagedFile": Note(
        "Tệp bị hỏng hoặc chưa chép xong, không mở được.",
        f"Mở thử tệp trên máy của bạn. Nếu không mở được, hãy quét lại; nếu mở được, hãy lưu thành PDF, rồi {AGAIN}.",
    ),
    "NotWhole": Note(
        "Tệp chưa có phần cuối: có lẽ việc chép bị ngắt giữa chừng.",
        f"Chép lại tệp từ máy quét, hoặc quét lại, rồi {AGAIN}.",
    ),
    "PasswordNeeded": Note(
        "Tệp có mật khẩu nên không đọc được.",
        f"Mở tệp bằng mật khẩu, lưu lại thành tệp không có mật khẩu, rồi {AGAIN}.",
    ),
    "NoPages": Note(
        "Tệp không có trang nào.",
        f"Quét lại giấy tờ này, rồi {AGAIN}.",
    ),
    "NotAllowed": Note(
        "Hệ thống không được phép đọc tệp này, hoặc đây là đường dẫn tắt chứ không phải tệp.",
        f"Chép chính tệp đó (không phải đường dẫn tắt) và {AGAIN}; nếu vẫn lỗi, hãy báo người quản trị.",
    ),
    "UnsafeArchive": Note(
        "Tệp ZIP không an toàn: bên trong có đường dẫn hoặc cấu trúc bất thường.",
        "Giải nén trên máy của bạn, kiểm tra các tệp, rồi chuyển từng tệp vào thư mục nhận.",
    ),
    "TooLarge": Note(
        "Tệp hoặc trang quá lớn so với mức cho phép.",
        f"Quét lại ở 300 dpi, hoặc tách thành nhiều tệp nhỏ hơn, rồi {AGAIN}.",
    ),
    "OSError": Note(
        "Không đọc được tệp từ ổ đĩa hoặc thư mục chia sẻ.",
        f"Đợi vài phút rồi {AGAIN}; nếu vẫn lỗi, hãy báo người quản trị kiểm tra ổ đĩa và mạng.",
    ),
    "SourceChanged": Note(
        "Tệp bị thay đổi trong lúc đang đọc.",
        f"Đợi máy quét ghi xong, rồi {AGAIN}.",
    ),
    "NoPageRead": Note(
        "Không đọc được trang nào của tệp này. Bản gốc đã được lưu, chưa công bố.",
        f"Quét lại giấy tờ cho rõ (đủ sáng, thẳng, từ 200 dpi trở lên), rồi {AGAIN}.",
    ),
    "WorkerDied": Note(
        "Chương trình đọc bị dừng hai lần vì tệp này (thường do trang quá lớn hoặc máy thiếu bộ nhớ).",
        f"Quét lại ở 300 dpi rồi {AGAIN}; nếu vẫn lỗi, hãy báo người quản trị.",
    ),
    "ProgramFailed": Note(
        "Chương trình gặp lỗi với tệp này. Chưa có gì được công bố.",
        "Giữ nguyên tệp và báo người quản trị, kèm ghi chú này.",
    ),
    "PdfInvalid": Note(
        "Tệp PDF tạo ra không đạt chuẩn lưu trữ nên không được công bố. Bản gốc đã được lưu.",
        "Giữ nguyên tệp và báo người quản trị, kèm ghi chú này.",
    ),
    "TextLayerDiffers": Note(
        "Lớp chữ trong PDF không khớp với chữ đã nhận dạng nên không được công bố. Bản gốc đã được lưu.",
        "Giữ nguyên tệp và báo người quản trị, kèm ghi chú này.",
    ),
    "AlreadyDisposed": Note(
        "Giấy tờ này đã hết thời hạn lưu trữ và đã được hủy theo quy định.",
        "Nếu cần đưa vào lại, hãy hỏi người phụ trách lưu trữ.",
    ),
    "MissingFiles": Note(
        "Thiếu tệp so với danh sách (manifest.csv) hoặc thiếu một mặt của bản quét hai mặt.",
        "Bổ sung các tệp còn thiếu, rồi chuyển cả thư mục (hoặc cả hai tệp) vào lại thư mục nhận.",
    ),
    "PagesGone": Note(
        "Một số trang của bộ này bị lấy đi hoặc bị thay thế trong lúc nhận.",
        "Kiểm tra cho đủ các trang, rồi chuyển cả thư mục vào lại thư mục nhận.",
    ),
    "SidesDiffer": Note(
        "Hai mặt của bản quét không khớp: số trang mặt lẻ và mặt chẵn khác nhau.",
        "Kiểm tra xem có tờ nào bị kẹt hoặc quét hai lần, quét lại cả hai mặt, rồi chuyển cả hai tệp vào lại.",
    ),
    "InArchive": Note(
        "Trong tệp ZIP có tệp không nhận được; các tệp khác trong đó đã được công bố.",
        "Xem danh sách dưới đây, quét lại những tệp đó rồi chuyển riêng vào thư mục nhận.",
    ),
    "Unexplained": Note(
        "Không nhận được tệp này và không rõ vì sao.",
        "Giữ nguyên tệp và báo người quản trị, kèm ghi chú này.",
    ),
}
BAD_PAGES = Note(
    "Giấy tờ đã được công bố, nhưng có trang không đọc được chữ (ảnh của trang vẫn được lưu).",
    "Nếu bản giấy rõ hơn, hãy quét lại cả tệp và chuyển vào thư mục nhận.",
)

BOM = "\ufeff"  # and CRLF below: clerks open it in Notepad
HEAD = "GHI CHÚ CỦA HỆ THỐNG SỐ HÓA"


def failed_note(
    reason: str, name: str, *, members: Sequence[tuple[str, str]] = (), technical: Sequence[str] = ()
) -> str:
    """The text that lies beside a failed file.

    members: (name, reason) of each file in it that failed. technical: errors in the program's own words.
    """
    details = [f"{member}: {_note_of(why).happened}" for member, why in members]
    return _text(_note_of(reason), name, details, reason, technical)


def pages_note(name: str, pages: Sequence[int]) -> str:
    """The text beside a published file with pages that could not be read."""
    return _text(BAD_PAGES, name, [f"Trang {page}" for page in pages], "PagesNotRead")


def _note_of(reason: str) -> Note:
    return NOTES.get(reason, NOTES["Unexplained"])


def _text(note: Note, name: str, details: Sequence[str], code: str, technical: Sequence[str] = ()) -> str:
    lines = [HEAD, "", f"Tệp: {name}", f"Chuyện gì đã xảy ra: {note.happened}", f"Việc cần làm: {note.do}"]
    if details:
        lines += ["", "Chi tiết:", *(f"- {detail}" for detail in details)]
    if technical:
        lines += ["", "Dành cho người quản trị:", *(f"- {line}" for line in technical)]
    lines += ["", f"(Mã: {code}. Có thể xóa ghi chú này sau khi làm xong.)", ""]
    return BOM + "\r\n".join(lines)
