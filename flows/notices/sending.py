"""Sends notices: e-mail over SMTP, and a signed POST to a webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.utils import formatdate

from flows.installation import Installation
from flows.unattended_settings import NoticeSettings
from storage.notices import Notice, claim_notices, note_sent, note_unsent

SECONDS = 20.0  # that a server may be silent


def send_waiting(house: Installation) -> int:
    """Send what waits; how many were taken. What is not taken is tried again later."""
    sent = 0
    while True:
        with house.database.transaction() as session:
            notices = claim_notices(session)
        if not notices:
            return sent
        for notice in notices:
            error = _send(notice, house.settings.notices)
            sent += error is None
            with house.database.transaction() as session:
                if error is None:
                    note_sent(session, notice.id)
                else:
                    note_unsent(session, notice.id, error)


def _send(notice: Notice, settings: NoticeSettings) -> str | None:
    """Why it was not taken; None where it was."""
    try:
        if notice.channel == "email":
            _mail(notice, settings)
        else:
            _post(notice, settings)
    except (OSError, smtplib.SMTPException, urllib.error.URLError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def message_of(notice: Notice, sender: str) -> EmailMessage:
    """The e-mail: plain text, UTF-8. The same notice has the same Message-ID, so that a second one is known."""
    message = EmailMessage()
    message["Subject"] = notice.subject
    message["From"] = sender
    message["To"] = notice.address
    message["Date"] = formatdate(notice.created_at.timestamp())
    domain = sender.rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<sohoa-{hashlib.sha256(notice.key.encode()).hexdigest()[:24]}-{notice.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(notice.body + "\n")
    return message


def _mail(notice: Notice, settings: NoticeSettings) -> None:
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SECONDS)
    with server:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message_of(notice, settings.sender))


def _post(notice: Notice, settings: NoticeSettings) -> None:
    said = {"id": notice.id, "kind": notice.kind, "key": notice.key, "subject": notice.subject, "text": notice.body}
    body = json.dumps(said, ensure_ascii=False).encode()
    at = str(int(time.time()))
    secret = settings.webhook_secret.get_secret_value()
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "sohoa-notices",
        "X-Sohoa-Timestamp": at,
        "X-Sohoa-Signature": signature,
    }
    if not notice.address.startswith(("http://", "https://")):
        raise ValueError("notices.webhook_url must begin with https://")
    request = urllib.request.Request(notice.address, data=body, headers=headers, method="POST")  # noqa: S310  (checked)
    with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310  (checked; errors above 299 are raised)
        return
