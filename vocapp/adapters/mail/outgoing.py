"""What a mail is on its way out, what comes back, and the four ways in which sending can go wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Protocol
from uuid import UUID

import idna

LONGEST_DETAIL = 300


class MailError(Exception):
    """Root of what a mailer raises: MailRefused, MailDeferred, MailBlocked, MailOutcomeUnknown.

    `detail` is one line for staff and logs; mail addresses in it are masked, for providers like to echo them.
    """

    def __init__(self, detail: str) -> None:
        self.detail = masked(detail)
        super().__init__(self.detail)


class MailRefused(MailError):
    """This message can never go: the address or the message itself was turned down for good."""


class MailDeferred(MailError):
    """Certainly not sent; another attempt may succeed, after `retry_after` seconds where the peer named them."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class MailBlocked(MailError):
    """Certainly not sent, and no other message would go either: credentials or sender were turned down."""


class MailOutcomeUnknown(MailError):
    """The message was handed over whole and no verdict came back: it may have left, so it is never sent again."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    name: str
    """ASCII: letters, digits, dots and hyphens."""
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One message to one person. Raise MailRefused (recipient, subject) or MailBlocked (sender) if it can't be one."""

    message_id: UUID
    """Of the invitation or notice it carries; the same in every attempt."""
    to_address: str
    to_name: str | None
    sender: str
    """`Name <address>` or a bare address."""
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers; who writes, to whom, when, in which language and in which form is not theirs to say."""
    language: str = "en"
    attachments: tuple[Attachment, ...] = ()
    tracks_opens: bool = False
    """The provider is to tell who opens it, if it can."""

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.to_address):
            raise MailRefused("the recipient's address can't be written into a mail")
        if not _ADDRESS.fullmatch(self.sender_address):
            raise MailBlocked("the sender (MAIL_FROM) is not of the form “Name <address>”")
        if any(_CONTROL.search(line) for line in (self.subject, self.to_name or "", self.sender, self.language)):
            raise MailRefused("a header of the mail holds a line break or control character")
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS or _CONTROL.search(value):
                raise MailRefused(f"the mail can't carry the header {name!r}")
        if any(not _FILE_NAME.fullmatch(file.name) for file in self.attachments):
            raise MailRefused("the mail can't carry a file of this name")

    @property
    def sender_name(self) -> str | None:
        return parseaddr(self.sender)[0] or None

    @property
    def sender_address(self) -> str:
        return parseaddr(self.sender)[1]

    @property
    def message_id_header(self) -> str:
        return f"<{self.message_id}@{wire_address(self.sender_address).rpartition('@')[2]}>"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The peer took the message over. `provider_message_id` is its own name for it, if it told one."""

    provider_message_id: str | None = None


class Mailer(Protocol):
    """A way out for mail."""

    def send(self, mail: OutgoingMail) -> Receipt:
        """Hand one message over, within 30 seconds in all. Raise one of the four MailErrors."""
        ...

    def left(self, mail_id: UUID) -> bool | None:
        """Tell whether the message of a crashed attempt really left; None where this way out can't know."""
        ...

    def forget(self, mail_ids: Collection[UUID]) -> None:
        """Delete what is kept here of these messages; what has left, has left."""
        ...


def wire_address(address: str) -> str:
    """Return the address with its domain in ASCII (IDNA 2008). Raise MailRefused for a domain that has no such form."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        raise MailRefused("the domain of the address can't be written in ASCII") from None


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(
    '[^\\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>(),;:"\\[\\]@\\\\]{1,64}@[^\\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>(),;:"\\[\\]@\\\\]{1,255}'
)
_HEADER_NAME = re.compile("[A-Za-z][A-Za-z0-9-]{0,60}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")
_OURS = frozenset(
    {
        "from", "to", "cc", "bcc", "subject", "date", "message-id", "content-language",
        "mime-version", "content-type", "content-transfer-encoding",
    }
)  # fmt: skip
_ANY_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


def masked(detail: str) -> str:
    """Return one line without any mail address, short enough for a row and a log."""
    return _ANY_ADDRESS.sub("<address>", " ".join(detail.split()))[:LONGEST_DETAIL]
