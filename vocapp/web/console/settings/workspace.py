"""The workspace: its name, language and clock, its face on the customers' pages, who is told of an alert."""

from __future__ import annotations

import re
from dataclasses import asdict

from flask import Response
from flask.typing import ResponseReturnValue

from vocapp.domain.advisers import LEAST, MOST, AdviserSettings
from vocapp.domain.alerts import HOLD_LIMITS, Hold
from vocapp.models import database_now, transaction
from vocapp.services import workspaces
from vocapp.services.intake_values import list_zones
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.formats import language_name
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form, number_in

LANGUAGES = ("fr", "en", "de", "es", "it", "nl", "pt", "pl", "fr-CA", "en-GB", "en-US")
"""Those most asked for; a workspace that has another keeps it."""

_FIELDS = (
    "name",
    "default_language",
    "timezone",
    "brand_name",
    "accent",
    "logo_url",
    "alert_recipients",
    "smallest",
    *HOLD_LIMITS,
)
_ERRORS = {
    "/name": ("name", "line"),
    "/timezone": ("timezone", "timezone"),
    "/default_language": ("default_language", "choose"),
    "/brand/name": ("brand_name", "line"),
    "/brand/accent": ("accent", "accent"),
    "/brand/logo_url": ("logo_url", "logo"),
}


@blueprint.get("/console/settings")
@frame.owners
def settings() -> Response:
    kept = workspaces.settings_document(workspace_id=guard.membership().workspace_id)
    brand = kept["brand"]
    form = Form.of(
        {
            **kept,
            "brand_name": brand.get("name"),
            "accent": brand.get("accent"),
            "logo_url": brand.get("logo_url"),
            "alert_recipients": "\n".join(kept["alert_recipients"]),
            **asdict(Hold.read(kept["callbacks"])),
            "smallest": AdviserSettings.read(kept["advisers"]).smallest,
        }
    )
    return _page(form)


@blueprint.post("/console/settings")
@frame.owners
def save_settings() -> ResponseReturnValue:
    form = Form.sent(*_FIELDS)
    form.needs("name", "timezone", "default_language")
    if not form.errors:
        try:
            with transaction():
                workspaces.change_settings(
                    workspace_id=guard.membership().workspace_id,
                    changes={
                        "name": form["name"].strip(),
                        "timezone": form["timezone"].strip(),
                        "default_language": form["default_language"],
                        "brand": {
                            "name": form["brand_name"].strip() or None,
                            "accent": form["accent"].strip().lower() or None,
                            "logo_url": form["logo_url"].strip() or None,
                        },
                        "alert_recipients": re.split(r"[\s,;]+", form["alert_recipients"].strip())
                        if form["alert_recipients"].strip()
                        else [],
                        "advisers": {"smallest": number_in(form["smallest"])},
                        "callbacks": {name: number_in(form[name]) for name in HOLD_LIMITS},
                    },
                    by=guard.me().email,
                    now=database_now(),
                )
            return frame.saved("settings_saved", "console.settings")
        except WorkspaceRefused as refused:
            for fault in refused.faults:
                part, _, name = fault.pointer.removeprefix("/").partition("/")
                if part == "advisers":
                    form.refuse("smallest", "number", low=LEAST, high=MOST)
                elif part == "callbacks":
                    lowest, highest = HOLD_LIMITS[name]
                    form.refuse(name, "number", low=lowest, high=highest)
                else:
                    form.refuse(*_ERRORS.get(fault.pointer, ("alert_recipients", "recipients")))
    return _page(form, status=422)


def _page(form: Form, *, status: int = 200) -> Response:
    shown = frame.words().language
    offered = dict.fromkeys((*LANGUAGES, form["default_language"] or LANGUAGES[0]))
    colour = form["accent"].strip().lower()
    return frame.page(
        "workspace.html",
        "workspace",
        status=status,
        form=form,
        languages=[(code, language_name(code, shown)) for code in offered],
        zones=list_zones(),
        bounds=HOLD_LIMITS,
        smallest=(LEAST, MOST),
        # The page's own style names the colour: only what is one may stand there.
        colour=colour if re.fullmatch(r"#[0-9a-f]{6}", colour) else None,
        logo=form["logo_url"] if form["logo_url"].startswith("data:image/") and "logo_url" not in form.errors else None,
    )
