"""Reading a JSON body that nobody vouches for: bounded, plain, and free of what a database would choke on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers import Request

from vocapp.domain.rules import Fault
from vocapp.services import json_reading
from vocapp.services.json_reading import JsonRefused
from vocapp.web.problems import Problem, refusal

MOST_BYTES = 1_000_000
MOST_BYTES_BULK = 10_000_000

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})

DRAIN_BYTES = 64_000_000
"""A body that is too large is read off, so that its sender hears the answer; up to here."""
DRAIN_SECONDS = 10
_CHUNK = 65_536


def read_body(request: Request, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the raw body. Raises Problem: 413 too large, 415 compressed, 400 broken off."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        _drain(request)
        raise Problem(415, "The body must not be compressed.", headers={"Accept-Encoding": "identity"})
    if (request.content_length or 0) > most_bytes:
        _drain(request)
        raise _too_large(most_bytes)
    parts, size = [], 0
    try:
        while chunk := request.stream.read(min(_CHUNK, most_bytes + 1 - size)):
            parts.append(chunk)
            size += len(chunk)
            if size > most_bytes:
                _drain(request, already=size)
                raise _too_large(most_bytes)
    except ClientDisconnected as broken:
        raise Problem(400, "The body broke off.") from broken
    return b"".join(parts)


def bound_form(request: Request) -> None:
    """Take a form into memory, where `request.form` finds it.

    Raises RequestEntityTooLarge once the body is read off, UnsupportedMediaType for one that does not call itself a
    form, BadRequest for one that calls itself so and is none.
    """
    try:
        _take_form(request)
    except RequestEntityTooLarge:
        _read_off(request.environ["wsgi.input"].read)
        raise


def read_object(
    request: Request, *, most_bytes: int = MOST_BYTES, apart: str | None = None
) -> tuple[bytes, dict[str, Any]]:
    """Return (the raw body, the JSON object in it). `apart`: of the list of that name, each item is refused by itself.

    Raises Problem: 400 no JSON or nested too deep, 413, 415, 422 with pointers.
    """
    raw = read_body(request, most_bytes=most_bytes)
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        wanted = {"Accept": "application/json"}
        raise Problem(415, "The body must be JSON: `Content-Type: application/json`.", headers=wanted)
    value = parse(raw, apart=apart)
    if not isinstance(value, dict):
        raise refusal([Fault("", "must be a JSON object")])
    return raw, value


def parse(raw: bytes, *, apart: str | None = None) -> Any:
    """Parse a body's JSON. Raises Problem: 400 no JSON or nested too deep; 422 with pointers to what can't be kept."""
    try:
        return json_reading.parse(raw) if apart is None else json_reading.parse_apart(raw, apart)
    except JsonRefused as refused:
        if refused.faults:
            raise refusal(refused.faults) from refused
        raise Problem(400, f"The body {refused}.") from refused


def _take_form(request: Request) -> None:
    request.max_content_length = MOST_BYTES + 1  # a chunked body is cut there without a word
    raw = request.get_data()
    if len(raw) > MOST_BYTES:
        raise RequestEntityTooLarge
    if raw and request.mimetype not in FORMS:
        raise UnsupportedMediaType
    if raw and not request.form:
        raise BadRequest


def _too_large(most_bytes: int) -> Problem:
    return Problem(413, f"The body is larger than {most_bytes // 1_000_000} MB.")


def _drain(request: Request, *, already: int = 0) -> None:
    _read_off(request.stream.read, already=already)


def _read_off(read: Callable[[int], bytes], *, already: int = 0) -> None:
    """Read what is still coming, within bounds: a sender that is cut off in the middle never sees the answer."""
    size, until = already, time.monotonic() + DRAIN_SECONDS
    try:
        while size < DRAIN_BYTES and time.monotonic() < until:
            chunk = read(_CHUNK)
            if not chunk:
                return
            size += len(chunk)
    except (ClientDisconnected, OSError):
        return
