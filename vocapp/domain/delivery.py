"""What became of a message after it left: the provider's words as ours, and what each of them means.

Reports come late, many times, and in any order. So each is judged by what it says, never by when it came: of two, the
one with the higher rank stands (`delivered` is never written over `bounced`), and of two reasons against an address
the graver one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

Kind: TypeAlias = Literal[
    "processed",
    "deferred",
    "delivered",
    "opened",
    "blocked",
    "dropped",
    "bounced",
    "complained",
    "unsubscribed",
    "unwanted",
]
SuppressionReason: TypeAlias = Literal["manual", "bounce", "complaint"]

LONGEST_KEY = 100
LONGEST_DETAIL = 300

FAILED: frozenset[str] = frozenset({"blocked", "dropped", "bounced"})
"""The message reached nobody."""

OBJECTIONS: frozenset[str] = frozenset({"unsubscribed", "unwanted"})
"""Their person wants no more of us: said to the message, or before it, so that the provider delivered it to nobody."""

_RANKS = {"processed": 1, "deferred": 2, "delivered": 3, "blocked": 4, "dropped": 5, "bounced": 6}
_IMPLIES = {"opened": "delivered", "complained": "delivered", "unsubscribed": "delivered", "unwanted": "dropped"}
_GRAVITY = {"manual": 1, "bounce": 2, "complaint": 3}
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that was told of one message. The address is only compared, and never kept."""

    key: str
    """The teller's own id of it: the same again changes nothing."""
    kind: Kind
    at: datetime
    mail_id: UUID | None
    """What we gave the message as its id; None: none of ours came back."""
    provider_id: str | None = None
    address: str | None = None
    suppresses: SuppressionReason | None = None
    detail: str | None = None


def further(standing: str | None, kind: str) -> str:
    """Return which of two states of a message stands, whichever of them was heard of first."""
    told = _IMPLIES.get(kind, kind)
    return told if _RANKS[told] > _RANKS.get(standing or "", 0) else str(standing)


def graver(standing: str | None, reason: str) -> str:
    """Return which of two reasons against an address stands."""
    return reason if _GRAVITY.get(reason, 0) > _GRAVITY.get(standing or "", 0) else str(standing)


def status_code(text: str) -> tuple[int, int, int] | None:
    """Find an enhanced status code (RFC 3463) in a text."""
    found = _STATUS.search(text)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def is_dead_address(code: tuple[int, int, int]) -> bool:
    """Say whether a status code (RFC 3463) means that no mail will ever reach this address.

    Temporary codes don't, nor a full mailbox (5.2.2), a message that is too long or not liked (5.3, 5.6), a policy or
    a reputation (5.7): another message may well arrive. What is wrong with the sender's address (5.1.7, 5.1.8) is ours.
    """
    kind, subject, detail = code
    if kind != 5:
        return False
    if subject == 1:
        return detail not in {7, 8, 9}
    return (subject, detail) in {(0, 0), (2, 0), (2, 1), (4, 4)}
