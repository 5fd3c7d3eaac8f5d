"""Goals: from where on the figures of the dashboards are as the company wants them."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response
from flask.typing import ResponseReturnValue

from vocapp.domain.boards import GOAL_BOUNDS, GOALS, UNITS, Goals
from vocapp.models import database_now, transaction
from vocapp.services import workspaces
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.console import frame as console
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

SHIPPED: Final = Goals()
_NUMBER = re.compile(r"[-+]?[0-9]{1,6}([.,][0-9]{1,3})?", re.ASCII)


@blueprint.get("/console/settings/goals")
@frame.owners
def settings_goals() -> Response:
    kept = workspaces.settings_document(workspace_id=guard.membership().workspace_id)["goals"]
    return _page(Form.of({key: _written(kept.get(key)) for key in GOALS}))


@blueprint.post("/console/settings/goals")
@frame.owners
def save_goals() -> ResponseReturnValue:
    form = Form.sent(*GOALS)
    wanted = {key: _number(form, key) for key in GOALS}
    if not form.errors:
        try:
            with transaction():
                workspaces.change_settings(
                    workspace_id=guard.membership().workspace_id,
                    changes={"goals": wanted},
                    by=guard.me().email,
                    now=database_now(),
                )
        except WorkspaceRefused as refused:
            for fault in refused.faults:
                _refuse(form, fault.pointer.rpartition("/")[2])
    if form.errors:
        return _page(form, status=422)
    return frame.saved("settings_saved", "console.settings_goals")


def _number(form: Form, key: str) -> float | None:
    """Read a number with a point or a comma; an empty field is None, which takes a goal back to what ships."""
    said = re.sub(r"[\s%]", "", form[key]).replace("\u2212", "-")
    if not said:
        return None
    if not _NUMBER.fullmatch(said):
        _refuse(form, key)
        return None
    value = float(said.replace(",", "."))
    low, high = _bounds(key)
    if not low <= value <= high:
        _refuse(form, key)
    return int(value) if value.is_integer() else value


def _refuse(form: Form, key: str) -> None:
    low, high = _bounds(key)
    form.refuse(key if key in GOALS else GOALS[0], "goal", low=_written(low), high=_written(high))


def _bounds(key: str) -> tuple[float, float]:
    return GOAL_BOUNDS.get(key, (0, 100))


def _written(value: float | None) -> str:
    """Write a number as it is typed; empty for none."""
    if value is None:
        return ""
    return f"{value:g}".replace("-", "\u2212").replace(".", "," if console.language() == "fr" else ".")


def _page(form: Form, *, status: int = 200) -> Response:
    return frame.page(
        "goals.html",
        "goals",
        status=status,
        form=form,
        goals=[_shown(key) for key in GOALS],
    )


def _shown(key: str) -> dict[str, Any]:
    low, high = _bounds(key)
    unit = UNITS.get(key, "percent")
    return {
        "key": key,
        "unit": unit,
        "low": _written(low),
        "high": _written(high),
        "ships": _written(getattr(SHIPPED, key)),
    }
