"""Limits of the mails' health: from where on a share of messages is to be watched, and from where on it is too bad."""

from __future__ import annotations

import re
from typing import Final

from flask import Response
from flask.typing import ResponseReturnValue

from vocapp.domain.mail_health import LEAST, LIMITS, MOST, SIGNS, MailLimits
from vocapp.models import database_now, transaction
from vocapp.services import workspaces
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.console import frame as console
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

SHIPPED: Final = MailLimits()
UNMEASURED: Final = "opened"
"""Nothing is set here of what nobody measures."""
SHOWN: Final = tuple(key for key in LIMITS if not key.startswith(UNMEASURED))
_NUMBER = re.compile(r"[0-9]{1,3}([.,][0-9]{1,4})?", re.ASCII)


@blueprint.get("/console/settings/mail-limits")
@frame.owners
def settings_limits() -> Response:
    kept = workspaces.settings_document(workspace_id=guard.membership().workspace_id)["mail_limits"]
    return _page(Form.of({key: _written(kept.get(key)) for key in SHOWN}))


@blueprint.post("/console/settings/mail-limits")
@frame.owners
def save_limits() -> ResponseReturnValue:
    form = Form.sent(*SHOWN)
    wanted = {key: _number(form, key) for key in SHOWN}
    if not form.errors:
        try:
            with transaction():
                workspaces.change_settings(
                    workspace_id=guard.membership().workspace_id,
                    changes={"mail_limits": wanted},
                    by=guard.me().email,
                    now=database_now(),
                )
        except WorkspaceRefused as refused:
            for fault in refused.faults:  # each number is one: so it lies on the wrong side of the other
                key = fault.pointer.rpartition("/")[2]
                form.refuse(key if key in SHOWN else SHOWN[0], "limit_order")
    if form.errors:
        return _page(form, status=422)
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


def _page(form: Form, *, status: int = 200) -> Response:
    return frame.page(
        "limits.html",
        "limits",
        status=status,
        form=form,
        signs=[key for key in SIGNS if key != UNMEASURED],
        ships={key: _written(getattr(SHIPPED, key)) for key in SHOWN},
    )
