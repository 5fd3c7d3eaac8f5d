"""A brand as the API gives it: what it sets itself, what holds for it, and how far its colour can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vocapp.domain.colours import DARK_PAPER, LIGHT_PAPER, contrast, readable
from vocapp.domain.personalisation import default_wanted
from vocapp.domain.voice import gaps
from vocapp.models import Place, Workspace, db
from vocapp.services.brands import FROZEN, KEY, branded


def brand_document(place: Place) -> dict[str, Any]:
    """Return a brand's own fields, and under `in_force` the same with what it inherits."""
    workspace = db.session.get_one(Workspace, place.workspace_id)
    settings = workspace.settings
    known = settings.get(KEY) or {}
    own = known.get(place.key) or {}
    whole = branded(settings, {FROZEN: [one for one in place.path.strip("/").split("/") if one in known]})
    brand, sender = whole.get("brand") or {}, whole.get("sender") or {}
    accent = brand.get("accent")
    return {
        "place": place.key,
        **_fields(own, {name: own.get(f"sender_{name}" if name != "reply_to" else name) for name in _SENDER}),
        "in_force": _fields({"name": workspace.name} | {k: v for k, v in brand.items() if v}, sender),
        "contrast": {"light": shade(accent, LIGHT_PAPER), "dark": shade(accent, DARK_PAPER)} if accent else None,
        "warnings": voice_warnings(own.get("voice") or {}, "/voice"),
    }


def voice_warnings(voice: Mapping[str, Any], above: str) -> list[dict[str, str]]:
    """Return what the author of a voice may want to look at again; `above`: the JSON pointer of the voice."""
    return [
        {"pointer": f"{above}/{text}/{language}", "detail": default_wanted(name)}
        for text, language, name in gaps(voice)
    ]


def shade(accent: str, paper: str) -> dict[str, Any]:
    """Return the contrast of a colour on a paper as it was chosen, and the colour that is shown there."""
    shown = readable(accent.lower(), paper)
    return {"ratio": round(contrast(accent.lower(), paper), 2), "shown": shown, "as_chosen": shown == accent.lower()}


_SENDER = ("name", "address", "reply_to")


def _fields(brand: Mapping[str, Any], sender: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: brand.get(name) for name in ("name", "accent", "logo_url")},
        "sender": {name: sender.get(name) for name in _SENDER},
        "voice": brand.get("voice") or {},
    }
