"""Notices to people: once each, readable, and sent again until somebody takes them."""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json
import re
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import update

from flows.installation import opened
from flows.notices.sending import send_waiting
from flows.notices.telling import tell, tell_of_disk, tell_of_fixity
from flows.notices.words import WORDS, Kind, worded
from flows.watching.notes import NOTES, failed_note
from ocr import errors as ocr_errors
from storage.fixity import FixityReport
from storage.notices import MOST_ATTEMPTS, find_notices, unsent_notices
from storage.records.unattended_models import NoticeTable
from tests.flows.conftest import House


@dataclass(slots=True)
class Mailbox:
    """A mail server that keeps what it is given."""

    port: int
    messages: list[EmailMessage] = field(default_factory=list)
    refuse: bool = False


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """As much of RFC 5321 as smtplib asks for."""
    box = Mailbox(port=0)

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 mailbox")
            while line := self.rfile.readline().decode().strip():
                word = line.split(":")[0].split()[0].upper()
                if word == "DATA":
                    self._take()
                elif word == "QUIT":
                    self._say("221 bye")
                    return
                elif word == "MAIL" and box.refuse:
                    self._say("451 come back later")
                else:
                    self._say("250 8BITMIME" if word == "EHLO" else "250 ok")

        def _take(self) -> None:
            self._say("354 go on")
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            box.messages.append(message)
            self._say("250 taken")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join()


def told(house: House, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, **more: str) -> House:
    """The house with two people to be told."""
    values = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mailbox.port),
        "SMTP_SECURITY": "none",
        "SENDER": "sohoa@tinh.example.vn",
        "RECIPIENTS": '["lan@tinh.example.vn", "hung@tinh.example.vn"]',
        **more,
    }
    for name, value in values.items():
        monkeypatch.setenv(f"SOHOA_NOTICES__{name}", value)
    return house


def test_everybody_is_told_once_in_vietnamese(
    house: House, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who gets the same e-mail forty times stops reading them, the forty-first too."""
    told(house, mailbox, monkeypatch)
    with opened(house.settings()) as inside:
        for _ in range(3):
            tell(inside, Kind.SAMPLE_DUE, "b:1", batch="20261124-1", size=10, lot=87)
            send_waiting(inside)
    assert sorted(one["To"] for one in mailbox.messages) == ["hung@tinh.example.vn", "lan@tinh.example.vn"]
    message = mailbox.messages[0]
    assert message["Subject"] == "Kiểm tra mẫu: lô 20261124-1 đang chờ người kiểm tra"
    assert "10 trang trong 87 trang" in message.get_content()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@tinh.example.vn>")


def test_a_mail_server_that_is_away_delays_and_loses_nothing(
    house: House, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alarm that was lost because the mail server was restarted is none."""
    told(house, mailbox, monkeypatch)
    mailbox.refuse = True
    with opened(house.settings()) as inside:
        tell(inside, Kind.SAMPLE_DUE, "b:1", batch="b", size=1, lot=1)
        assert send_waiting(inside) == 0
        assert unsent_notices_of(inside) == (2, 0)
        mailbox.refuse = False
        assert send_waiting(inside) == 0  # each has its pause
        _let_pauses_end(inside)
        assert send_waiting(inside) == 2
        assert unsent_notices_of(inside) == (0, 0)
        tell(inside, Kind.SAMPLE_DUE, "b:2", batch="b", size=1, lot=1)
        mailbox.refuse = True
        for _ in range(MOST_ATTEMPTS):
            _let_pauses_end(inside)
            send_waiting(inside)
        assert unsent_notices_of(inside) == (0, 2)  # given up, where `sohoa status` shows it
    assert len(mailbox.messages) == 2


def unsent_notices_of(inside) -> tuple[int, int]:
    with inside.database.reading() as session:
        return unsent_notices(session)


def _let_pauses_end(inside) -> None:
    with inside.database.transaction() as session:
        session.execute(update(NoticeTable).values(not_before=NoticeTable.created_at))


def test_a_webhook_gets_a_signed_notice(house: House, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can post an alarm could call people off with a false one."""
    taken: list[tuple[dict[str, str], bytes]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        told(house, mailbox, monkeypatch, SMTP_HOST="", WEBHOOK_URL=url, WEBHOOK_SECRET="khoá")
        with opened(house.settings()) as inside:
            report = FixityReport(read=2, bytes=2, mended=(), damaged=("a",), missing=("b",), total=2, oldest=None)
            tell_of_fixity(inside, report)
            tell_of_fixity(inside, report)  # the same finding the night after is no news
            assert send_waiting(inside) == 1
        server.shutdown()
        thread.join()
    ((headers, body),) = taken
    signed = f"{headers['X-Sohoa-Timestamp']}.".encode() + body
    assert headers["X-Sohoa-Signature"] == hmac.new("khoá".encode(), signed, hashlib.sha256).hexdigest()
    said = json.loads(body)
    assert said["kind"] == "fixity_alarm"
    assert said["subject"] == "CẢNH BÁO: 2 tệp lưu trữ bị hỏng hoặc mất"


def test_a_full_disk_is_told_of_once_a_day(house: House, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk stops everything; told every five minutes it is switched off by whoever gets the mail."""
    told(house, mailbox, monkeypatch, DISK_GIB="1e9")
    with opened(house.settings()) as inside:
        assert tell_of_disk(inside)
        assert tell_of_disk(inside)
        with inside.database.reading() as session:
            assert len(find_notices(session)) == 2  # one for each of the two people
    monkeypatch.setenv("SOHOA_NOTICES__DISK_GIB", "0")
    with opened(house.settings()) as inside:
        assert not tell_of_disk(inside)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_notice_can_be_filled_in(kind: Kind) -> None:
    """A notice that fails for a missing value is missed exactly when it is needed."""
    names = set(re.findall(r"\{(\w+)\}", WORDS[kind].subject + WORDS[kind].body))
    subject, body = worded(kind, **dict.fromkeys(names, "x"))
    assert "{" not in subject + body


def test_every_error_of_a_scan_has_a_note_for_clerks() -> None:
    """A clerk who gets `KeyError` puts the paper back into the pile."""
    kinds = [
        error.__name__ for error in (*ocr_errors.ScanError.__subclasses__(), *ocr_errors.PdfError.__subclasses__())
    ]
    assert [kind for kind in kinds if kind not in NOTES] == []
    note = failed_note("DamagedFile", "hỏng.pdf", technical=["page 2: xref"])
    assert note.startswith("\ufeff")
    assert all(line in note.split("\r\n") for line in ("Tệp: hỏng.pdf", "Dành cho người quản trị:", "- page 2: xref"))


def test_a_note_beside_an_archive_says_of_each_file_in_it_what_happened() -> None:
    """A clerk reads Vietnamese; the program's own words are for whoever runs it."""
    note = failed_note("InArchive", "gói.zip", members=[("hộp 1/a.pdf", "PasswordNeeded"), ("b.pdf", "Unheard")])
    lines = note.split("\r\n")
    assert f"- hộp 1/a.pdf: {NOTES['PasswordNeeded'].happened}" in lines
    assert f"- b.pdf: {NOTES['Unexplained'].happened}" in lines
    assert "Dành cho người quản trị:" not in lines
