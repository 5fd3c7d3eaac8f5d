"""How one speaks, as a form: of the workspace on its own page, of a brand on the brand's; and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from vocapp.domain.voice import FORMALITIES, FORMALITY, TEXTS, flaw_of, gaps, tidied
from vocapp.models import Workspace, database_now, transaction
from vocapp.services import brands, workspaces
from vocapp.services.brands import BrandRefused
from vocapp.services.browsing import surveys
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.console import guard, previews
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

LANGUAGES = ("fr", "en")


class Shown(NamedTuple):
    """A survey in which a preview shows how one speaks."""

    survey: str
    language: str
    languages: tuple[str, ...]


@blueprint.get("/console/settings/voice")
@frame.owners
def settings_voice() -> Response:
    kept = _kept()
    return _page(kept, Form.of(values_of(_voice(kept))))


@blueprint.post("/console/settings/voice")
@frame.owners
def save_voice() -> ResponseReturnValue:
    kept = _kept()
    languages = languages_of(kept, _voice(kept))
    form = Form.sent(*names_of(languages))
    try:
        with transaction():
            workspaces.change_settings(
                workspace_id=kept.id,
                changes={"brand": {"voice": voice_in(form, languages)}},
                by=guard.me().email,
                now=database_now(),
            )
    except WorkspaceRefused as refused:
        for fault in refused.faults:
            refuse(form, fault.pointer.removeprefix("/brand/voice/").replace("/", "."))
        return _page(kept, form, status=422)
    return frame.saved("settings_saved", "console.settings_voice")


@blueprint.post("/console/settings/voice/preview/<part>")
@frame.owners
def try_voice(part: str) -> Response:
    """Show a part of a survey as the form has one speak, in a frame beside it; nothing is kept."""
    kept = _kept()
    languages = languages_of(kept, _voice(kept))
    voice = voice_in(Form.sent(*names_of(languages)), languages)
    return tried(kept, part, lambda: brands.tried_voice(workspace=kept, voice=voice))


def tried(workspace: Workspace, part: str, settings: Callable[[], Mapping[str, Any]]) -> Response:
    """Return a part of a survey under settings that a form asks for; where they can't stand, say so."""
    seen = shown(workspace)
    if seen is None:
        abort(404)
    try:
        return previews.part_under(settings(), key=seen.survey, part=part)
    except BrandRefused:
        return previews.framed_note(frame.words()["looks_unfit"])


def values_of(voice: Mapping[str, Any]) -> dict[str, str]:
    """Return a voice as a form has it."""
    texts = {f"{text}_{tag}": said for text in TEXTS for tag, said in (voice.get(text) or {}).items()}
    return {FORMALITY: voice.get(FORMALITY) or "", **texts}


def names_of(languages: Iterable[str]) -> list[str]:
    """Return the fields of a voice."""
    return [FORMALITY, *(f"{text}_{language}" for language in languages for text in TEXTS)]


def voice_in(form: Form, languages: Iterable[str]) -> dict[str, Any]:
    """Return the whole voice that a form holds; what is empty is named, so that it goes."""
    texts = {text: {language: form[f"{text}_{language}"] for language in languages} for text in TEXTS}
    return {FORMALITY: form[FORMALITY] or None, **texts}


def refuse(form: Form, where: str) -> None:
    """Say what is wrong beside the field that a voice names: `greeting.fr`, in the words of the reader."""
    text, _, language = where.partition(".")
    name = f"{text}_{language}"
    said = tidied({text: {language: form[name]}}).get(text, {}).get(language, "") if text in TEXTS else ""
    flaw = flaw_of(text, said) if said else None
    if flaw is None:
        form.refuse(where.replace(".", "_"), "choose")
    else:
        form.refuse(name, "voice", why=frame.words()["voice_whys"][flaw.code].format(**flaw.about))


def missing_in(form: Form, languages: Iterable[str]) -> dict[str, str]:
    """Return for each field the variables in it that a customer may lack, with nothing in their place."""
    found: dict[str, list[str]] = {}
    for text, language, name in gaps(tidied(voice_in(form, languages))):
        found.setdefault(f"{text}_{language}", []).append(name)
    return {field: ", ".join(names) for field, names in found.items()}


def languages_of(workspace: Workspace, *voices: Mapping[str, Any]) -> list[str]:
    """Return in which languages one writes: ours, the workspace's, and those that something is written in."""
    written = [tag for voice in voices for text in TEXTS for tag in voice.get(text) or {}]
    return [*dict.fromkeys((*LANGUAGES, workspace.default_language.partition("-")[0], *sorted(written)))]


def about(workspace: Workspace, form: Form, *voices: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields of a voice need on their page."""
    languages = languages_of(workspace, *voices)
    return {
        "formalities": FORMALITIES,
        "voice_languages": languages,
        "may_lack": missing_in(form, languages),
        "limits": TEXTS,
        "shown": shown(workspace),
    }


def shown(workspace: Workspace) -> Shown | None:
    """Return a survey to show how one speaks in; None: there is none in force."""
    found = [one for one in surveys.list_surveys(workspace_id=workspace.id) if one.state != "draft" and one.survey]
    if not found:
        return None
    one = min(found, key=lambda seen: (seen.survey is None or seen.survey.invitation is None, seen.state != "sent"))
    languages = (one.survey.languages if one.survey else ()) or (workspace.default_language,)
    asked, usual = request.args.get("language", ""), frame.words().language
    return Shown(one.key, next((tag for tag in (asked, usual) if tag in languages), languages[0]), tuple(languages))


def framing(response: Response) -> Response:
    """Let a page show its previews."""
    response.headers["Content-Security-Policy"] += "; frame-src 'self'"
    return response


def _page(kept: Workspace, form: Form, *, status: int = 200) -> Response:
    return framing(frame.page("voice.html", "workspace", status=status, form=form, **about(kept, form, _voice(kept))))


def _kept() -> Workspace:
    return workspaces.get_workspace(key=guard.membership().workspace_key)


def _voice(kept: Workspace) -> dict[str, Any]:
    return (kept.settings.get("brand") or {}).get("voice") or {}
