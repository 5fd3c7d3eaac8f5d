"""Who is there, for which workspace, what of it they may see and do. Nothing of the console is reached around this."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from flask import Blueprint, Flask, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vocapp.models import database_now, transaction
from vocapp.services import sessions, staff
from vocapp.services.sessions import Sitting
from vocapp.services.staff import Membership, Person, Scope
from vocapp.web.body import bound_form
from vocapp.web.console import browsers

TOKEN = "token"  # noqa: S105 - the name of a field
"""Where the signed cookie keeps the session's token; the database knows its digest only."""

PUBLIC = frozenset({"console.front", "console.login", "console.log_in", "console.choose_language", "console.asset"})
WITHOUT_WORKSPACE = frozenset({"console.workspaces", "console.choose_workspace", "console.log_out"})

_LOCAL = re.compile(r"/console(?:/[\w./?=&%~+-]*)?", re.ASCII)

_P = ParamSpec("_P")
_T = TypeVar("_T")

csrf = CSRFProtect()


def add_to(app: Flask) -> None:
    """Give the application CSRF tokens; only this door's views ask for them."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the API has keys, the public pages have tokens
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session: an agent's page stays open all day
    csrf.init_app(app)


def stand_before(blueprint: Blueprint) -> None:
    """Let nobody past who is not logged in, and no POST without its token."""
    blueprint.before_request(_check)


def sitting() -> Sitting | None:
    """Return the session of whoever asks; None: nobody is logged in. Read once a request."""
    if "sitting" not in g:
        token = session.get(TOKEN)
        g.sitting = sessions.find(token=token) if isinstance(token, str) else None
    found: Sitting | None = g.sitting
    return found


def me() -> Person:
    """Return who is logged in."""
    return own_session().person


def own_session() -> Sitting:
    """Return the session of whoever is logged in."""
    found = sitting()
    if found is None:
        raise RuntimeError("only behind the guard")
    return found


def now() -> datetime:
    """Return the moment of the request, by the database's clock: it came with the session, and costs nothing more."""
    return own_session().at


def membership() -> Membership:
    """Return the workspace one works in, with one's role there."""
    found: Membership = g.membership
    return found


def scope() -> Scope:
    """Return the part of the workspace that one sees; read once a request."""
    if "scope" not in g:
        g.scope = staff.scope_of(membership())
    found: Scope = g.scope
    return found


def acting(view: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let only those past who may act on alerts."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if not membership().may_act:
            abort(403)
        return view(*args, **kwargs)

    return guarded


def local_path(path: str | None) -> str:
    """Return a path of the console as it came; for anything else its first page."""
    return path if path and _LOCAL.fullmatch(path) else url_for("console.home")


def looks_by_itself() -> bool:
    """Say whether a page left open asks, and nobody clicks: that holds neither a session nor an alert."""
    return request.endpoint == "console.pulse" or "X-Looks-By-Itself" in request.headers


def begin_session(user_id: UUID) -> None:
    """Start a session under a new token, with nothing in it of what was there before."""
    before = session.get(TOKEN)
    browser = browsers.name_of(request.headers.get("User-Agent", ""))
    with transaction():
        token = sessions.begin(
            user_id=user_id,
            browser=browser,
            replaces=before if isinstance(before, str) else None,
            now=database_now(),
        )
    session.clear()
    session[TOKEN] = token


def _check() -> ResponseReturnValue | None:
    if request.method == "POST":
        bound_form(request)
    if request.endpoint not in PUBLIC:
        here = sitting()
        if here is None:
            wanted = local_path(request.full_path.rstrip("?")) if request.method == "GET" else None
            return redirect(url_for("console.login", next=wanted), 303)
        if here.to_be_noted and not looks_by_itself():
            _note_click(here)
        chosen = here.membership
        if chosen is None and request.endpoint not in WITHOUT_WORKSPACE:
            if not here.person.memberships:
                abort(403)
            return redirect(url_for("console.workspaces"), 303)
        g.membership = chosen
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        csrf.protect()
    return None


def _note_click(here: Sitting) -> None:
    with suppress(DBAPIError, PoolTimeout):  # a page that can be read is not refused because this can't be written
        sessions.note_click(session_id=here.session_id, now=database_now())
