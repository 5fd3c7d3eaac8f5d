"""A mail as bytes (RFC 5322, MIME), written by hand.

The standard library's modern policy takes over 4 ms a message and folds long links in headers into encoded words,
which breaks List-Unsubscribe; what a text, an HTML part and a file need is short. Tests read it back with that library.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from email.utils import format_datetime

from vocapp.adapters.mail.outgoing import Attachment, OutgoingMail, wire_address

LONGEST_LINE = 990
"""Bytes in a line that is sent as it stands; SMTP allows 998."""


def as_bytes(mail: OutgoingMail, *, sent_at: datetime, eight_bit: bool = True) -> bytes:
    """Return the whole message with CRLF line ends; without `eight_bit`, text beyond ASCII goes quoted-printable."""
    headers = [
        ("From", _mailbox(mail.sender_name, mail.sender_address)),
        ("To", _mailbox(mail.to_name, mail.to_address)),
        ("Subject", _words(mail.subject, first=len("Subject: "))),
        ("Date", format_datetime(sent_at)),
        ("Message-ID", mail.message_id_header),
        ("Content-Language", mail.language),
        *(
            (name, value if _plain(value) else _words(value, first=len(name) + 2))
            for name, value in mail.headers.items()
        ),
        ("MIME-Version", "1.0"),
    ]
    about, body = _content(mail, eight_bit=eight_bit)
    if not mail.attachments:
        return _block([*headers, *about], body)
    boundary = f"=_{mail.message_id.hex}_files"
    parts = [_block(about, body), *map(_file, mail.attachments)]
    whole = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts)
    kind = ("Content-Type", f'multipart/mixed; boundary="{boundary}"')
    encodings = [(name, value) for name, value in about if (name, value) == ("Content-Transfer-Encoding", "8bit")]
    return _block([*headers, kind, *encodings], whole + b"--%s--\r\n" % boundary.encode())


def needs_smtputf8(mail: OutgoingMail) -> bool:
    """Tell whether an address stays beyond ASCII even with its domain in IDNA."""
    return not (wire_address(mail.to_address).isascii() and wire_address(mail.sender_address).isascii())


def _content(mail: OutgoingMail, *, eight_bit: bool) -> tuple[list[tuple[str, str]], bytes]:
    """Return (the headers of what is said, itself): one text, or text and HTML."""
    text, text_encoding = _body(mail.text, eight_bit=eight_bit)
    if mail.html is None:
        return _about("plain", text_encoding), text
    html, html_encoding = _body(mail.html, eight_bit=eight_bit)
    boundary = f"=_{mail.message_id.hex}"
    mark = b"--" + boundary.encode()
    parts = [
        *(mark, b"\r\n", _block(_about("plain", text_encoding), text), b"\r\n"),
        *(mark, b"\r\n", _block(_about("html", html_encoding), html), b"\r\n"),
        *(mark, b"--\r\n"),
    ]
    about = [("Content-Type", f'multipart/alternative; boundary="{boundary}"')]
    if "8bit" in {text_encoding, html_encoding}:
        about.append(("Content-Transfer-Encoding", "8bit"))
    return about, b"".join(parts)


def _file(file: Attachment) -> bytes:
    """Return a file as a part, in lines of 76 characters."""
    headers = [
        ("Content-Type", f'{file.media_type}; name="{file.name}"'),
        ("Content-Disposition", f'attachment; filename="{file.name}"'),
        ("Content-Transfer-Encoding", "base64"),
    ]
    return _block(headers, base64.encodebytes(file.content).replace(b"\n", b"\r\n"))


def _block(headers: list[tuple[str, str]], body: bytes) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + b"\r\n" + body


def _about(subtype: str, encoding: str) -> list[tuple[str, str]]:
    return [("Content-Type", f"text/{subtype}; charset=utf-8"), ("Content-Transfer-Encoding", encoding)]


def _mailbox(name: str | None, address: str) -> str:
    address = wire_address(address)
    name = " ".join((name or "").split())
    if not name:
        return address
    if _plain(name) and len(name) <= LONGEST_LINE // 2:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>' if _SPECIAL.search(name) else f"{name} <{address}>"
    return f"{_words(name, first=len('From: '))} <{address}>"


def _words(value: str, *, first: int) -> str:
    """Unstructured text as it stands if it can, else as encoded words (RFC 2047), none over 75 characters."""
    if _plain(value) and len(value) + first <= LONGEST_LINE:
        return value
    chunks: list[bytes] = [b""]
    for character in value:
        encoded = character.encode("utf-8", "replace")
        if len(chunks[-1]) + len(encoded) > (_MOST_BYTES - first if len(chunks) == 1 else _MOST_BYTES):
            chunks.append(b"")
        chunks[-1] += encoded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(chunk).decode()}?=" for chunk in chunks if chunk)


def _body(text: str, *, eight_bit: bool) -> tuple[bytes, str]:
    lines = text.encode("utf-8", "replace").splitlines()
    data = b"\r\n".join(lines) + b"\r\n"
    if all(len(line) <= LONGEST_LINE for line in lines):
        if data.isascii():
            return data, "7bit"
        if eight_bit:
            return data, "8bit"
    return binascii.b2a_qp(data, istext=True), "quoted-printable"


def _plain(value: str) -> bool:
    """Tell whether a header can hold the text unchanged: printable ASCII that nobody takes for an encoded word."""
    return value.isascii() and value.isprintable() and "=?" not in value and value == value.strip()


_MOST_BYTES = 45
_SPECIAL = re.compile(r"[^A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]")
