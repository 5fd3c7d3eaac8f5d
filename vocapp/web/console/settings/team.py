"""The team: who belongs to it, a new member, and one with role, place, password and sessions."""

from __future__ import annotations

from typing import Any

from flask import Response, abort
from flask.typing import ResponseReturnValue

from vocapp.models import database_now, transaction
from vocapp.services import sessions, staff, team
from vocapp.services.staff import ROLES, StaffRefused
from vocapp.services.team import MemberNotFound, Teammate
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form


@blueprint.get("/console/settings/team")
@frame.owners
def settings_team() -> Response:
    return _team(Form.of({"role": "agent"}))


@blueprint.post("/console/settings/team")
@frame.owners
def add_member() -> ResponseReturnValue:
    form = Form.sent("email", "password", "role", "place")
    form.needs("email")
    if not form.errors:
        try:
            with transaction():
                own_password = team.add(
                    workspace_id=guard.membership().workspace_id,
                    email=form["email"].strip(),
                    password=form["password"],
                    role=form["role"],
                    place=form["place"] or None,
                    by=guard.me().email,
                    now=database_now(),
                )
            return frame.saved("member_added" if own_password else "member_joined", "console.settings_team")
        except StaffRefused as refused:
            _refuse(form, refused)
    form.values["password"] = ""
    return _team(form, status=422)


@blueprint.get("/console/settings/team/<user_id>")
@frame.owners
def settings_member(user_id: str) -> Response:
    one = _find(user_id)
    return _member(one, _form_of(one))


@blueprint.post("/console/settings/team/<user_id>")
@frame.owners
def change_member(user_id: str) -> ResponseReturnValue:
    one = _find(user_id)
    form = Form({**_form_of(one).values, **Form.sent("role", "place").values})
    try:
        with transaction():
            team.change(**_who(one), role=form["role"], place=form["place"] or None)
    except StaffRefused as refused:
        _refuse(form, refused)
        return _member(one, form, status=422)
    return _done(one, "settings_saved")


@blueprint.post("/console/settings/team/<user_id>/calls")
@frame.owners
def set_member_calls(user_id: str) -> ResponseReturnValue:
    one = _find(user_id)
    sent = Form.sent("languages", "skills", "away")
    try:
        with transaction():
            team.set_calls(
                **_who(one),
                languages=_words_in(sent["languages"].lower()),
                skills=_words_in(sent["skills"]),
                away=sent["away"] == "yes",
            )
    except StaffRefused as refused:
        form = Form({**_form_of(one).values, **sent.values})
        form.refuse(refused.field, refused.code)
        return _member(one, form, status=422)
    return _done(one, "settings_saved")


@blueprint.post("/console/settings/team/<user_id>/disable")
@frame.owners
def disable_member(user_id: str) -> ResponseReturnValue:
    one = _find(user_id)
    try:
        with transaction():
            team.disable(**_who(one))
    except StaffRefused as refused:
        form = _form_of(one)
        form.refuse("disable", refused.code)
        return _member(one, form, status=422)
    return _done(one, "member_disabled")


@blueprint.post("/console/settings/team/<user_id>/enable")
@frame.owners
def enable_member(user_id: str) -> ResponseReturnValue:
    one = _find(user_id)
    with transaction():
        team.enable(**_who(one))
    return _done(one, "member_enabled")


@blueprint.post("/console/settings/team/<user_id>/password")
@frame.owners
def set_member_password(user_id: str) -> ResponseReturnValue:
    one, form = _find(user_id), Form.sent("password")
    try:
        with transaction():
            team.set_password(**_who(one), password=form["password"])
    except StaffRefused as refused:
        form = _form_of(one)
        _refuse(form, refused)
        return _member(one, form, status=422)
    return _done(one, "password_set")


@blueprint.post("/console/settings/team/<user_id>/sessions")
@frame.owners
def end_member_sessions(user_id: str) -> ResponseReturnValue:
    one = _find(user_id)
    with transaction():
        team.end_sessions(**_who(one))
    return _done(one, "sessions_ended")


def _team(form: Form, *, status: int = 200) -> Response:
    workspace_id = guard.membership().workspace_id
    options = frame.place_options(workspace_id)
    return frame.page(
        "team.html",
        "team",
        status=status,
        form=form,
        team=team.list_team(workspace_id=workspace_id),
        roles=ROLES,
        places=options,
        place_names={key: name.strip() for key, name in options},
        shortest=staff.SHORTEST_PASSWORD,
    )


def _member(one: Teammate, form: Form, *, status: int = 200) -> Response:
    workspace_id = guard.membership().workspace_id
    open_now = sessions.list_in_workspace(workspace_id=workspace_id, user_ids=[one.user_id], now=database_now())
    return frame.page(
        "member.html",
        "team",
        status=status,
        one=one,
        form=form,
        sessions=open_now,
        roles=ROLES,
        places=frame.place_options(workspace_id),
        shortest=staff.SHORTEST_PASSWORD,
    )


def _form_of(one: Teammate) -> Form:
    languages, skills = ", ".join(one.calls.languages), ", ".join(one.calls.skills)
    kept = {"role": one.role, "place": one.place_key, "languages": languages, "skills": skills}
    return Form.of({**kept, "away": "yes" if one.calls.away else ""})


def _words_in(text: str) -> list[str]:
    return list(dict.fromkeys(word for part in text.split(",") if (word := part.strip())))


def _find(user_id: str) -> Teammate:
    try:
        return team.get_teammate(workspace_id=guard.membership().workspace_id, user_id=row_id(user_id))
    except MemberNotFound:
        abort(404)


def _who(one: Teammate) -> dict[str, Any]:
    return {
        "workspace_id": guard.membership().workspace_id,
        "user_id": one.user_id,
        "by": guard.me().email,
        "now": database_now(),
    }


def _done(one: Teammate, code: str) -> ResponseReturnValue:
    if one.user_id == guard.me().id:  # one may have taken something from oneself
        return frame.saved(code, "console.account")
    return frame.saved(code, "console.settings_member", user_id=one.user_id)


def _refuse(form: Form, refused: StaffRefused) -> None:
    form.refuse(refused.field, refused.code, least=staff.SHORTEST_PASSWORD, most=staff.LONGEST_PASSWORD)
