"""What a list's address says about what to show; what is not understood counts as left out."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from flask import current_app, request

from vocapp.services import places
from vocapp.services.browsing import feed
from vocapp.services.staff import Scope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PlaceChoice(NamedTuple):
    key: str
    label: str
    """Indented by its depth in the tree."""


def one_of(name: str, allowed: tuple[str, ...], default: str) -> str:
    """Return a parameter that is one of a few."""
    value = request.args.get(name, default)
    return value if value in allowed else default


def page_number() -> int:
    """Return the page that is asked for, from 1 on."""
    return min(max(request.args.get("page", 1, type=int), 1), 1_000_000)


def place_choices(scope: Scope) -> list[PlaceChoice]:
    """Return the places within the scope, as the tree has them."""
    found = [place for place in places.list_places(workspace_id=scope.workspace_id) if scope.within(place.key)]
    depth = min((place.path.count("/") for place in found), default=0)
    return [PlaceChoice(one.key, "\u2003" * (one.path.count("/") - depth) + one.name) for one in found]


def chosen_place(choices: list[PlaceChoice]) -> str | None:
    """Return the place that is asked for, if it is one of those that may be seen."""
    wanted = request.args.get("place")
    return wanted if wanted and any(choice.key == wanted for choice in choices) else None


def token_of(name: str) -> str:
    """Return what stands for a colleague's name or address in a URL."""
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, b"assignee\0" + name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]


def write_place(place: feed.Place) -> str:
    """Write where a page of the feed ends: opaque, safe in a URL."""
    microseconds = (place.at - _EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(microseconds.to_bytes(8, signed=True) + place.id.bytes).decode()


def read_place(text: str | None) -> feed.Place | None:
    """Read what `write_place` wrote; None for anything else."""
    try:
        raw = urlsafe_b64decode(text or "")
        at = _EPOCH + timedelta(microseconds=int.from_bytes(raw[:8], signed=True))
        return feed.Place(at, UUID(bytes=raw[8:]))
    except (ValueError, OverflowError):
        return None
