"""SendGrid's event webhook: is it SendGrid that calls, and what does it tell?

What is signed is the timestamp's header and the body as it came, byte for byte: it is verified before anything is
parsed. The client library's own verifier knows no time, and raises on much that a stranger may send.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import orjson

from vocapp.adapters.mail.outgoing import masked
from vocapp.domain.delivery import LONGEST_DETAIL, LONGEST_KEY, Kind, Report, SuppressionReason, status_code

FUTURE = timedelta(minutes=10)
"""How far ahead of ours the sender's clock may be."""
OLDEST = timedelta(hours=72)
"""SendGrid tries again for a day. What is older is a replay, or tells nothing that still matters."""
LONGEST_SIGNATURE = 200
MAIL_ID = "vocapp_id"
"""The one argument we give a message."""

BY_MACHINE = "sg_machine_open"
"""True of an open that no person made; of one by a person it is false or is not there. Whatever else it is, is no word
for a person."""


class NotSigned(Exception):
    """Nobody who holds one of our keys' private halves sent this."""


def sent_at(*, keys: Sequence[str], signature: str | None, timestamp: str | None, body: bytes) -> datetime:
    """Return when a call was signed, by one of the `keys` (base64 of their DER form). Raise NotSigned for any other."""
    if not signature or not timestamp or len(signature) > LONGEST_SIGNATURE or not _DIGITS.fullmatch(timestamp):
        raise NotSigned("signature or timestamp is missing, or is none")
    try:
        signed = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise NotSigned("the signature is no base64") from None
    message = timestamp.encode() + body
    if not any(_is_of(key, signed, message) for key in keys):
        raise NotSigned("the signature is not of this body and timestamp")
    return datetime.fromtimestamp(int(timestamp), UTC)


def read_reports(body: bytes, *, now: datetime) -> tuple[list[Report], int]:
    """Return (what is told of messages, how many events tell nothing that we follow). Raise ValueError for no list."""
    events = orjson.loads(body)
    if not isinstance(events, list):
        raise ValueError("not a list of events")  # noqa: TRY004 (what is wrong is the text, as with no JSON at all)
    reports = [report for event in events if (report := _read(event, now)) is not None]
    return reports, len(events) - len(reports)


def _read(event: Any, now: datetime) -> Report | None:
    if not isinstance(event, dict) or not isinstance(name := event.get("event"), str):
        return None
    meaning = _meaning(name, event)
    if meaning is None:
        return None
    kind, suppresses = meaning
    return Report(
        key=_key(event),
        kind=kind,
        at=_time(event.get("timestamp"), now),
        mail_id=_mail_id(event),
        provider_id=_provider_id(event.get("sg_message_id")),
        address=_text(event.get("email")),
        suppresses=suppresses,
        detail=None if kind in _GOOD_NEWS else _detail(event),
    )


def _meaning(name: str, event: Mapping[str, Any]) -> tuple[Kind, SuppressionReason | None] | None:
    """Return what an event is to us, and why nobody may write to the address any more; None: nothing to us."""
    if name in {"processed", "deferred", "delivered"}:
        return cast("Kind", name), None
    if name == "open":  # some machines load the image of every mail: SendGrid says which, and nobody read those
        return ("opened", None) if event.get(BY_MACHINE, False) is False else None
    if name == "spamreport":
        return "complained", "complaint"
    if name in {"unsubscribe", "group_unsubscribe"}:
        return "unsubscribed", None
    if name == "bounce":
        code = status_code(str(event.get("status") or ""))
        if event.get("type") == "blocked" or (code is not None and code[0] == 4):
            return "blocked", None
        return "bounced", "bounce"
    if name == "dropped":
        why = str(event.get("reason") or "").casefold()
        if "unsubscribed" in why:  # from SendGrid's own list, to which this message went no further
            return "unwanted", None
        if _OUR_FAULT.search(why):
            return "dropped", None
        return "dropped", "complaint" if "spam report" in why else "bounce"
    return None


def _key(event: Mapping[str, Any]) -> str:
    given = event.get("sg_event_id")
    if isinstance(given, str) and 0 < len(given) <= LONGEST_KEY - 3 and given.isascii() and given.isprintable():
        return f"sg:{given}"
    return "sg#" + hashlib.sha256(orjson.dumps(event, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _mail_id(event: Mapping[str, Any]) -> UUID | None:
    """Find the id that we gave the message: its argument, else its Message-ID, which SendGrid calls `smtp-id`."""
    nested = [event.get(name) for name in ("custom_args", "unique_args")]
    given = [place.get(MAIL_ID) for place in (event, *nested) if isinstance(place, dict)]
    written = event.get("smtp-id")
    if isinstance(written, str):
        given.append(written.strip("<>").partition("@")[0])
    for one in given:
        if isinstance(one, str) and _UUID.fullmatch(one):
            return UUID(one)
    return None


def _provider_id(value: Any) -> str | None:
    """Return what SendGrid called the message when it took it: its later name goes on behind a dot."""
    if not isinstance(value, str):
        return None
    name = value.partition(".")[0]
    return name if _NAME.fullmatch(name) else None


def _detail(event: Mapping[str, Any]) -> str | None:
    said = [event.get("status"), event.get("reason") or event.get("response")]
    line = masked(" ".join(str(one) for one in said if isinstance(one, str)).replace("\0", ""))
    return line[:LONGEST_DETAIL] or None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 320 and "\0" not in value else None


def _time(value: Any, now: datetime) -> datetime:
    """Read an event's time; what is no time, or is to come, is now."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < now.timestamp():
        return datetime.fromtimestamp(value, UTC)
    return now


def _is_of(key: str, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        public = load_der_public_key(base64.b64decode(key, validate=True))
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


_DIGITS = re.compile(r"\d{1,11}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_GOOD_NEWS = frozenset({"processed", "delivered", "opened"})
_OUR_FAULT = re.compile(r"quota|credit|spam content|smtpapi|header|template|sender|content")
"""Reasons for which SendGrid drops a message without a word about its address."""
