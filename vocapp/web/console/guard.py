"""Who is there, for which workspace, what of it they may see and do. Nothing of the console is reached around this."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from flask import Blueprint, Flask, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect

from vocapp.services import staff
from vocapp.services.staff import Membership, Person, Scope
from vocapp.web.body import bound_form

SESSION_SECONDS = 12 * 3600
"""A working day and some more; then one logs in again."""

PUBLIC = frozenset({"console.front", "console.login", "console.log_in", "console.choose_language", "console.asset"})
WITHOUT_WORKSPACE = frozenset({"console.workspaces", "console.choose_workspace", "console.log_out"})

_LOCAL = re.compile(r"/console(?:/[\w./?=&%~+-]*)?", re.ASCII)

_P = ParamSpec("_P")
_T = TypeVar("_T")

csrf = CSRFProtect()


class Account:
    """A person as flask-login wants one."""

    is_active = True
    is_authenticated = True
    is_anonymous = False

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        return f"{self.person.id}:{self.person.session_epoch}"


def add_to(app: Flask) -> None:
    """Give the application sessions and CSRF tokens; only this door's views ask for either."""
    manager = LoginManager()
    manager.session_protection = None  # a phone changes its address; the epoch ends sessions
    manager.user_loader(_load)
    manager.init_app(app)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the API has keys, the public pages have tokens
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session: an agent's page stays open all day
    csrf.init_app(app)


def stand_before(blueprint: Blueprint) -> None:
    """Let nobody past who is not logged in, and no POST without its token."""
    blueprint.before_request(_check)


def me() -> Person:
    """Return who is logged in."""
    person: Person = current_user.person
    return person


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


def begin_session(person: Person) -> Account:
    """Start a session with nothing in it of what was there before."""
    kept = session.get("workspace")
    session.clear()
    session["since"] = int(time.time())
    if kept is not None:
        session["workspace"] = kept
    return Account(person)


def _load(value: str) -> Account | None:
    """Find who a session belongs to; None where it has ended."""
    user_id, _, epoch = value.partition(":")
    since = session.get("since")
    if not isinstance(since, int) or not 0 <= time.time() - since < SESSION_SECONDS:
        return None
    try:
        person = staff.find_person(user_id=UUID(user_id))
    except ValueError:
        return None
    return Account(person) if person is not None and str(person.session_epoch) == epoch else None


def _check() -> ResponseReturnValue | None:
    if request.method == "POST":
        bound_form(request)
    if request.endpoint not in PUBLIC:
        if not current_user.is_authenticated:
            wanted = local_path(request.full_path.rstrip("?")) if request.method == "GET" else None
            return redirect(url_for("console.login", next=wanted), 303)
        chosen = _choose(me())
        if chosen is None and request.endpoint not in WITHOUT_WORKSPACE:
            if not me().memberships:
                abort(403)
            return redirect(url_for("console.workspaces"), 303)
        g.membership = chosen
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        csrf.protect()
    return None


def _choose(person: Person) -> Membership | None:
    """Return the only workspace, or the one chosen before; None: there is a choice to make."""
    if len(person.memberships) == 1:
        return person.memberships[0]
    kept = session.get("workspace")
    return next((one for one in person.memberships if one.workspace_id == kept), None)
