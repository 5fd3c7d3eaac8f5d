"""Mail out of the house: files, SMTP or SendGrid behind one `Mailer`. `make_mailer` picks; `fake.py` is for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from vocapp.adapters.mail.outgoing import (
    Attachment,
    MailBlocked,
    MailDeferred,
    Mailer,
    MailError,
    MailOutcomeUnknown,
    MailRefused,
    OutgoingMail,
    Receipt,
)

__all__ = [
    "Attachment",
    "MailBlocked",
    "MailDeferred",
    "MailError",
    "MailOutcomeUnknown",
    "MailRefused",
    "Mailer",
    "OutgoingMail",
    "Receipt",
    "make_mailer",
]


def make_mailer(
    *,
    backend: str,
    outbox_dir: Path,
    smtp_url: str | None = None,
    sendgrid_api_key: str | None = None,
    sendgrid_host: str | None = None,
    return_path: Callable[[UUID], str] | None = None,
) -> Mailer:
    """Return the mailer that the settings ask for. Raise ValueError, in plain words, where a setting is missing.

    `return_path` says where a message sent by SMTP comes back to, by its id.

    The imports stand inside: SendGrid's client alone costs a web process more than the rest of this package.
    """
    if backend == "files":
        from vocapp.adapters.mail.files import FilesMailer

        return FilesMailer(outbox_dir)
    if backend == "smtp":
        from vocapp.adapters.mail.smtp import SmtpMailer
        from vocapp.adapters.mail.smtp_server import read_smtp_url

        if not smtp_url:
            raise ValueError(
                "MAIL_BACKEND=smtp needs SMTP_URL, such as smtp://user:password@mail.example.com:587?starttls=1"
            )
        return SmtpMailer(read_smtp_url(smtp_url), return_path=return_path)
    if backend == "sendgrid":
        from vocapp.adapters.mail.sendgrid import DEFAULT_HOST, SendGridMailer

        if not sendgrid_api_key:
            raise ValueError("MAIL_BACKEND=sendgrid needs SENDGRID_API_KEY")
        return SendGridMailer(api_key=sendgrid_api_key, host=sendgrid_host or DEFAULT_HOST)
    raise ValueError(f"MAIL_BACKEND must be files, smtp or sendgrid, not {backend!r}")
