"""The words of the frame around every page."""

from __future__ import annotations

WORDS = {
    "base.name": ("Sohoa", "Sohoa"),
    "base.skip": ("Đến nội dung chính", "Skip to content"),
    "base.menu": ("Công việc", "Work"),
    "base.sign_out": ("Đăng xuất", "Sign out"),
    "base.sign_in": ("Đăng nhập", "Sign in"),
    "base.province": ("toàn tỉnh", "whole province"),
    "base.language": ("Ngôn ngữ", "Language"),
    "base.problem.home": ("Về trang đầu", "To the first page"),
    "base.problem.code": ("Mã để báo quản trị viên", "Code to tell the administrator"),
    "base.empty.title": ("Chưa có việc nào cho tài khoản này", "No work for this account yet"),
    "base.empty.advice": (
        "Xin quản trị viên giao vai trò cho tài khoản.",
        "Ask the administrator to give the account a role.",
    ),
}
