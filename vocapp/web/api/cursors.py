"""Opaque signed cursors, bound to the workspace, the route and the filters they were given for.

A view says `call.position()` for where its reader stands (any JSON value it made itself, None at the start) and
`call.cursor(position)` for the next one. Both are thin over `read` and `sign` here.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from vocapp.web.problems import Problem

LONGEST = 2000
_MAC_BYTES = 16


def sign(position: Any, *, secret: str, workspace_id: int, route: str, filters: Mapping[str, Any]) -> str:
    """Make the cursor that stands for `position` in this list, and in no other."""
    payload = orjson.dumps(position, option=orjson.OPT_UTC_Z)
    return urlsafe_b64encode(_mac(secret, workspace_id, route, filters, payload) + payload).decode().rstrip("=")


def read(cursor: str, *, secret: str, workspace_id: int, route: str, filters: Mapping[str, Any]) -> Any:
    """Return the position. Raises Problem (400) for anything that was not made for this very list."""
    if len(cursor) > LONGEST or not cursor.isascii():
        raise _refused()
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError as error:
        raise _refused() from error
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(secret, workspace_id, route, filters, payload)):
        raise _refused()
    return orjson.loads(payload)


def _mac(secret: str, workspace_id: int, route: str, filters: Mapping[str, Any], payload: bytes) -> bytes:
    bound = orjson.dumps(
        [workspace_id, route, {key: value for key, value in filters.items() if value is not None}],
        option=orjson.OPT_SORT_KEYS,
        default=str,
    )
    key = hmac.new(secret.encode(), b"cursor\0" + bound, hashlib.sha256).digest()
    return hmac.new(key, payload, hashlib.sha256).digest()[:_MAC_BYTES]


def _refused() -> Problem:
    return Problem(400, "The cursor is malformed, or was given for another list.")
