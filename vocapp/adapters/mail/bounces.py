"""Mails that come back: delivery status notifications (RFC 3464) and complaints of mailbox providers (RFC 5965).

Anybody may write to a bounce mailbox. So nothing in such a mail counts but what we issued ourselves: the signed return
path it came to, or the Message-ID (an id that nobody can guess) among the headers that came back. Whoever has those has
our mail, and can do no more with them than end the mail to its one address.
"""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email.errors import MessageError
from email.message import Message
from uuid import UUID

from vocapp.adapters.mail.outgoing import masked
from vocapp.domain.delivery import LONGEST_DETAIL, Kind, Report, SuppressionReason, is_dead_address, status_code
from vocapp.domain.links import read_return_path

LARGEST_BYTES = 5_000_000
_CAME_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_MOST_PARTS = 20
_MESSAGE_ID = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@", re.ASCII)
_POLICY = re.compile(r"spam|block|policy|reputation|blacklist|denied|reject|rate|too many|quota|full", re.IGNORECASE)
"""What a server says that means the message or its sender, and not the address, where its code says nothing."""


def read_bounce(raw: bytes, *, secret: bytes, now: datetime) -> Report | None:
    """Return what a mail tells of one of ours; None: it tells nothing, or of no mail that we can know for ours."""
    try:
        return _read(email.message_from_bytes(raw[:LARGEST_BYTES]), secret, now)
    except (MessageError, ValueError, LookupError, RecursionError, AttributeError, TypeError):
        return None  # the parser gives up on what no mail server ever wrote


def _read(message: Message, secret: bytes, now: datetime) -> Report | None:
    parts = _parts(message)
    told = next(filter(None, map(_meaning, parts)), None)
    mail_id = _mail_id(message, parts, secret)
    if told is None or mail_id is None:
        return None
    kind, suppresses, address, detail = told
    return Report(
        key="dsn#" + hashlib.sha256(f"{mail_id} {kind} {suppresses}".encode()).hexdigest(),
        kind=kind,
        at=now,
        mail_id=mail_id,
        address=address,
        suppresses=suppresses,
        detail=masked(detail.replace("\0", ""))[:LONGEST_DETAIL] or None,
    )


def _parts(message: Message) -> list[Message]:
    """Return the parts of a report; of what came back inside it, none."""
    payload = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(payload, list):
        return []
    return [part for part in payload[:_MOST_PARTS] if isinstance(part, Message)]


def _meaning(part: Message) -> tuple[Kind, SuppressionReason | None, str | None, str] | None:
    """Return (what a part tells, why nobody may write there any more, the address as we wrote it, its words)."""
    kind = part.get_content_type()
    if kind == "message/feedback-report":
        said = next(_blocks(part), None)
        abuse = said is not None and _field(said, "Feedback-Type").casefold() in {"abuse", "fraud"}
        return ("complained", "complaint", None, "") if abuse else None
    if kind not in {"message/delivery-status", "message/global-delivery-status"}:
        return None
    for block in _blocks(part):
        action = _field(block, "Action").casefold()
        detail = f"{_field(block, 'Status')} {_field(block, 'Diagnostic-Code')}"
        address = _address(_field(block, "Original-Recipient"))
        if action == "delayed":
            return "deferred", None, address, detail
        if action == "failed":
            dead = _is_dead(_field(block, "Status"), _field(block, "Diagnostic-Code"))
            return ("bounced", "bounce", address, detail) if dead else ("blocked", None, address, detail)
    return None


def _is_dead(status: str, diagnostic: str) -> bool:
    code, said = status_code(status), status_code(diagnostic)
    if code is None or code[1:] == (0, 0):  # the server's own words say more
        code = said or code
    if code is None:
        return False
    return is_dead_address(code) and not (code[1:] == (0, 0) and _POLICY.search(diagnostic))


def _blocks(part: Message) -> Iterator[Message]:
    """Give the groups of fields in a report's part: the parser makes messages without a body of them."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))
    elif isinstance(payload, str):
        yield from (email.message_from_string(block) for block in payload.split("\n\n"))


def _mail_id(message: Message, parts: list[Message], secret: bytes) -> UUID | None:
    for name in _CAME_TO:
        for value in message.get_all(name, []):
            found = read_return_path(secret, str(value))
            if found is not None:
                return found
    for part in parts:
        returned = _returned(part)
        match = _MESSAGE_ID.search(_field(returned, "Message-ID")) if returned is not None else None
        if match is not None:
            return UUID(match[1])
    return None


def _returned(part: Message) -> Message | None:
    """Return the headers of our own mail, if it is in this part."""
    kind = part.get_content_type()
    if kind in {"message/rfc822", "message/global"}:
        return next(_blocks(part), None)
    if kind in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
        payload = part.get_payload(decode=True)
        return email.message_from_bytes(payload) if isinstance(payload, bytes) else next(_blocks(part), None)
    return None


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name) or "").split())


def _address(value: str) -> str | None:
    """Read `rfc822; ada@example.test`."""
    address = value.partition(";")[2].strip().strip("<>")
    return address if "@" in address and len(address) <= 320 else None
