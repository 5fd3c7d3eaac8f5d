"""Coming in and going out: log in, choose a workspace and a language, log out."""

from __future__ import annotations

from flask import Response, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from vocapp.models import transaction
from vocapp.services import staff
from vocapp.web.console import frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.words import LANGUAGES
from vocapp.web.limits import failures

YEAR_SECONDS = 365 * 24 * 3600


@blueprint.get("/")
def front() -> ResponseReturnValue:
    return redirect(url_for("console.home"))


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(guard.local_path(request.args.get("next")), 303)
    return _form(status=200)


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    failures.check(request, "login")
    user_id = staff.authenticate(email=request.form.get("email", ""), password=request.form.get("password", ""))
    person = staff.find_person(user_id=user_id) if user_id else None
    if person is None:
        failures.count(request, "login")
        return _form(status=401, error=True)
    login_user(guard.begin_session(person))
    return redirect(guard.local_path(request.form.get("next")), 303)


@blueprint.post("/login/language")
def choose_language() -> ResponseReturnValue:
    chosen = request.form.get("language")
    wanted = request.form.get("next", "")
    response = redirect(url_for("console.login") if wanted == "/login" else guard.local_path(wanted), 303)
    if chosen in LANGUAGES:
        secure = request.is_secure
        response.set_cookie(
            frame.LANGUAGE_COOKIE, chosen, max_age=YEAR_SECONDS, secure=secure, httponly=True, samesite="Lax"
        )
    return response


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """End every session of this person: a cookie that was copied is worth nothing afterwards."""
    with transaction():
        staff.end_sessions(user_id=guard.me().id)
    session.clear()
    return redirect(url_for("console.login"), 303)


@blueprint.get("/console/workspaces")
def workspaces() -> Response:
    return frame.plain_page("workspaces.html", memberships=guard.me().memberships, here=request.path)


@blueprint.post("/console/workspaces")
def choose_workspace() -> ResponseReturnValue:
    key = request.form.get("workspace")
    chosen = next((one for one in guard.me().memberships if one.workspace_key == key), None)
    if chosen is None:
        abort(404)
    session["workspace"] = chosen.workspace_id
    return redirect(url_for("console.home"), 303)


def _form(*, status: int, error: bool = False) -> Response:
    wanted = request.values.get("next")
    return frame.plain_page(
        "login.html",
        status=status,
        here="/login",
        error=error,
        email=request.form.get("email", "")[:320] if error else "",
        next=guard.local_path(wanted) if wanted else "",
    )
