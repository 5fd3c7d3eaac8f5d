"""Who may call: a bearer key, its workspace, its scopes."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Request

from vocapp.services import keys
from vocapp.services.keys import Bearer
from vocapp.web.limits import failures
from vocapp.web.problems import Problem

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="vocapp"'}


def bearer_of(request: Request) -> Bearer:
    """Return who calls. Raises Problem: 401 without a key or with a wrong one, 429 after too many wrong ones."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    key = key.strip()
    if kind.lower() != "bearer" or not key:
        raise Problem(401, "A key is needed: `Authorization: Bearer KEY`.", headers=_CHALLENGE)
    bearer = keys.find_bearer(key=key)
    if bearer is None:
        raise _wrong(request)
    return bearer


def require(bearer: Bearer, scopes: Sequence[str]) -> None:
    """Raise Problem (403) where the key has none of `scopes`."""
    if not bearer.may(scopes):
        raise Problem(403, f"This key may not do that: it needs the scope {' or '.join(scopes)}.")


def _wrong(request: Request) -> Problem:
    try:
        failures.count(request, "key")
    except TooManyRequests as many:
        headers = {"Retry-After": str(many.retry_after)}
        return Problem(429, "Too many wrong keys from this address.", headers=headers)
    challenge = {"WWW-Authenticate": 'Bearer realm="vocapp", error="invalid_token"'}
    return Problem(401, "The key is unknown or was taken back.", headers=challenge)
