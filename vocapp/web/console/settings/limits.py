"""Limits of the mails' health: from where on a share of messages is to be watched, and from where on it is too bad."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from vocapp.config import EXTENSION, Settings
from vocapp.domain.mail_health import LEAST, LIMITS, MOST, SIGNS, MailLimits, MailOpens
from vocapp.models import database_now, transaction
from vocapp.services import workspaces
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.console import frame as console
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

SHIPPED: Final = MailLimits()
OPENED: Final = "opened"
"""Of this, nothing is set where nobody measures it."""
_NUMBER = re.compile(r"[0-9]{1,3}([.,][0-9]{1,4})?", re.ASCII)


@blueprint.get("/console/settings/mail-limits")
@frame.owners
def settings_limits() -> Response:
    kept = _settings()
    return _page(Form.of({key: _written(kept["mail_limits"].get(key)) for key in _shown(kept)}), _measured(kept))


@blueprint.post("/console/settings/mail-limits")
@frame.owners
def save_limits() -> ResponseReturnValue:
    shown, measured = _shown(_settings()), request.form.get("measured") == "yes"
    form = Form.sent(*shown)
    wanted = {key: _number(form, key) for key in shown}
    if not form.errors:
        try:
            with transaction():
                workspaces.change_settings(
                    workspace_id=guard.membership().workspace_id,
                    changes={"mail_limits": wanted, "mail_opens": {"measured": measured or None}},
                    by=guard.me().email,
                    now=database_now(),
                )
        except WorkspaceRefused as refused:
            for fault in refused.faults:  # each number is one: so it lies on the wrong side of the other
                key = fault.pointer.rpartition("/")[2]
                form.refuse(
                    key if key in shown else shown[0], "limit_below" if key.startswith(OPENED) else "limit_order"
                )
    if form.errors:
        return _page(form, measured, status=422)
    return frame.saved("settings_saved", "console.settings_limits")


def _number(form: Form, key: str) -> float | None:
    """Read a number with a point or a comma; an empty field is None, which takes a limit back to what ships."""
    said = re.sub(r"[\s%]", "", form[key])
    if not said:
        return None
    value = float(said.replace(",", ".")) if _NUMBER.fullmatch(said) else 0.0
    if not LEAST <= value <= MOST:
        form.refuse(key, "limit", low=_written(LEAST), high=_written(MOST))
        return None
    return value


def _written(value: float | None) -> str:
    """Write a number as it is typed; empty for none."""
    if value is None:
        return ""
    return f"{value:g}".replace(".", "," if console.language() == "fr" else ".")


def _settings() -> dict[str, Any]:
    return workspaces.settings_document(workspace_id=guard.membership().workspace_id)


def _measured(kept: Mapping[str, Any]) -> bool:
    return MailOpens.read(kept["mail_opens"]).measured


def _shown(kept: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the limits of what is measured."""
    return tuple(key for key in LIMITS if _measured(kept) or not key.startswith(OPENED))


def _page(form: Form, measured: bool, *, status: int = 200) -> Response:
    settings: Settings = current_app.extensions[EXTENSION]
    return frame.page(
        "limits.html",
        "limits",
        status=status,
        form=form,
        measured=measured,
        can_be_told=settings.opens_are_told,
        signs=[key for key in SIGNS if key in form.values],
        ships={key: _written(getattr(SHIPPED, key)) for key in form.values},
    )
