"""Opaque sealed cursors, bound to the workspace, the route and the filters they were given for.

A view says `call.position()` for where its reader stands (any JSON value it made itself, None at the start) and
`call.cursor(position)` for the next one. Both are thin over `read` and `seal` here. They are sealed, because numbers in
them count what the whole company does, and a reader may see one store only (docs/decisions/016). Readers still keep
cursors from when they were signed and no more: these are read on.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from vocapp.adapters.sealing import Unreadable, seal_place, unseal_place
from vocapp.web.problems import Problem

LONGEST = 2000
_MAC_BYTES = 16


def seal(position: Any, *, secret: str, workspace_id: int, route: str, filters: Mapping[str, Any]) -> str:
    """Make the cursor that stands for `position` in this list, and in no other."""
    payload = orjson.dumps(position, option=orjson.OPT_UTC_Z)
    sealed = seal_place(payload, secret=secret.encode(), bound=_bound(workspace_id, route, filters))
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def read(cursor: str, *, secret: str, workspace_id: int, route: str, filters: Mapping[str, Any]) -> Any:
    """Return the position. Raises Problem (400) for anything that was not made for this very list."""
    if len(cursor) > LONGEST or not cursor.isascii():
        raise _refused()
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError as error:
        raise _refused() from error
    bound = _bound(workspace_id, route, filters)
    try:
        return orjson.loads(unseal_place(raw, secret=secret.encode(), bound=bound))
    except Unreadable:
        return orjson.loads(_signed(raw, secret=secret, bound=bound))


def _bound(workspace_id: int, route: str, filters: Mapping[str, Any]) -> bytes:
    return orjson.dumps(
        [workspace_id, route, {key: value for key, value in filters.items() if value is not None}],
        option=orjson.OPT_SORT_KEYS,
        default=str,
    )


def _signed(raw: bytes, *, secret: str, bound: bytes) -> bytes:
    """Return what a cursor holds that was signed only. Raises Problem (400)."""
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    key = hmac.new(secret.encode(), b"cursor\0" + bound, hashlib.sha256).digest()
    if not hmac.compare_digest(mac, hmac.new(key, payload, hashlib.sha256).digest()[:_MAC_BYTES]):
        raise _refused()
    return payload


def _refused() -> Problem:
    return Problem(400, "The cursor is malformed, or was given for another list.")
