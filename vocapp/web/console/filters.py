"""What a list's address says about what to show; what is not understood counts as left out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple

from flask import current_app, request

from vocapp.models import Place
from vocapp.services import places
from vocapp.services.staff import Scope


class PlaceChoice(NamedTuple):
    key: str
    label: str
    """Indented by its depth in the tree."""


def one_of(name: str, allowed: tuple[str, ...], default: str) -> str:
    """Return a parameter that is one of a few."""
    value = request.args.get(name, default)
    return value if value in allowed else default


def place_choices(scope: Scope) -> list[PlaceChoice]:
    """Return the places within the scope, as the tree has them."""
    return place_choices_of(
        [place for place in places.list_places(workspace_id=scope.workspace_id) if scope.within(place.key)]
    )


def place_choices_of(found: list[Place]) -> list[PlaceChoice]:
    """Return places, in the order of the tree, as one chooses them."""
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


def kept(chosen: Mapping[str, str], left_out: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what has to stand in an address: what differs from what is meant where nothing is said."""
    usual = left_out or {}
    return {key: value for key, value in chosen.items() if value != usual.get(key, "")}
