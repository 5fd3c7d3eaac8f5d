"""Links that nobody can guess: a token is a row's id and a truncated HMAC, one per purpose, derivable again.

    token = base64url( key version (1 byte) · UUID (16) · HMAC-SHA256(secret, version · purpose · UUID) cut to 16 )

128 bits of MAC; the key version lets a secret be changed while old links still open.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from typing import Literal, TypeAlias
from uuid import UUID

Purpose: TypeAlias = Literal["survey", "unsubscribe", "preferences", "callback", "report", "dashboard"]
"""All are of invitations, but for `report` (a member's subscription, by which they leave it) and `dashboard`."""

KEY_VERSION = 1
TOKEN_LENGTH = 44
_MAC_BYTES = 16
_SHORT_MAC_BYTES = 8
"""A local part has 64 characters: 64 bits of MAC, to be guessed by sending mail, one guess a mail."""
_RETURN_TOKEN = re.compile(r"\+([a-z2-7]{39})@", re.IGNORECASE | re.ASCII)


def make_token(secret: bytes, purpose: Purpose, invitation_id: UUID) -> str:
    """Make the token of one invitation for one purpose: 44 characters, safe in a URL."""
    head = bytes((KEY_VERSION,)) + invitation_id.bytes
    return urlsafe_b64encode(head + _mac(secret, purpose, head)).decode().rstrip("=")


def read_token(secret: bytes, purpose: Purpose, token: str) -> UUID | None:
    """Return the invitation's id, or None for anything that we did not make for this purpose."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token)
    except ValueError:
        return None
    head, mac = raw[:17], raw[17:]
    if len(raw) != 17 + _MAC_BYTES or head[0] != KEY_VERSION:
        return None
    if not hmac.compare_digest(mac, _mac(secret, purpose, head)):
        return None
    if urlsafe_b64encode(raw).decode() != token:  # another spelling of the same bytes is an altered link
        return None
    return UUID(bytes=head[1:])


def make_return_path(secret: bytes, mailbox: str, mail_id: UUID) -> str:
    """Return where a message is to come back to: `bounces+TOKEN@…`, a token that survives a change of case."""
    local, _, domain = mailbox.rpartition("@")
    token = b32encode(mail_id.bytes + _mac(secret, "return", mail_id.bytes)[:_SHORT_MAC_BYTES])
    return f"{local}+{token.decode().rstrip('=').lower()}@{domain}"


def read_return_path(secret: bytes, text: str) -> UUID | None:
    """Find a return path that we made in a header, and return its message's id."""
    for token in _RETURN_TOKEN.findall(text):
        raw = b32decode(token.upper() + "=")
        mail_id, mac = raw[:16], raw[16:]
        if hmac.compare_digest(mac, _mac(secret, "return", mail_id)[:_SHORT_MAC_BYTES]):
            return UUID(bytes=mail_id)
    return None


def contact_key(secret: bytes, address: str) -> str:
    """Return the keyed hash by which an address is known: 64 hex digits; the same for `A@x.fr` and `a@X.fr `."""
    normalised = address.strip().casefold().encode()
    return hmac.new(secret, b"contact\0" + normalised, hashlib.sha256).hexdigest()


def contact_key_without_address(secret: bytes, customer_id: UUID) -> str:
    """Return the key that stands for a customer who has no address."""
    return hmac.new(secret, b"customer\0" + customer_id.bytes, hashlib.sha256).hexdigest()


def external_key(secret: bytes, external_id: str) -> str:
    """Return the keyed hash by which an erased person's outside id is known: 64 hex digits."""
    return hmac.new(secret, b"external\0" + external_id.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def event_key(secret: bytes, event_id: str) -> str:
    """Return the keyed hash by which an event of an erased person is known, by the teller's id: 64 hex digits."""
    return hmac.digest(secret, b"event\0" + event_id.encode("utf-8", "surrogatepass"), "sha256").hex()


def order_key(secret: bytes, order_id: str) -> str:
    """Return the keyed hash by which an order of an erased person is known, by the teller's id: 64 hex digits."""
    return hmac.digest(secret, b"order\0" + order_id.encode("utf-8", "surrogatepass"), "sha256").hex()


def _mac(secret: bytes, purpose: str, head: bytes) -> bytes:
    return hmac.digest(secret, purpose.encode() + b"\0" + head, "sha256")[:_MAC_BYTES]
