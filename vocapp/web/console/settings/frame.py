"""What the pages of the settings share: who may come in, their tabs in groups, their words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from flask import Response, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from vocapp.services import places
from vocapp.services.staff import Membership
from vocapp.web.console import assets, frame, guard
from vocapp.web.console.words import Words, settings_words_in

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Tab(NamedTuple):
    name: str
    """The key of its words, and of its heading."""
    endpoint: str


class Group(NamedTuple):
    name: str
    """The key of its heading."""
    tabs: tuple[Tab, ...]


GROUPS = (
    Group(
        "company",
        (
            Tab("workspace", "console.settings"),
            Tab("places", "console.settings_places"),
            Tab("team", "console.settings_team"),
        ),
    ),
    Group(
        "writing",
        (
            Tab("policy", "console.settings_policy"),
            Tab("sender", "console.settings_sender"),
            Tab("limits", "console.settings_limits"),
        ),
    ),
    Group(
        "calling",
        (
            Tab("alerts", "console.settings_alerts"),
            Tab("notifiers", "console.settings_notifiers"),
            Tab("handling", "console.settings_handling"),
            Tab("callbacks", "console.settings_callbacks"),
            Tab("resolutions", "console.settings_resolutions"),
        ),
    ),
    Group(
        "figures",
        (
            Tab("themes", "console.settings_themes"),
            Tab("goals", "console.settings_goals"),
            Tab("links", "console.settings_links"),
        ),
    ),
    Group("machines", (Tab("keys", "console.settings_keys"), Tab("journal", "console.settings_journal"))),
)


def owners(view: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let only those past who own the whole workspace: one who owns a part could give themselves the rest."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if not owns(guard.membership()):
            abort(403)
        return view(*args, **kwargs)

    return guarded


def owns(member: Membership) -> bool:
    """Say whether a member may change the settings."""
    return member.role == "owner" and member.place_key is None


def page(template: str, tab: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page of the settings."""
    return frame.page(
        f"settings/{template}",
        status=status,
        section="settings",
        s=words(),
        tab=tab,
        groups=GROUPS,
        settings_css=assets.url("settings.css"),
        **values,
    )


def words() -> Words:
    return settings_words_in(frame.language())


def saved(code: str, endpoint: str, **values: Any) -> ResponseReturnValue:
    """Go on to a page that says once what was done."""
    flash(code)
    return redirect(url_for(endpoint, **values), 303)


def place_options(workspace_id: int, *, but_below: str | None = None) -> list[tuple[str, str]]:
    """Return the places as choices, indented; without those whose path begins with `but_below`."""
    return [
        (one.key, "\u2003" * (one.path.count("/") - 2) + one.name)
        for one in places.list_places(workspace_id=workspace_id)
        if but_below is None or not one.path.startswith(but_below)
    ]
