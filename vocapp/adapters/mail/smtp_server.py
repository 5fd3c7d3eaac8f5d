"""SMTP_URL, read: where to send, as whom, and under which encryption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to send, and as whom."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"] = "none"
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:  # the password stays out of tracebacks and logs
        return f"SmtpServer({self.host}:{self.port}, {self.security})"


def read_smtp_url(url: str) -> SmtpServer:
    """Read smtp://user:password@host:port, smtps://… or …?starttls=1. Raise ValueError in plain words."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("SMTP_URL has a port that is no number") from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError(
            "SMTP_URL must look like smtp://user:password@host:587?starttls=1 or smtps://user:password@host"
        )
    starttls = parse_qs(parts.query).get("starttls", ["0"])[-1].lower() in {"1", "true", "yes"}
    security: Literal["none", "starttls", "tls"] = (
        "tls" if parts.scheme == "smtps" else "starttls" if starttls else "none"
    )
    return SmtpServer(
        host=parts.hostname,
        port=port or {"tls": 465, "starttls": 587, "none": 25}[security],
        security=security,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
