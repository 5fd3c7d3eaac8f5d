"""Coming in and going out: log in, choose a workspace and a language, log out."""

from __future__ import annotations

from flask import Response, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from vocapp.models import transaction
from vocapp.services import sessions, staff
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
    if guard.sitting() is not None:
        return redirect(guard.local_path(request.args.get("next")), 303)
    return _form(status=200)


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    failures.check(request, "login")
    user_id = staff.authenticate(email=request.form.get("email", ""), password=request.form.get("password", ""))
    if user_id is None:
        failures.count(request, "login")
        return _form(status=401, error=True)
    guard.begin_session(user_id)
    return redirect(guard.local_path(request.form.get("next")), 303)


@blueprint.post("/login/language")
def choose_language() -> ResponseReturnValue:
    chosen = request.form.get("language")
    wanted = request.form.get("next", "")
    response = redirect(url_for("console.login") if wanted == "/login" else guard.local_path(wanted), 303)
    if chosen in LANGUAGES:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(
            frame.LANGUAGE_COOKIE, chosen, max_age=YEAR_SECONDS, secure=secure, httponly=True, samesite="Lax"
        )
    return response


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """End this session: a cookie that was copied is worth nothing afterwards."""
    here = guard.own_session()
    with transaction():
        sessions.end(user_id=here.person.id, session_id=here.session_id)
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
    with transaction():
        sessions.choose_workspace(session_id=guard.own_session().session_id, workspace_id=chosen.workspace_id)
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
