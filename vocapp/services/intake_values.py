"""Single values from outside, each read strictly: what it is kept as, or plain words for what is wrong with it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from secrets import token_bytes
from typing import Any

import orjson
import phonenumbers
from email_validator import EmailNotValidError, validate_email

LONGEST_ID = 200
LONGEST_NAME = 200
LONGEST_KEY = 64
LONGEST_TEXT = 2000
MOST_IN_LIST = 100

CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)

_PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_LOCALE = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<rest>(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)",
    re.IGNORECASE | re.ASCII,
)

MOST_REMEMBERED = 10_000
_OF_THIS_PROCESS = token_bytes(32)
_good: set[bytes] = set()
"""Addresses and numbers that were read before, and are kept as they came: by hashes whose key dies with the process,
which must not remember whom the database has forgotten."""


class ValueRefused(ValueError):
    """A value that can't be kept; the message says what it must be."""


def read_id(value: Any) -> str:
    """Read an outside id: 1 to 200 characters, none of them a control character."""
    if type(value) is not str or not value:
        raise ValueRefused("must be a text that is not empty")
    if len(value) > LONGEST_ID:
        raise ValueRefused(f"must have {LONGEST_ID} characters at most")
    if not value.isprintable() and CONTROL.search(value):
        raise ValueRefused("must hold no control characters")
    return value


def read_place(value: Any) -> str:
    """Read the key of a place; it may be one that nobody made yet."""
    if type(value) is not str or not _PLACE.fullmatch(value):
        raise ValueRefused("must be 1 to 64 of A-Z, a-z, 0-9, . : - and _, beginning with a letter or digit")
    return value


def read_line(value: Any, longest: int = LONGEST_NAME) -> str | None:
    """Read one line of text, without the blanks around it; an empty one is none."""
    if value is None:
        return None
    if type(value) is not str:
        raise ValueRefused("must be a text")
    line = value.strip()
    if len(line) > longest:
        raise ValueRefused(f"must have {longest} characters at most")
    if not line.isprintable() and CONTROL.search(line):
        raise ValueRefused("must hold no control characters or line breaks")
    return line or None


def read_time(value: Any) -> datetime:
    """Read an RFC 3339 time with a zone, as an aware time in UTC."""
    if type(value) is not str or not _TIME.fullmatch(value):
        raise ValueRefused("must be an RFC 3339 time with a zone, such as 2026-03-10T09:00:00Z")
    try:
        time = datetime.fromisoformat(value if value[-1] == "Z" else value.upper())
        if time.tzinfo is not UTC:
            time = time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueRefused("is no time that exists") from error
    if time < EARLIEST:
        raise ValueRefused("is too long ago")
    return time


def read_past(value: Any, now: datetime) -> datetime:
    """Read a time at which something was observed; one in the future becomes now."""
    return min(read_time(value), now)


def read_email(value: Any) -> str | None:
    """Read an address; the domain in lower case, the rest as it came. Null and an empty one are none."""
    line = read_line(value, 320)
    return None if line is None else _email(line)


def read_phone(value: Any, region: str | None = None) -> str | None:
    """Read a number as E.164; a national one needs the `region` (such as FR) it is written in."""
    line = read_line(value, 60)
    return None if line is None else _phone(line, region)


def read_locale(value: Any) -> str | None:
    """Read a BCP 47 tag, in its usual case; `fr_FR` is taken for `fr-FR`."""
    line = read_line(value, 35)
    if line is None:
        return None
    found = _LOCALE.fullmatch(line.replace("_", "-"))
    if found is None:
        raise ValueRefused("must be a language in BCP 47, such as fr or fr-CA")
    tag = found["language"].lower()
    if found["script"]:
        tag += f"-{found['script'].title()}"
    if found["region"]:
        tag += f"-{found['region'].upper()}"
    return tag + found["rest"].lower()


def read_timezone(value: Any) -> str | None:
    """Read the name of a zone of the IANA database."""
    line = read_line(value, 64)
    if line is not None and line not in time_zones():
        raise ValueRefused("must be a time zone's name, such as Europe/Paris")
    return line


def read_attribute_value(value: Any) -> Any:
    """Read what an attribute may hold: a text, a number, a boolean, a list of these; null: nothing."""
    if isinstance(value, list):
        if len(value) > MOST_IN_LIST:
            raise ValueRefused(f"must hold {MOST_IN_LIST} values at most")
        return [_scalar(item) for item in value]
    return None if value is None else _scalar(value)


def size_of(value: Any) -> int:
    """Return how many bytes a JSON value takes."""
    return len(orjson.dumps(value))


@cache
def time_zones() -> frozenset[str]:
    """Return every zone's name. Reading them takes a while, so they are read once."""
    import zoneinfo

    return frozenset(zoneinfo.available_timezones())


@cache
def list_zones() -> list[str]:
    """Return the zones to choose from, in order: those that a country has today, and UTC; no older names of them."""
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    named = {line.split("\t")[2].strip() for line in table.splitlines() if line and not line.startswith("#")}
    return sorted({*(named & time_zones()), "UTC"})


def region_of(locale: str | None) -> str | None:
    """Return the region of a tag: FR of fr-FR."""
    found = _LOCALE.fullmatch(locale) if locale else None
    return found["region"].upper() if found and found["region"] and found["region"].isalpha() else None


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise ValueRefused(f"must have {LONGEST_TEXT} characters at most")
        if "\0" in value:
            raise ValueRefused("must hold no NUL character")
        return value
    if isinstance(value, bool | int | float):
        return value
    raise ValueRefused("must be a text, a number, true, false, null, or a list of these")


def _email(line: str) -> str:
    seen = _hash("email", line)
    if seen in _good:
        return line
    try:
        address = validate_email(line, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise ValueRefused(f"is no e-mail address: {error}".rstrip(".")) from error
    if address == line:
        _remember(seen)
    return address


def _phone(line: str, region: str | None) -> str:
    seen = _hash("phone", line)
    if seen in _good:
        return line
    try:
        number = phonenumbers.parse(line, region)
    except phonenumbers.NumberParseException as error:
        raise ValueRefused("is no phone number; write it with its country, such as +33 1 99 00 12 34") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueRefused("is no phone number that can exist")
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if written == line:
        _remember(seen)
    return written


def _hash(kind: str, line: str) -> bytes:
    said = f"{kind} {line}".encode("utf-8", "surrogatepass")
    return blake2b(said, key=_OF_THIS_PROCESS, digest_size=16).digest()


def _remember(seen: bytes) -> None:
    if len(_good) >= MOST_REMEMBERED:
        _good.clear()
    _good.add(seen)
