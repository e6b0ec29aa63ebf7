"""Whole papers of other provinces, times and kinds than any that the rules were written on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from ocr.fields.value import Field
from ocr.geometry import Box
from ocr.page import ReadPage
from ocr.papers import Paper, read_papers
from ocr.rules import Rules
from tests.ocr.made_pages import body, head, page, printed, signature


def _only(pages: list[ReadPage], rules: Rules) -> Paper:
    papers = read_papers(pages, rules, one_paper=False)
    assert len(papers) == 1
    return papers[0]


def _accepted(fields: Mapping[str, Field]) -> dict[str, str | None]:
    return {name: field.value for name, field in fields.items() if field.status == "accepted"}


def test_a_letter_whose_subject_runs_over_five_lines(rules: Rules) -> None:
    """Its subject stands in a narrow column beside the date."""
    subject = [
        "V/v góp ý dự thảo Quyết định",
        "sửa đổi, bổ sung một số điều của",
        "Quyết định số 2269/QĐ-TTg về",
        "Chương trình cung cấp dịch vụ",
        "viễn thông công ích",
    ]
    made = page(
        *head(
            issuer=["UBND THÀNH PHỐ ĐÀ NẴNG", "SỞ GIÁO DỤC VÀ ĐÀO TẠO"],
            number="Số: 1906/SGDĐT-CTrTT",
            date="Đà Nẵng, ngày 09 tháng 5 năm 2022",
        ),
        *[printed(line, 0.135 + 0.016 * row, centre=0.3, size=12) for row, line in enumerate(subject)],
        printed("Kính gửi: Các phòng giáo dục và đào tạo", 0.23, centre=0.55),
        *body(
            "Thực hiện Công văn số 12/BGDĐT-GDTrH ngày 03 tháng 5 năm 2022 của Bộ Giáo dục và Đào tạo, Sở đề nghị.",
            top=0.27,
        ),
        *signature("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", name="Lê Thị Bích Thuận", top=0.5),
    )
    paper = _only([made], rules)
    assert paper.kind.code == "CV"
    assert _accepted(paper.fields) == {
        "number": "1906/SGDĐT-CTrTT",
        "date": "2022-05-09",
        "place": "Đà Nẵng",
        "issuer": "SỞ GIÁO DỤC VÀ ĐÀO TẠO",
        "subject": " ".join(subject),
        "signer_title": "KT. GIÁM ĐỐC / PHÓ GIÁM ĐỐC",
        "signer": "Lê Thị Bích Thuận",
    }


def test_a_decision_of_1999(rules: Rules) -> None:
    """Old spelling, a dash without blanks, who decides in the title's own line, strokes in signing forms."""
    made = page(
        *head(
            issuer=["UỶ BAN NHÂN DÂN", "TỈNH QUẢNG TRỊ"],
            number="Số: 1214/1999/QĐ-UB",
            date="Đông Hà, ngày 5 tháng 7 năm 1999",
            nation="CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            motto="Độc lập – Tự do – Hạnh phúc",
        ),
        printed("QUYẾT ĐỊNH CỦA UỶ BAN NHÂN DÂN TỈNH QUẢNG TRỊ", 0.15, centre=0.53, size=14),
        printed("Về việc giao đất cho các hộ gia đình xây dựng nhà ở", 0.172, centre=0.53),
        printed("tại thị trấn Hồ Xá, huyện Vĩnh Linh", 0.19, centre=0.53),
        printed("UỶ BAN NHÂN DÂN TỈNH QUẢNG TRỊ", 0.22, centre=0.53),
        *body("Căn cứ Luật Tổ chức Hội đồng nhân dân và Uỷ ban nhân dân ngày 21 tháng 6 năm 1994;", top=0.25),
        printed("QUYẾT ĐỊNH", 0.33, centre=0.53),
        *body("Điều 1. Giao 2.300 m2 đất cho các hộ.", top=0.36),
        *signature("T/M UỶ BAN NHÂN DÂN TỈNH", "K/T CHỦ TỊCH", "PHÓ CHỦ TỊCH", name="Nguyễn Đức Hoan", top=0.5),
    )
    paper = _only([made], rules)
    fields = _accepted(paper.fields)
    assert paper.kind.code == "QĐ"
    assert fields["number"] == "1214/1999/QĐ-UB"
    assert fields["date"] == "1999-07-05"
    assert fields["issuer"] == "ỦY BAN NHÂN DÂN TỈNH QUẢNG TRỊ"
    assert (
        fields["subject"] == "Về việc giao đất cho các hộ gia đình xây dựng nhà ở tại thị trấn Hồ Xá, huyện Vĩnh Linh"
    )
    assert fields["signer"] == "Nguyễn Đức Hoan"


def test_a_receipt_of_a_commune_s_centre_of_2025(rules: Rules) -> None:
    """Since July 2025 communes have centres of their own, and codes of eight and seven digits."""
    made = page(
        *head(
            issuer=["UBND PHƯỜNG THÀNH ĐÔNG", "TRUNG TÂM PHỤC VỤ", "HÀNH CHÍNH CÔNG"],
            number="Mã hồ sơ: H24.113-20250812-0000412",
            date="Thành Đông, ngày 12 tháng 8 năm 2025",
        ),
        printed("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", 0.17, centre=0.53, size=14),
        printed("Tiếp nhận hồ sơ của: Bà Trịnh Thị Kim Ngân", 0.21, x=0.14),
        printed("Số CMND/CC/HC: 030188004512", 0.23, x=0.14),
        printed("Mã TTHC: 1.001193", 0.25, x=0.14),
    )
    paper = _only([made], rules)
    assert paper.kind.code == "BN"
    assert (paper.dossier_code, paper.dossier_code_from) == ("H24.113-20250812-0000412", "text")
    fields = _accepted(paper.fields)
    assert fields["issuer"] == "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG"
    assert fields["applicant"] == "Trịnh Thị Kim Ngân"
    assert fields["citizen_id"] == "030188004512"
    assert fields["procedure_code"] == "1.001193"


def test_a_permit_with_its_number_under_the_title(rules: Rules) -> None:
    """Building permits have no number in the head, and their date over the signature."""
    made = page(
        *head(issuer=["ỦY BAN NHÂN DÂN", "THÀNH PHỐ VINH"], number=None, date=None),
        printed("GIẤY PHÉP XÂY DỰNG", 0.15, centre=0.53, size=15),
        printed("Số: 482/GPXD", 0.17, centre=0.53),
        printed("(Sử dụng cho nhà ở riêng lẻ)", 0.19, centre=0.53),
        printed("1. Cấp cho: Ông Hoàng Văn Bắc", 0.22, x=0.16),
        printed("Vinh, ngày 03 tháng 02 năm 2021", 0.6, centre=0.72),
        printed("CHỦ TỊCH", 0.62, centre=0.72),
        printed("Đậu Vĩnh Thịnh", 0.72, centre=0.72),
    )
    fields = _accepted(_only([made], rules).fields)
    assert fields["number"] == "482/GPXD"
    assert fields["date"] == "2021-02-03"
    assert fields["issuer"] == "ỦY BAN NHÂN DÂN THÀNH PHỐ VINH"
    assert fields["applicant"] == "Hoàng Văn Bắc"
    assert fields["signer"] == "Đậu Vĩnh Thịnh"


def test_a_resolution_of_the_party(rules: Rules) -> None:
    """No nation's name, another form of number, a star under the issuer."""
    made = page(
        printed("TỈNH ỦY NGHỆ AN", 0.06, centre=0.3),
        printed("*", 0.075, centre=0.3),
        printed("Số 15-NQ/TU", 0.095, centre=0.3),
        printed("ĐẢNG CỘNG SẢN VIỆT NAM", 0.06, centre=0.7),
        printed("Nghệ An, ngày 02 tháng 4 năm 2019", 0.095, centre=0.7),
        printed("NGHỊ QUYẾT", 0.14, centre=0.53, size=15),
        printed("về nâng cao chất lượng cải cách hành chính", 0.16, centre=0.53),
        *body("Căn cứ Điều lệ Đảng;", top=0.2),
        *signature("T/M BAN THƯỜNG VỤ", "BÍ THƯ", name="Nguyễn Đắc Vinh", top=0.5),
    )
    paper = _only([made], rules)
    fields = _accepted(paper.fields)
    assert paper.kind.code == "NQ"
    assert (fields["number"], fields["issuer"], fields["signer"]) == (
        "15-NQ/TU",
        "TỈNH ỦY NGHỆ AN",
        "Nguyễn Đắc Vinh",
    )


def _stamped(top: float) -> list[ReadPage]:
    """A letter with a hand-written number and an incoming stamp over its head."""
    return [
        page(
            printed("SỞ NỘI VỤ TỈNH HÀ TĨNH", 0.03, x=0.1, size=10),
            printed("ĐẾN", 0.042, x=0.1, size=12),
            printed("Số: 2770", 0.052, x=0.13, size=10, written=True),
            printed("Ngày: 09/4/2018", 0.064, x=0.13, size=10, written=True),
            *head(
                issuer=["UBND TỈNH NGHỆ AN", "SỞ XÂY DỰNG"],
                number=[
                    printed("Số:", top + 0.048, x=0.22),
                    printed("893", top + 0.048, x=0.255, written=True),
                    printed("/SXD-QLN", top + 0.048, x=0.31),
                ],
                date=[
                    printed("Nghệ An, ngày", top + 0.048, x=0.56),
                    printed("03", top + 0.048, x=0.685, written=True),
                    printed("tháng 4 năm 2018", top + 0.048, x=0.715),
                ],
                top=top,
            ),
            printed("V/v quản lý nhà ở", 0.16, centre=0.3),
            printed("Kính gửi: Sở Nội vụ", 0.19, centre=0.53),
            *body("Sở báo cáo.", top=0.22),
            *signature("GIÁM ĐỐC", name="NGUYỄN XUÂN HOÀNG", top=0.4),
        )
    ]


def test_an_incoming_stamp_s_number_and_date_are_not_the_paper_s(rules: Rules) -> None:
    """The office that receives a paper numbers it too."""
    fields = _only(_stamped(0.085), rules).fields
    assert fields["number"].value == "893/SXD-QLN"
    assert fields["date"].value == "2018-04-03"
    assert fields["issuer"].value == "SỞ XÂY DỰNG"


def test_what_is_written_by_hand_is_never_accepted(rules: Rules) -> None:
    """A number that is nearly right is found by nobody and believed by everybody."""
    fields = _only(_stamped(0.085), rules).fields
    for name in ("number", "date"):
        assert fields[name].status == "review"
        assert fields[name].doubts


def test_names_in_capitals_are_names(rules: Rules) -> None:
    """Some offices print the signer so."""
    assert _only(_stamped(0.085), rules).fields["signer"].value == "Nguyễn Xuân Hoàng"


def test_a_name_of_two_words_may_have_lost_its_first(rules: Rules) -> None:
    """Hoàng is a family name and a middle one: under a seal Lê Hoàng Anh would silently become another person."""
    made = page(
        *head(
            issuer=["ỦY BAN NHÂN DÂN", "TỈNH HÀ NAM"], number="Số: 5/TB-UBND", date="Hà Nam, ngày 09 tháng 5 năm 2022"
        ),
        printed("THÔNG BÁO", 0.15, centre=0.53),
        printed("Kết luận cuộc họp", 0.17, centre=0.53),
        *body("Nội dung.", top=0.2),
        *signature("CHỦ TỊCH", name="Hoàng Anh", top=0.4),
    )
    signer = _only([made], rules).fields["signer"]
    assert (signer.value, signer.status) == ("Hoàng Anh", "review")


def test_a_deputy_s_title_that_a_seal_covers_is_doubted(rules: Rules) -> None:
    """KT. CHỦ TỊCH is never signed by the CHỦ TỊCH."""
    made = page(
        *head(
            issuer=["ỦY BAN NHÂN DÂN", "TỈNH HÀ NAM"], number="Số: 5/TB-UBND", date="Hà Nam, ngày 09 tháng 5 năm 2022"
        ),
        printed("THÔNG BÁO", 0.15, centre=0.53),
        printed("Kết luận cuộc họp", 0.17, centre=0.53),
        *body("Nội dung.", top=0.2),
        *signature("KT. CHỦ TỊCH", "CHỦ TỊCH", name="Nguyễn Văn Hải", top=0.4),
    )
    assert _only([made], rules).fields["signer_title"].doubts


def test_a_marriage_certificate_in_two_columns(rules: Rules) -> None:
    """Husband and wife stand beside each other; neither is an applicant."""
    made = page(
        *head(issuer=["ỦY BAN NHÂN DÂN", "XÃ DIỄN HỒNG"], number="Số: 45/2021", date=None),
        printed("GIẤY CHỨNG NHẬN KẾT HÔN", 0.15, centre=0.53, size=16),
        [
            printed("Họ, chữ đệm, tên vợ: Phan Thị Hà", 0.2, x=0.1),
            printed("Họ, chữ đệm, tên chồng: Vũ Văn Nam", 0.2, x=0.55),
        ],
        printed("Nơi đăng ký kết hôn: UBND xã Diễn Hồng", 0.3, x=0.1),
        printed("Ngày, tháng, năm đăng ký: 12/5/2021", 0.32, x=0.1),
        printed("CHỦ TỊCH", 0.4, centre=0.74),
        printed("Cao Thị Thanh", 0.48, centre=0.74),
    )
    paper = _only([made], rules)
    fields = _accepted(paper.fields)
    assert paper.kind.code == "KHON"
    assert (fields["number"], fields["date"]) == ("45/2021", "2021-05-12")
    assert fields["issuer"] == "ỦY BAN NHÂN DÂN XÃ DIỄN HỒNG"
    assert "applicant" not in fields


def test_an_identity_card_gives_its_owner_from_the_code(rules: Rules) -> None:
    """A copy's print is hardly legible, its code is."""
    text = "040088001234|186000111|Phan Thị Hà|05091988|Nữ|Nghệ An|01052021||Phan Văn Cha|040055000001"
    made = page(
        printed("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.1, centre=0.5),
        printed("CĂN CƯỚC CÔNG DÂN", 0.14, centre=0.55),
        codes=(text,),
    )
    paper = _only([made], rules)
    assert paper.kind.code == "CCCD"
    assert _accepted(paper.fields) == {"citizen_id": "040088001234", "applicant": "Phan Thị Hà"}
    assert "Cha" not in repr(paper)


def test_number_and_kind_that_differ_are_left_to_a_person(rules: Rules) -> None:
    """One of them was misread."""
    made = page(
        *head(
            issuer=["ỦY BAN NHÂN DÂN", "TỈNH HÀ NAM"], number="Số: 5/NQ-UBND", date="Hà Nam, ngày 09 tháng 5 năm 2022"
        ),
        printed("QUYẾT ĐỊNH", 0.15, centre=0.53),
    )
    assert _only([made], rules).fields["number"].status == "review"


@pytest.mark.parametrize("mark", ["MẬT", "TỐI MẬT", "TUYỆT MẬT"])
def test_state_secrets_are_held(rules: Rules, mark: str) -> None:
    """They must not reach the index."""
    made = page(
        printed(mark, 0.14, x=0.14, size=14),
        *head(
            issuer=["UBND TỈNH HÀ NAM", "SỞ XÂY DỰNG"], number="Số: 3/BC-SXD", date="Hà Nam, ngày 09 tháng 5 năm 2022"
        ),
        printed("BÁO CÁO", 0.16, centre=0.53),
    )
    paper = _only([made], rules)
    assert paper.secret
    assert any(mark in reason for reason in paper.reasons)


def test_talk_of_secrets_is_none(rules: Rules) -> None:
    """A plan for keeping them is an open paper."""
    made = page(
        *head(
            issuer=["UBND TỈNH HÀ NAM", "SỞ XÂY DỰNG"], number="Số: 3/KH-SXD", date="Hà Nam, ngày 09 tháng 5 năm 2022"
        ),
        printed("KẾ HOẠCH", 0.15, centre=0.53),
        printed("BẢO VỆ BÍ MẬT NHÀ NƯỚC", 0.17, centre=0.53),
        *body("Tài liệu MẬT, TỐI MẬT được lưu riêng.", top=0.2),
    )
    assert not _only([made], rules).secret


def test_a_certified_copy_is_told(rules: Rules) -> None:
    """TT 01/2023 keeps it from being digitised; a person decides."""
    made = page(
        *head(issuer=["ỦY BAN NHÂN DÂN", "XÃ DIỄN HỒNG"], number="Số: 45/2021", date=None),
        printed("GIẤY KHAI SINH", 0.15, centre=0.53, size=16),
        printed("Chứng thực bản sao đúng với bản chính", 0.8, x=0.1),
    )
    assert any("certified copy" in reason for reason in _only([made], rules).reasons)


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("QUYÉT ĐỊNH", "QĐ"),
        ("THÕNG BÁO", "TB"),
        ("THÔNG CÁO", "TC"),
        ("T Ờ T R Ì N H", "TTr"),
        ("GIAY KHAI SINH", "KS"),
        ("GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH", "HKD"),
        ("QUY CHẾ", "QC"),
        ("QUY ĐỊNH", "QyĐ"),
    ],
)
def test_headings_are_known_however_they_are_read(rules: Rules, heading: str, code: str) -> None:
    """Bold capitals lose accents, old ones are spaced out."""
    made = page(
        *head(issuer=["UBND TỈNH HÀ NAM", "SỞ Y TẾ"], number=None, date=None), printed(heading, 0.15, centre=0.53)
    )
    assert _only([made], rules).kind.code == code


def test_an_unknown_kind_is_an_answer(rules: Rules) -> None:
    """A photo or a drawing must not become a decision."""
    paper = _only([page(printed("Sơ đồ mặt bằng tầng 2", 0.5, centre=0.5))], rules)
    assert paper.kind.code is None
    assert paper.reasons


@pytest.mark.parametrize(
    ("lines", "issuer"),
    [
        (["UBND TỈNH HÀ NAM", "VĂN PHÒNG HĐND VÀ", "UBND TỈNH"], "VĂN PHÒNG HĐND VÀ UBND TỈNH"),
        (["BỘ TÀI CHÍNH", "TỔNG CỤC THUẾ"], "TỔNG CỤC THUẾ"),
        (["BỘ TÀI CHÍNH", "THANH TRA", "BỘ TÀI CHÍNH"], "THANH TRA BỘ TÀI CHÍNH"),
        (["ỦY BAN NHÂN DÂN", "THÀNH PHỐ HẢI", "PHÒNG"], "ỦY BAN NHÂN DÂN THÀNH PHỐ HẢI PHÒNG"),
        (
            ["SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG", "CHI NHÁNH VĂN PHÒNG", "ĐĂNG KÝ ĐẤT ĐAI HUYỆN ĐÔ LƯƠNG"],
            "CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI HUYỆN ĐÔ LƯƠNG",
        ),
        (["ỦY BAN NHÂN DÂN TINH", "THANH HOA"], "ỦY BAN NHÂN DÂN TỈNH THANH HÓA"),
        (["BÔ GIÁO DUC VÀ ĐÀO TAO"], "BỘ GIÁO DỤC VÀ ĐÀO TẠO"),
        (
            ["UBND HUYỆN ĐÔ LƯƠNG", "PHÒNG LAO ĐỘNG - THƯƠNG BINH", "VÀ XÃ HỘI"],
            "PHÒNG LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI",
        ),
        (["HỘI ĐỒNG NHÂN DÂN", "PHƯỜNG THÀNH ĐÔNG"], "HỘI ĐỒNG NHÂN DÂN PHƯỜNG THÀNH ĐÔNG"),
    ],
)
def test_issuers_are_the_last_body_of_the_column(rules: Rules, lines: list[str], issuer: str) -> None:
    """Names run over lines, stand under the body that they answer to, and lose their accents."""
    made = page(*head(issuer=lines, number="Số: 5/BC-XYZ", date=None), printed("BÁO CÁO", 0.17, centre=0.53))
    assert _only([made], rules).fields["issuer"].value == issuer


def test_a_date_below_an_administrative_paper_s_head_is_doubted(rules: Rules) -> None:
    """Its own was lost with the hand-writing; another one's must not take its place."""
    made = page(
        *head(issuer=["UBND TỈNH HÀ NAM", "SỞ Y TẾ"], number="Số: 5/BC-SYT", date=None),
        printed("BÁO CÁO", 0.15, centre=0.53),
        printed("Hà Nam, ngày 09 tháng 5 năm 2012", 0.7, centre=0.72),
    )
    assert _only([made], rules).fields["date"].status == "review"


def test_red_print_that_was_not_read_is_told(rules: Rules) -> None:
    """It may say TỐI MẬT."""
    made = page(
        *head(issuer=["UBND TỈNH HÀ NAM", "SỞ Y TẾ"], number=None, date=None),
        red_print=(Box(200.0, 400.0, 500.0, 460.0),),
    )
    assert any("red" in reason for reason in _only([made], rules).reasons)


def test_pen_s_ink_on_the_number_is_hand_writing(rules: Rules) -> None:
    """However clearly it was read."""
    made = page(
        *head(issuer=["UBND TỈNH HÀ NAM", "SỞ Y TẾ"], number="Số: 512/BC-SYT", date=None),
        printed("BÁO CÁO", 0.15, centre=0.53),
    )
    inked = replace(
        made,
        facts=replace(
            made.facts,
            handwriting=tuple(word.box for line in made.lines for word in line.words if word.text.startswith("512")),
        ),
    )
    assert _only([made], rules).fields["number"].status == "accepted"
    assert any("by hand" in doubt for doubt in _only([inked], rules).fields["number"].doubts)


@pytest.mark.parametrize("titles", [["PHÓ GIÁM ĐỐC"], ["GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"]])
def test_a_deputy_without_kt_is_doubted(rules: Rules, titles: list[str]) -> None:
    """A seal covers the line that says for whom he signs."""
    made = page(
        *head(issuer=["UBND TỈNH HÀ NAM", "SỞ Y TẾ"], number="Số: 5/TB-SYT", date="Hà Nam, ngày 09 tháng 5 năm 2022"),
        printed("THÔNG BÁO", 0.15, centre=0.53),
        *signature(*titles, name="Nguyễn Văn Hải", top=0.4),
    )
    assert _only([made], rules).fields["signer_title"].doubts


def test_the_issuer_puts_its_letters_in_the_symbol_right(rules: Rules) -> None:
    """And a person looks."""
    made = page(
        *head(
            issuer=["UBND TỈNH HÀ NAM", "SỞ TƯ PHÁP"], number="Số: 5/TB-STF", date="Hà Nam, ngày 09 tháng 5 năm 2022"
        ),
        printed("THÔNG BÁO", 0.15, centre=0.53),
    )
    number = _only([made], rules).fields["number"]
    assert (number.value, number.status) == ("5/TB-STP", "review")


def test_an_issuer_that_the_symbol_denies_is_doubted(rules: Rules) -> None:
    """The line with the department was lost under a stamp; what is left is the body above it."""
    made = page(
        *head(issuer=["UBND TỈNH HÀ NAM"], number="Số: 5/TB-SYT", date="Hà Nam, ngày 09 tháng 5 năm 2022"),
        printed("THÔNG BÁO", 0.15, centre=0.53),
    )
    assert _only([made], rules).fields["issuer"].status == "review"


@pytest.mark.parametrize("subject", ["Về việc công bố ĩnh vực mới", "Về việc công bố ĩnh vực c n hiệu lực"])
def test_letters_lost_in_a_subject_are_seen(rules: Rules, subject: str) -> None:
    """An engine that loses a letter is sure of the others."""
    made = page(
        *head(
            issuer=["UBND TỈNH HÀ NAM", "SỞ TƯ PHÁP"], number="Số: 5/TB-STP", date="Hà Nam, ngày 09 tháng 5 năm 2022"
        ),
        printed("THÔNG BÁO", 0.15, centre=0.53),
        printed(subject, 0.17, centre=0.53, confidence=0.999),
    )
    assert _only([made], rules).fields["subject"].status == "review"


@pytest.mark.parametrize("title", ["HỦ TỊCH", "Ủ TỊCH"])
def test_a_title_whose_first_letters_lie_under_a_seal_is_no_name(title: str, rules: Rules) -> None:
    """A clerk would be asked to confirm that Mr Hủ Tịch signed."""
    made = page(
        *head(
            issuer=["ỦY BAN NHÂN DÂN", "XÃ TÂN LẬP"],
            number="Số: 19/QĐ-UBND",
            date="Tân Lập, ngày 09 tháng 5 năm 2022",
        ),
        printed("QUYẾT ĐỊNH", 0.17, centre=0.5),
        *body("Căn cứ Luật Tổ chức chính quyền địa phương; theo đề nghị của công chức địa chính.", top=0.27),
        *signature(title, name="Lê Thị Bích Thuận", top=0.5),
    )
    fields = _only([made], rules).fields
    assert fields["signer"].value == "Lê Thị Bích Thuận"
    assert fields["signer_title"].value == "CHỦ TỊCH"
    assert fields["signer_title"].status == "review"


def _permit(*body_lines: str, date_line: str = "Vinh, ngày 03 tháng 02 năm 2021") -> ReadPage:
    return page(
        *head(issuer=["ỦY BAN NHÂN DÂN", "HUYỆN BẢO YÊN"], number=None, date=None),
        printed("GIẤY PHÉP XÂY DỰNG", 0.15, centre=0.53, size=15),
        printed("Số: 482/GPXD", 0.17, centre=0.53),
        *[printed(line, 0.22 + 0.02 * row, x=0.16) for row, line in enumerate(body_lines)],
        printed(date_line, 0.6, centre=0.72),
        printed("CHỦ TỊCH", 0.62, centre=0.72),
        printed("Đậu Vĩnh Thịnh", 0.72, centre=0.72),
    )


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("1. Cấp cho: Ông Hà Hữu Chung", "Hà Hữu Chung"),
        ("1. Cấp cho: Bà Hà Thị Lan", "Hà Thị Lan"),
        ("1. Cấp cho: Ông (Bà) Trần Văn Đạt", "Trần Văn Đạt"),
    ],
)
def test_a_family_name_is_no_misread_form_of_address(rules: Rules, line: str, name: str) -> None:
    """“Cấp cho: Ông Hà …” is like “Cấp cho Ông (Bà) …”: Hà Hữu Chung's house was given to a Hữu Chung, silently."""
    assert _accepted(_only([_permit(line)], rules).fields)["applicant"] == name


def test_a_label_that_goes_on_to_its_colon_is_another_s(rules: Rules) -> None:
    """Its end would be taken for the owner's name."""
    made = _permit("Họ và tên cán bộ địa chính: Lý A Sáng", "Họ và tên: Tô Văn Thắng")
    assert _only([made], rules).fields["applicant"].value == "Tô Văn Thắng"


@pytest.mark.parametrize(
    ("line", "place"),
    [("Đăng ký lần đầu, ngày 03 tháng 02 năm 2021", None), ("Vinh, ngày 03 tháng 02 năm 2021", "Vinh")],
)
def test_words_in_small_letters_before_a_day_are_no_place(rules: Rules, line: str, place: str | None) -> None:
    """Certificates say what was done that day, not where."""
    field = _only([_permit("1. Cấp cho: Ông Hoàng Văn Bắc", date_line=line)], rules).fields.get("place")
    assert (field.value if field else None) == place


def _notice(*, number: object, date: object, issuer: Sequence[str] = ("ỦY BAN NHÂN DÂN", "XÃ EA KLY")) -> ReadPage:
    return page(
        *head(issuer=list(issuer), number=number, date=date),
        printed("THÔNG BÁO", 0.15, centre=0.53),
        printed("Kết luận cuộc họp", 0.17, centre=0.53),
        *body("Nội dung.", top=0.2),
        *signature("CHỦ TỊCH", name="Trần Hoàng Anh", top=0.4),
    )


def test_a_place_that_reaches_out_of_its_column_stays_whole(rules: Rules) -> None:
    """In wide type the date line is longer than the nation's name: Lạc is another place than Diên Lạc."""
    made = _notice(
        number="Số: 5/TB-UBND", date=[printed("Diên Lạc, ngày 09 tháng 5 năm 2022 .", 0.098, x=0.44, size=15)]
    )
    fields = _only([made], rules).fields
    assert (fields["place"].value, fields["number"].value) == ("Diên Lạc", "5/TB-UBND")


@pytest.mark.parametrize("place", ["Ea KIy", "Kly", "Éa Kiỷ"])
def test_a_place_that_is_not_quite_the_issuer_s_is_doubted(rules: Rules, place: str) -> None:
    """One of the two was misread, or a word of it is lost."""
    made = _notice(number="Số: 5/TB-UBND", date=f"{place}, ngày 09 tháng 5 năm 2022")
    assert _only([made], rules).fields["place"].status == "review"


def test_a_committee_is_borne_out_only_by_its_place_in_whole_words(rules: Rules) -> None:
    """Mỹ Câm is no part of Mỹ Cẩm, though its letters open it."""
    made = page(
        *head(issuer=["ỦY BAN NHÂN DÂN", "XÃ MỸ CÂM"], number="Số: 45/2021", date=None),
        printed("GIẤY KHAI SINH", 0.15, centre=0.53, size=16),
        printed("Nơi đăng ký khai sinh: Ủy ban nhân dân xã Mỹ Cẩm", 0.3, x=0.1),
    )
    assert _only([made], rules).fields["issuer"].status == "review"


def test_an_incoming_stamp_under_a_letter_s_subject_is_none_of_it(rules: Rules) -> None:
    """What the office that received it stamped there would be searched as what it is about."""
    made = page(
        *head(
            issuer=["ỦY BAN NHÂN DÂN", "XÃ EA KLY"], number="Số: 5/UBND-VP", date="Ea Kly, ngày 09 tháng 5 năm 2022"
        ),
        printed("V/v cấp nước sạch nông thôn", 0.14, centre=0.3),
        printed("TRUNG TÂM VĂN THƯ", 0.156, centre=0.3, size=10),
        printed("ĐẾN Số: 7216", 0.17, centre=0.3, size=10),
        printed("Kính gửi: Sở Tài chính", 0.24, centre=0.55),
        *body("Xã báo cáo.", top=0.27),
        *signature("CHỦ TỊCH", name="Trần Hoàng Anh", top=0.4),
    )
    subject = _only([made], rules).fields["subject"]
    assert (subject.value, subject.status) == ("V/v cấp nước sạch nông thôn", "review")  # the stamp may cover its end


@pytest.mark.parametrize(("at", "status"), [(0.712, "accepted"), (0.74, "review")])
def test_a_day_that_stands_alone_in_a_gap_was_written_into_it(rules: Rules, at: float, status: str) -> None:
    """However much it looks like print: offices leave room for the day, and whoever signs fills it in."""
    line = [
        printed("Ea Kly, ngày", 0.098, x=0.6),
        printed("09", 0.098, x=at),
        printed("tháng 5 năm 2022", 0.098, x=2 * at - 0.679),
    ]
    assert _only([_notice(number="Số: 5/TB-UBND", date=line)], rules).fields["date"].status == status


@pytest.mark.parametrize(
    ("number", "status"), [("0100109106", "accepted"), ("5168838740", "review"), ("51G8838740", "accepted")]
)
def test_a_register_s_letter_read_as_a_digit_makes_no_tax_code(rules: Rules, number: str, status: str) -> None:
    """51G8838740 without its letter would be another business's."""
    made = page(
        *head(issuer=["UBND HUYỆN BẢO YÊN", "PHÒNG TÀI CHÍNH - KẾ HOẠCH"], number=None, date=None),
        printed("GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH", 0.15, centre=0.53, size=15),
        printed(f"Số: {number}", 0.17, centre=0.53),
        printed("1. Tên hộ kinh doanh: SAO MAI", 0.22, x=0.14),
    )
    assert _only([made], rules).fields["number"].status == status


def test_a_subject_beside_which_ink_was_not_read_is_held(rules: Rules) -> None:
    """“cải cách hành chính quý III” must not become the report of some quarter."""
    made = _notice(number="Số: 5/TB-UBND", date="Ea Kly, ngày 09 tháng 5 năm 2022")
    word = next(line for line in made.lines if line.text == "Kết luận cuộc họp").words[-1].box
    ink = (Box(word.x1 + 12, word.y0, word.x1 + 20, word.y1), Box(word.x1 + 24, word.y0, word.x1 + 32, word.y1))
    held = replace(made, facts=replace(made.facts, left_over=ink))
    assert _only([made], rules).fields["subject"].status == "accepted"
    assert _only([held], rules).fields["subject"].status == "review"


@pytest.mark.parametrize(("number", "status"), [("1997/QĐ-UB", "review"), ("1996/QĐ-UB", "accepted")])
def test_a_number_that_is_the_date_s_year_may_have_lost_its_own(rules: Rules, number: str, status: str) -> None:
    """Of 2563/1997/QĐ-UB with 2563 by hand only the year is left."""
    made = page(
        *head(
            issuer=["ỦY BAN NHÂN DÂN", "TỈNH HÀ NAM"], number=f"Số: {number}", date="Hà Nam, ngày 09 tháng 5 năm 1997"
        ),
        printed("QUYẾT ĐỊNH", 0.15, centre=0.53),
    )
    assert _only([made], rules).fields["number"].status == status


def test_a_district_of_other_accents_is_not_made_a_province(rules: Rules) -> None:
    """Phù Yên lies in Sơn La, Phú Yên by the sea."""
    date = "Phù Yên, ngày 09 tháng 5 năm 2022"
    own = _notice(issuer=["ỦY BAN NHÂN DÂN", "HUYỆN PHÙ YÊN"], number="Số: 5/TB-UBND", date=date)
    other = _notice(issuer=["UBND TỈNH SƠN LA", "SỞ Y TẾ"], number="Số: 5/TB-SYT", date=date)
    place = _only([own], rules).fields["place"]
    assert (place.value, place.status) == ("Phù Yên", "accepted")
    assert _only([other], rules).fields["place"].status == "review"


def test_a_district_s_name_is_no_misread_party_committee(rules: Rules) -> None:
    """HUYỆN TUY PHƯỚC is one letter from HUYỆN ỦY: its committee's name was cut off before it."""
    made = _notice(
        issuer=["ỦY BAN NHÂN DÂN", "HUYỆN TUY PHƯỚC"],
        number="Số: 5/TB-UBND",
        date="Tuy Phước, ngày 09 tháng 5 năm 2022",
    )
    assert _only([made], rules).fields["issuer"].value == "ỦY BAN NHÂN DÂN HUYỆN TUY PHƯỚC"
