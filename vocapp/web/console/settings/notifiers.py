"""How the team is told: the notifiers, a new one, and one with what it is for and how it fares."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from vocapp.adapters.notifiers import KINDS
from vocapp.config import EXTENSION, Settings
from vocapp.domain import alerts
from vocapp.models import NotifierRow, database_now, new_id, transaction
from vocapp.services import notifiers, replaying, workspaces
from vocapp.services.browsing import notices
from vocapp.services.news import quoted_in
from vocapp.services.noticing_whose import tells_assignees
from vocapp.services.notifiers import BOUNDS, NotifierMade, NotifierNotFound, NotifierRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.settings import frame, troubles
from vocapp.web.console.settings.forms import Form, number_in

PRIORITIES = (1, 3, 6)
"""Where the console's words for a priority begin: normal, medium, high."""
_FIELDS = ("name", "kind", "target", "least_priority", "place", "digest_minutes", "repeat_minutes", "tool", "id")
_NEW = {"kind": "email", "least_priority": 1, "digest_minutes": 0, "repeat_minutes": 0}


@blueprint.get("/console/settings/notifiers")
@frame.owners
def settings_notifiers() -> Response:
    return _list()


@blueprint.post("/console/settings/notifiers")
@frame.owners
def save_quoted_in() -> ResponseReturnValue:
    """Say by which kinds of notifiers a customer's name and words may go out, and whether assignees are mailed."""
    quoted = [kind for kind in KINDS if kind in request.form.getlist("quoted_in")]
    with transaction():
        workspaces.change_settings(
            workspace_id=_here(),
            changes={"notices": {"quoted_in": quoted, "assignees": "assignees" in request.form}},
            by=guard.me().email,
            now=database_now(),
        )
    return frame.saved("settings_saved", "console.settings_notifiers")


@blueprint.get("/console/settings/notifiers/new")
@frame.owners
def new_notifier() -> Response:
    return _form(Form.of({**_NEW, "id": new_id()}), [])


@blueprint.post("/console/settings/notifiers/new")
@frame.owners
def add_notifier() -> ResponseReturnValue:
    """Set one up; a signing secret is shown on the page that answers, and nowhere else.

    The form brings the id, so that the same form sent again makes no second notifier.
    """
    form, kinds = _sent()
    if form["kind"] not in KINDS:
        form.refuse("kind", "choose")
    form.needs("target")
    target = None if form.errors.keys() & {"kind", "target"} else _checked(form, form["kind"])
    if target is None or form.errors:
        return _form(form, kinds, status=422)
    try:
        with transaction():
            row, secret = notifiers.create(
                workspace_id=_here(),
                kind=form["kind"],
                target=target,
                given=_given(form, kinds),
                notifier_id=_id_of(form["id"]),
                **_who(),
            )
    except NotifierMade:
        return frame.saved("notifier_made_before", "console.settings_notifier", notifier_id=form["id"])
    except NotifierRefused as refused:
        _refuse(form, refused)
        return _form(form, kinds, status=422)
    if secret is not None:
        return _one(row, secret=secret)
    return _done(row, "notifier_added")


@blueprint.get("/console/settings/notifiers/<notifier_id>")
@frame.owners
def settings_notifier(notifier_id: str) -> Response:
    return _one(_find(notifier_id))


@blueprint.post("/console/settings/notifiers/<notifier_id>")
@frame.owners
def change_notifier(notifier_id: str) -> ResponseReturnValue:
    row, (form, kinds) = _find(notifier_id), _sent()
    if KINDS[row.kind].by_mail:
        form.needs("target")
    target = _checked(form, row.kind) if form["target"].strip() else None
    if form.errors:
        return _one(row, form, kinds, status=422)
    try:
        with transaction():
            row = _find(notifier_id, lock=True)
            notifiers.change(row=row, given=_given(form, kinds), target=target, **_who())
    except NotifierRefused as refused:
        _refuse(form, refused)
        return _one(_find(notifier_id), form, kinds, status=422)
    return _done(row, "settings_saved")


@blueprint.post("/console/settings/notifiers/<notifier_id>/test")
@frame.owners
def try_notifier(notifier_id: str) -> ResponseReturnValue:
    with transaction():
        row = _find(notifier_id, lock=True)
        made = notifiers.try_out(row=row, by=guard.me().email, now=database_now())
    return _done(row, "notifier_tried" if made else "notifier_tried_too_soon")


@blueprint.post("/console/settings/notifiers/<notifier_id>/pause")
@frame.owners
def pause_notifier(notifier_id: str) -> ResponseReturnValue:
    return _switch(notifier_id, enabled=False)


@blueprint.post("/console/settings/notifiers/<notifier_id>/resume")
@frame.owners
def resume_notifier(notifier_id: str) -> ResponseReturnValue:
    return _switch(notifier_id, enabled=True)


@blueprint.post("/console/settings/notifiers/<notifier_id>/secret")
@frame.owners
def replace_notifier_secret(notifier_id: str) -> ResponseReturnValue:
    """Show the new secret on the page that answers: it is kept nowhere from which a redirect could fetch it."""
    try:
        with transaction():
            row = _find(notifier_id, lock=True)
            secret = notifiers.replace_secret(row=row, **_who())
    except NotifierRefused:
        abort(400)
    return _one(row, secret=secret)


@blueprint.post("/console/settings/notifiers/<notifier_id>/replay")
@frame.owners
def replay_notices(notifier_id: str) -> ResponseReturnValue:
    with transaction():
        row = _find(notifier_id, lock=True)
        n = notifiers.replay(row=row, by=guard.me().email, now=database_now())
    return _done(row, "replayed" if n else "replayed_none")


@blueprint.post("/console/settings/notifiers/<notifier_id>/remove")
@frame.owners
def remove_notifier(notifier_id: str) -> ResponseReturnValue:
    with transaction():
        notifiers.remove(row=_find(notifier_id, lock=True), by=guard.me().email, now=database_now())
    return frame.saved("notifier_removed", "console.settings_notifiers")


def _switch(notifier_id: str, *, enabled: bool) -> ResponseReturnValue:
    with transaction():
        row = _find(notifier_id, lock=True)
        notifiers.change(row=row, given={"enabled": enabled}, target=None, **_who())
    return _done(row, "notifier_resumed" if enabled else "notifier_paused")


def _list() -> Response:
    kept = workspaces.get_workspace(key=guard.membership().workspace_key).settings
    dead = notices.count_dead(workspace_id=_here())
    return frame.page(
        "notifiers.html",
        "notifiers",
        form=Form.of({}),
        rows=notifiers.list_notifiers(workspace_id=_here()),
        place_names={key: name.strip() for key, name in frame.place_options(_here())},
        dead=dead,
        trouble=_trouble,
        recipients=workspaces.settings_document(workspace_id=_here())["alert_recipients"],
        kinds=list(KINDS),
        report_to=f"{_settings().public_url}/api/v1/alerts/external",
        quoted_in=quoted_in(kept),
        assignees=tells_assignees(kept),
    )


def _form(form: Form, kinds: list[str], *, status: int = 200) -> Response:
    return frame.page("notifier_new.html", "notifiers", status=status, **_fields(form, kinds))


def _one(
    row: NotifierRow, form: Form | None = None, kinds: list[str] | None = None, *, secret: str | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    by_mail = KINDS[row.kind].by_mail
    kept = {name: getattr(row, name) for name in _FIELDS if name not in {"target", "id"}}
    form = form or Form.of({**kept, "target": row.target.replace(",", ", ") if by_mail else ""})
    dead = notices.count_dead(workspace_id=_here()).get(row.id, 0)
    return frame.page(
        "notifier.html",
        "notifiers",
        status=status,
        row=row,
        kind=KINDS[row.kind],
        secret=secret,
        dead=dead,
        replayed_at_once=replaying.MOST_AT_ONCE,
        latest_dead=notices.list_dead(workspace_id=_here(), notifier_id=row.id) if dead else [],
        waiting=notices.count_waiting(workspace_id=_here(), notifier_id=row.id),
        trouble=_trouble,
        tried=notices.list_tried(workspace_id=_here(), notifier_id=row.id),
        **_fields(form, list(row.kinds) if kinds is None else kinds),
    )


def _fields(form: Form, kinds: list[str]) -> dict[str, Any]:
    least = number_in(form["least_priority"])
    options = frame.place_options(_here())
    return {
        "form": form,
        "notifier_kinds": list(KINDS),
        "alert_kinds": alerts.KINDS,
        "chosen": kinds,
        "priorities": [*PRIORITIES, *([least] if isinstance(least, int) and least not in PRIORITIES else [])],
        "places": options,
        "place_names": {key: name.strip() for key, name in options},
        "bounds": BOUNDS,
    }


def _sent() -> tuple[Form, list[str]]:
    form = Form.sent(*_FIELDS)
    form.needs("name")
    for name, (low, high) in BOUNDS.items():
        if not isinstance(_number(form, name), int):
            form.refuse(name, "number", low=low, high=high)
    return form, [kind for kind in request.form.getlist("kinds") if kind in alerts.KINDS]


def _given(form: Form, kinds: list[str]) -> dict[str, Any]:
    numbers = {name: _number(form, name) for name in BOUNDS}
    return {"name": form["name"], "kinds": kinds, "place": form["place"] or None, **numbers, **_tool(form)}


def _tool(form: Form) -> dict[str, Any]:
    """Return the helpdesk at the other end; a form without the field says nothing of it."""
    return {"tool": form["tool"].strip() or None} if "tool" in request.form else {}


def _number(form: Form, name: str) -> int | str:
    """Read a whole number; left empty it is the least there is."""
    given = number_in(form[name])
    return BOUNDS[name][0] if given is None else given


def _checked(form: Form, kind: str) -> str | None:
    """Look where a target leads while no transaction is open; None: the form says why it can't be kept."""
    try:
        return notifiers.check_target(kind, form["target"].strip(), allowed=_settings().webhook_allow_networks)
    except NotifierRefused as refused:
        _refuse(form, refused)
        return None


def _refuse(form: Form, refused: NotifierRefused) -> None:
    low, high = BOUNDS.get(refused.field, (0, 0))
    form.refuse(refused.field, refused.code, low=low, high=high, most=notifiers.MOST)


def _trouble(error: str | None) -> str:
    return troubles.in_words(error, frame.words())


def _find(notifier_id: str, *, lock: bool = False) -> NotifierRow:
    try:
        return notifiers.get_notifier(workspace_id=_here(), notifier_id=row_id(notifier_id), lock=lock)
    except NotifierNotFound:
        abort(404)


def _done(row: NotifierRow, code: str) -> ResponseReturnValue:
    return frame.saved(code, "console.settings_notifier", notifier_id=row.id)


def _who() -> dict[str, Any]:
    return {"secret": _settings().secret_key.encode(), "by": guard.me().email, "now": database_now()}


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _here() -> int:
    return guard.membership().workspace_id


def _settings() -> Settings:
    found: Settings = current_app.extensions[EXTENSION]
    return found
