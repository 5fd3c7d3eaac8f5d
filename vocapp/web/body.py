"""Reading a JSON body that nobody vouches for: bounded, plain, and free of what a database would choke on."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import orjson
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request

from vocapp.domain.rules import Fault, escaped
from vocapp.web.problems import Problem, refusal

MOST_BYTES = 1_000_000
MOST_BYTES_BULK = 10_000_000
DEEPEST = 20
LARGEST = 2**63 - 1

DRAIN_BYTES = 64_000_000
"""A body that is too large is read off, so that its sender hears the answer; up to here."""
DRAIN_SECONDS = 10
_CHUNK = 65_536
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUL_ESCAPE = b"\\u0000"


def read_body(request: Request, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the raw body. Raises Problem: 413 where it is larger, 415 where it is compressed, 400 where it breaks off."""
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


def read_object(request: Request, *, most_bytes: int = MOST_BYTES) -> tuple[bytes, dict[str, Any]]:
    """Return (the raw body, the JSON object in it). Raises Problem: 400 no JSON or too deep, 413, 415, 422 with pointers."""
    raw = read_body(request, most_bytes=most_bytes)
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        wanted = {"Accept": "application/json"}
        raise Problem(415, "The body must be JSON: `Content-Type: application/json`.", headers=wanted)
    value = parse(raw)
    if not isinstance(value, dict):
        raise refusal([Fault("", "must be a JSON object")])
    return raw, value


def parse(raw: bytes) -> Any:
    """Parse JSON text strictly; of a name given twice, the last one counts. Raises Problem: 400, 422 with pointers."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _explained(raw) from error
    faults = list(_odd_numbers(value, "")) if _has_odd_number([value], 0) else []
    if _NUL_ESCAPE in raw:
        faults.extend(_bad_texts(value, ""))
    if faults:
        raise refusal(faults)
    return value


_CONTAINERS = frozenset((dict, list))
_NUMBERS = frozenset((int, float))


def _has_odd_number(container: Any, depth: int) -> bool:
    """Say whether a number is too large (orjson makes a float of an integer beyond 64 bits). Raises Problem: too deep.

    Every body goes through here, so it looks at types only and leaves the pointers to whoever finds something.
    """
    if depth > DEEPEST:
        raise Problem(400, f"The body is nested deeper than {DEEPEST} levels.")
    odd = False
    for item in container.values() if type(container) is dict else container:
        kind = type(item)
        if kind in _CONTAINERS:
            odd = (item and _has_odd_number(item, depth + 1)) or odd
        elif kind in _NUMBERS and not -LARGEST <= item <= LARGEST:
            odd = True
    return odd


def _explained(raw: bytes) -> Problem:
    """Say what is wrong with a text that is no strict JSON: with pointers where a lenient reader can still place it."""

    def whole(digits: str) -> float | int:
        return int(digits) if len(digits) < 25 else float("inf")

    try:
        value = json.loads(raw.decode("utf-8"), parse_int=whole)
    except (ValueError, RecursionError):
        return Problem(400, "The body is no JSON text in UTF-8.")
    try:
        faults = [*_odd_numbers(value, ""), *_bad_texts(value, "")]
    except RecursionError:
        faults = []
    if not faults:
        return Problem(400, "The body is no JSON text in UTF-8.")
    return refusal(faults)


def _walk(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    yield pointer, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{pointer}/{escaped(key)}", key
            yield from _walk(item, f"{pointer}/{escaped(key)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{pointer}/{index}")


def _bad_texts(value: Any, pointer: str) -> Iterator[Fault]:
    for place, item in _walk(value, pointer):
        if isinstance(item, str):
            if "\0" in item:
                yield Fault(place.replace("\0", ""), "holds a NUL character")
            elif _SURROGATE.search(item):
                yield Fault(_SURROGATE.sub("", place), "holds half a character (a lone surrogate)")


def _odd_numbers(value: Any, pointer: str) -> Iterator[Fault]:
    for place, item in _walk(value, pointer):
        if type(item) in _NUMBERS and not -LARGEST <= item <= LARGEST:  # NaN is within no bounds
            yield Fault(_SURROGATE.sub("", place), "is no number that 64 bits can hold")


def _too_large(most_bytes: int) -> Problem:
    return Problem(413, f"The body is larger than {most_bytes // 1_000_000} MB.")


def _drain(request: Request, *, already: int = 0) -> None:
    """Read off what is still coming, within bounds: a sender that is cut off in the middle never sees the answer."""
    size, until = already, time.monotonic() + DRAIN_SECONDS
    try:
        while size < DRAIN_BYTES and time.monotonic() < until:
            chunk = request.stream.read(_CHUNK)
            if not chunk:
                return
            size += len(chunk)
    except (ClientDisconnected, OSError):
        return
