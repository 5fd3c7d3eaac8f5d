"""Whose an alert is, what follows while nobody calls, and what is written where nobody can: three forms on one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from flask.typing import ResponseReturnValue

from vocapp.domain.escalation import LONGEST, MOST_STEPS, TARGETS, Escalation
from vocapp.domain.handing_out import MOST_EACH, HandingOut
from vocapp.domain.overflow import LONGEST_MARGIN, Overflow
from vocapp.domain.rules import Fault
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.services import recovering, workspaces
from vocapp.services.browsing import surveys
from vocapp.services.senders import sender_of
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form, number_in
from vocapp.web.console.surveys import title_of

WAYS: Final = ("hand", "round_robin")
_STEPS: Final = tuple(range(MOST_STEPS))
_STEP_FIELDS: Final = tuple(f"{name}-{at}" for at in _STEPS for name in ("after", "to", "tell"))
_LETTER_FIELDS: Final = ("on", "margin_minutes", "help_url", "help_phone")
_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {"most_each": (1, MOST_EACH), "margin_minutes": (0, LONGEST_MARGIN)}
_CODES: Final = {"most_each": "number", "margin_minutes": "number", "by": "choose", "help_url": "help_url"}


@blueprint.get("/console/settings/handling")
@frame.owners
def settings_handling() -> Response:
    return _page()


@blueprint.post("/console/settings/handling/handing-out")
@frame.owners
def save_handing_out() -> ResponseReturnValue:
    form = Form.sent("by", "most_each")
    teams = request.form.getlist("teams")
    known = {key for key, _ in frame.place_options(guard.membership().workspace_id)}
    if not known.issuperset(teams):
        form.refuse("teams", "choose")
    wanted = {"by": form["by"], "most_each": number_in(form["most_each"]), "teams": sorted(set(teams))}
    if _is_kept("handing_out", wanted, form):
        return frame.saved("settings_saved", "console.settings_handling")
    return _page(handing_out=form, teams=frozenset(teams), status=422)


@blueprint.post("/console/settings/handling/escalation")
@frame.owners
def save_escalation() -> ResponseReturnValue:
    form = Form.sent(*_STEP_FIELDS)
    steps: list[dict[str, Any]] = []
    rows: list[int] = []
    for at in _STEPS:
        after, told = form[f"after-{at}"].strip(), form[f"tell-{at}"].split()
        if not after and not told:
            continue
        minutes = number_in(after)
        if not isinstance(minutes, int) or minutes > LONGEST:
            form.refuse(f"after-{at}", "number", low=0, high=LONGEST)
        elif steps and isinstance(before := steps[-1]["after_minutes"], int) and minutes <= before:
            form.refuse(f"after-{at}", "step_later")
        steps.append({"after_minutes": minutes, "to": form[f"to-{at}"], "tell": told})
        rows.append(at)
    if _is_kept("escalation", {"steps": steps}, form, rows=rows):
        return frame.saved("settings_saved", "console.settings_handling")
    return _page(escalation=form, status=422)


@blueprint.post("/console/settings/handling/letters")
@frame.owners
def save_overflow() -> ResponseReturnValue:
    form = Form.sent(*_LETTER_FIELDS)
    wanted = {
        "on": form["on"] == "yes",
        "margin_minutes": number_in(form["margin_minutes"]),
        "help_url": form["help_url"].strip() or None,
        "help_phone": form["help_phone"].strip() or None,
    }
    if _is_kept("overflow", wanted, form):
        return frame.saved("settings_saved", "console.settings_handling")
    return _page(overflow=form, status=422)


def _is_kept(part: str, wanted: dict[str, Any], form: Form, *, rows: list[int] | None = None) -> bool:
    """Keep one part of the settings, or say beside each field what is wrong with it."""
    if form.errors:
        return False
    try:
        with transaction():
            workspaces.change_settings(
                workspace_id=guard.membership().workspace_id,
                changes={part: wanted},
                by=guard.me().email,
                now=database_now(),
            )
    except WorkspaceRefused as refused:
        for fault in refused.faults:
            _refuse(form, fault, rows or [])
        return False
    return True


def _refuse(form: Form, fault: Fault, rows: list[int]) -> None:
    _, _, field, *inside = (*fault.pointer.split("/"), "", "")
    if field != "steps":
        low, high = _BOUNDS.get(field, (0, 0))
        form.refuse(field, _CODES.get(field, field), low=low, high=high)
        return
    at = rows[int(inside[0])] if inside[0].isdigit() and int(inside[0]) < len(rows) else 0
    name = {"to": "to", "tell": "tell"}.get(inside[1], "after")
    form.refuse(f"{name}-{at}", {"to": "choose", "tell": "told"}.get(name, "number"), low=0, high=LONGEST)


def _page(
    *,
    handing_out: Form | None = None,
    teams: frozenset[str] | None = None,
    escalation: Form | None = None,
    overflow: Form | None = None,
    status: int = 200,
) -> Response:
    workspace_id = guard.membership().workspace_id
    document = workspaces.settings_document(workspace_id=workspace_id)
    escalation = escalation or _steps_of(Escalation.read(document["escalation"]))
    ours, out = Overflow.read(document["overflow"]), HandingOut.read(document["handing_out"])
    return frame.page(
        "handling.html",
        "handling",
        status=status,
        form=Form.of({}),
        handing_out=handing_out or Form.of({"by": out.by, "most_each": out.most_each}),
        teams=out.teams if teams is None else teams,
        ways=WAYS,
        places=frame.place_options(workspace_id),
        escalation=escalation,
        steps=_shown(escalation),
        targets=TARGETS,
        overflow=overflow
        or Form.of(
            {
                "on": "yes" if ours.on else "",
                "margin_minutes": ours.margin_minutes,
                "help_url": ours.help_url,
                "help_phone": ours.help_phone,
            }
        ),
        asking=_asking(workspace_id),
        offers=(document["callback_team"].get("agents") or 0) > 0,
        reply_to=sender_of(db.session.get_one(Workspace, workspace_id).settings).reply_to,
    )


def _asking(workspace_id: int) -> list[tuple[str, str]]:
    """Return key and title of the surveys that ask whether a call helped, of those that are sent."""
    keys = {one.key for one in recovering.list_surveys(workspace_id=workspace_id)}
    seen = surveys.list_surveys(workspace_id=workspace_id) if keys else []
    return [(one.key, title_of(one)) for one in seen if one.key in keys and one.state == "sent"]


def _shown(form: Form) -> range:
    """Return the steps that a page shows: those that are filled in, and one more."""
    last = max((at for at in _STEPS if form[f"after-{at}"] or form[f"tell-{at}"].strip()), default=-1)
    return range(min(last + 2, MOST_STEPS))


def _steps_of(kept: Escalation) -> Form:
    values: dict[str, Any] = {}
    for at, step in enumerate(kept.steps):
        values |= {
            f"after-{at}": int(step.after.total_seconds() // 60),
            f"to-{at}": step.to,
            f"tell-{at}": "\n".join(step.tell),
        }
    return Form.of(values)
