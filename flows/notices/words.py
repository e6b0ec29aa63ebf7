"""The words of every notice. docs/notes.md is made from here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What people are told of."""

    FAILED_FILES = "failed_files"
    MANY_FAILURES = "many_failures"
    RUN_ENDED = "run_ended"
    CHUNK_STUCK = "chunk_stuck"
    CHUNK_QUIET = "chunk_quiet"
    RUN_LEFT = "run_left"
    TAKE_STUCK = "take_stuck"
    DISK_LOW = "disk_low"
    FIXITY_ALARM = "fixity_alarm"
    BACKUP_FAILED = "backup_failed"
    SAMPLE_DUE = "sample_due"
    SENT_BACK = "sent_back"


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body; names in braces are filled in."""

    when: str  #: for the docs
    subject: str
    body: str


WORDS: dict[Kind, Words] = {
    Kind.FAILED_FILES: Words(
        "files of one take were refused; to the folder's owner",
        "Số hóa: {failed} tệp trong thư mục “{watch}” cần xem lại",
        "Trong đợt nhận {take}, {done} tệp đã xong và {failed} tệp chưa nhận được.\n"
        "Các tệp này nằm trong thư mục “{folder}”, bên cạnh mỗi tệp có ghi chú nói rõ việc cần làm.\n\n{files}",
    ),
    Kind.MANY_FAILURES: Words(
        "the share of failures of one take or run is above notices.failure_share",
        "Số hóa: tỷ lệ lỗi cao bất thường ({share}) ở “{watch}”",
        "Trong {total} tệp có {failed} tệp lỗi ({share}). Lý do nhiều nhất: {reason}.\n"
        "Hãy kiểm tra máy quét và cách đặt tên, chép tệp trước khi quét tiếp.",
    ),
    Kind.RUN_ENDED: Words(
        "a bulk run has ended",
        "Số hóa hàng loạt: đợt {run} đã xong",
        "Đợt {run} đã xong: {total} tệp, trong đó {done} đã công bố, {known} đã có từ trước, {failed} lỗi.\n"
        "Báo cáo: {report}",
    ),
    Kind.CHUNK_STUCK: Words(
        "a chunk of a bulk run was tried several times and did not come to its end",
        "Số hóa hàng loạt: phần {chunk} của đợt {run} thử nhiều lần chưa xong",
        "Phần {chunk} ({documents} tệp) đã thử {attempts} lần mà chưa xong. Không có gì bị mất, và hệ thống vẫn "
        "thử lại.\nNgười quản trị hãy chạy lệnh: sohoa doctor, rồi xem {log}",
    ),
    Kind.CHUNK_QUIET: Words(
        "a chunk of a bulk run is worked on and has published nothing for bulk.quiet_minutes",
        "Số hóa hàng loạt: phần {chunk} của đợt {run} đứng yên",
        "Tiến trình {worker} đang làm phần {chunk} ({documents} tệp), nhưng {minutes} phút qua không có giấy tờ nào "
        "được công bố.\nNgười quản trị hãy chạy lệnh: sohoa status. Nếu tiến trình bị treo, hãy dừng nó rồi chạy: "
        "sohoa bulk-run join {run} (những gì đã xong không phải làm lại).",
    ),
    Kind.RUN_LEFT: Words(
        "a bulk run is under way and no process has worked on it for a quarter of an hour; once for each time",
        "Số hóa hàng loạt: không có tiến trình nào làm đợt {run}",
        "Đợt {run} mới xong {done} trên {total} tệp, và từ {since} không có tiến trình nào làm tiếp.\n"
        "Để làm tiếp, hãy chạy lại đúng lệnh sohoa bulk đã dùng (những gì đã xong không phải làm lại). "
        "Để tạm dừng, hãy chạy lệnh: sohoa bulk-run pause {run}",
    ),
    Kind.TAKE_STUCK: Words(
        "the batch of a take could not come to its end several times",
        "Số hóa: đợt nhận ở thư mục “{watch}” bị dừng nhiều lần",
        "Đợt nhận {take} đã thử {attempts} lần mà chưa xong. Các tệp vẫn nằm nguyên trong “{folder}”.\n"
        "Người quản trị hãy chạy lệnh: sohoa doctor, rồi xem {log}",
    ),
    Kind.DISK_LOW: Words(
        "less than notices.disk_gib are free; once a day",
        "Số hóa: ổ đĩa sắp đầy trên máy {host}",
        "Chỉ còn {free} GiB trống ở {place}. Khi còn dưới {stop} GiB, việc số hóa sẽ tự dừng.\n"
        "Hãy dọn ổ đĩa hoặc báo người quản trị.",
    ),
    Kind.FIXITY_ALARM: Words(
        "reading objects again found damaged or missing ones; once for each finding",
        "CẢNH BÁO: {count} tệp lưu trữ bị hỏng hoặc mất",
        "Kiểm tra toàn vẹn thấy {damaged} tệp bị hỏng và {missing} tệp bị mất mà không có bản sao để phục hồi.\n"
        "Người quản trị hãy chạy lệnh: sohoa fixity status. Không xóa gì trước khi kiểm tra bản sao lưu.",
    ),
    Kind.BACKUP_FAILED: Words(
        "a scheduled backup did not succeed; once a day",
        "CẢNH BÁO: sao lưu đêm qua không thành công",
        "Lệnh sao lưu vào {folder} không thành công: {why}\n"
        "Hãy kiểm tra ổ đĩa sao lưu và chạy lại: sohoa backup {folder}",
    ),
    Kind.SAMPLE_DUE: Words(
        "a batch waits for its sample to be looked at",
        "Kiểm tra mẫu: lô {batch} đang chờ người kiểm tra",
        "Đã chọn ngẫu nhiên {size} trang trong {lot} trang của lô {batch}. "
        "Người kiểm tra không được là người đã quét lô này.",
    ),
    Kind.SENT_BACK: Words(
        "a batch's sample failed",
        "Kiểm tra mẫu: lô {batch} bị trả lại",
        "Lô {batch} không đạt: {faults} trang lỗi, cho phép nhiều nhất {most}. Lý do: {reason}.\n"
        "Hãy kiểm tra lại cả lô, quét lại những trang lỗi, rồi yêu cầu lấy mẫu lại.",
    ),
}


def worded(kind: Kind, **values: object) -> tuple[str, str]:
    """(subject, body) with everything filled in. Raises KeyError where a value is missing."""
    words = WORDS[kind]
    return words.subject.format(**values), words.body.format(**values)
