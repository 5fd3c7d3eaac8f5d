"""One's own account: the password, and the sessions that are open, for everybody on the staff."""

from __future__ import annotations

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from vocapp.models import database_now, transaction
from vocapp.services import sessions, staff, team
from vocapp.services.staff import StaffRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form
from vocapp.web.limits import failures


@blueprint.get("/console/account")
def account() -> Response:
    return _page(Form.of({}))


@blueprint.post("/console/account/password")
def change_own_password() -> ResponseReturnValue:
    failures.check(request, "login")
    form, here = Form.sent("current", "password"), guard.own_session()
    form.needs("current")
    if not form.errors:
        try:
            with transaction():
                team.change_own_password(
                    workspace_id=guard.membership().workspace_id,
                    user_id=here.person.id,
                    current=form["current"],
                    password=form["password"],
                    session_id=here.session_id,
                    now=database_now(),
                )
            return frame.saved("own_password_changed", "console.account")
        except StaffRefused as refused:
            form.refuse(refused.field, refused.code, least=staff.SHORTEST_PASSWORD, most=staff.LONGEST_PASSWORD)
            if refused.code == "password_wrong":
                failures.count(request, "login")
    form.values.clear()  # a password is never sent back
    return _page(form, status=422)


@blueprint.post("/console/account/sessions")
def end_other_sessions() -> ResponseReturnValue:
    here = guard.own_session()
    with transaction():
        sessions.end_all(user_id=here.person.id, but=here.session_id)
    return frame.saved("other_sessions_ended", "console.account")


@blueprint.post("/console/account/sessions/<session_id>")
def end_own_session(session_id: str) -> ResponseReturnValue:
    with transaction():
        found = sessions.end(user_id=guard.me().id, session_id=row_id(session_id))
    if not found:
        abort(404)
    return frame.saved("session_ended", "console.account")


def _page(form: Form, *, status: int = 200) -> Response:
    here = guard.own_session()
    return frame.page(
        "account.html",
        "account",
        status=status,
        form=form,
        sessions=sessions.list_of_person(user_id=here.person.id, now=database_now()),
        own_session=here.session_id,
        shortest=staff.SHORTEST_PASSWORD,
    )
