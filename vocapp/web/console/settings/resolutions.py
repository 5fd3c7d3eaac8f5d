"""From what a resolution is chosen: the causes, in groups, and the remedies; each a list of names in two languages.

A key is made once, of the first name, and stays: by it what was resolved is counted, whatever it is called later.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from flask import Response, abort, url_for
from flask.typing import ResponseReturnValue

from vocapp.domain.resolutions import LONGEST_LABEL, MOST, Choice, Group, Resolutions
from vocapp.models import database_now, transaction
from vocapp.services import workspaces
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

LANGUAGES: Final = ("fr", "en")
BLANK: Final = 3
"""Empty rows under those that are filled in."""
_ROWS: Final = tuple(f"{name}-{at}" for at in range(MOST + BLANK) for name in ("key", *LANGUAGES))
_HEAD: Final = tuple(f"label-{language}" for language in LANGUAGES)


@blueprint.get("/console/settings/resolutions")
@frame.owners
def settings_resolutions() -> Response:
    kept = _kept()
    return frame.page(
        "resolutions.html", "resolutions", form=Form.of({}), causes=kept.causes, remedies=kept.remedies, most=MOST
    )


@blueprint.get("/console/settings/resolutions/causes/<key>")
@frame.owners
def settings_causes(key: str) -> Response:
    group = _find(key)
    return _edit(_form_of(group.causes, group.choice), group)


@blueprint.post("/console/settings/resolutions/causes/<key>")
@frame.owners
def save_causes(key: str) -> ResponseReturnValue:
    group = _find(key)
    form = Form.sent(*_HEAD, *_ROWS)
    head, inside = _head(form, group.choice), _read(form, group.causes)

    def change(kept: Resolutions) -> dict[str, Any]:
        changed = [Group(head, inside) if one.choice.key == key else one for one in kept.causes]
        return {"causes": [_group(one) for one in changed]}

    if not form.errors and _is_kept(change, form):
        return frame.saved("settings_saved", "console.settings_resolutions")
    return _edit(form, group, status=422)


@blueprint.get("/console/settings/resolutions/new")
@frame.owners
def new_causes() -> Response:
    return _edit(Form.of({}), None)


@blueprint.post("/console/settings/resolutions/new")
@frame.owners
def add_causes() -> ResponseReturnValue:
    kept = _kept()
    form = Form.sent(*_HEAD, *_ROWS)
    head, inside = _head(form, None, taken=[one.choice.key for one in kept.causes]), _read(form, ())
    if len(kept.causes) >= MOST:
        form.refuse("rows", "too_many_choices", most=MOST)

    def change(kept: Resolutions) -> dict[str, Any]:
        return {"causes": [_group(one) for one in (*kept.causes, Group(head, inside))]}

    if not form.errors and _is_kept(change, form):
        return frame.saved("settings_saved", "console.settings_resolutions")
    return _edit(form, None, status=422)


@blueprint.post("/console/settings/resolutions/causes/<key>/remove")
@frame.owners
def remove_causes(key: str) -> ResponseReturnValue:
    group = _find(key)
    form = _form_of(group.causes, group.choice)

    def change(kept: Resolutions) -> dict[str, Any]:
        return {"causes": [_group(one) for one in kept.causes if one.choice.key != key]}

    if len(_kept().causes) > 1 and _is_kept(change, form):
        return frame.saved("settings_saved", "console.settings_resolutions")
    form.refuse("rows", "last_causes")
    return _edit(form, group, status=422)


@blueprint.get("/console/settings/resolutions/remedies")
@frame.owners
def settings_remedies() -> Response:
    return _edit_remedies(_form_of(_kept().remedies))


@blueprint.post("/console/settings/resolutions/remedies")
@frame.owners
def save_remedies() -> ResponseReturnValue:
    form = Form.sent(*_ROWS)
    found = _read(form, _kept().remedies)
    if not form.errors and _is_kept(lambda _: {"remedies": [_choice(one) for one in found]}, form):
        return frame.saved("settings_saved", "console.settings_resolutions")
    return _edit_remedies(form, status=422)


@blueprint.post("/console/settings/resolutions/usual")
@frame.owners
def restore_resolutions() -> ResponseReturnValue:
    """Go back to the list that vocapp comes with."""
    _is_kept(lambda _: {"causes": None, "remedies": None}, Form.of({}))
    return frame.saved("settings_saved", "console.settings_resolutions")


def _kept() -> Resolutions:
    return workspaces.resolutions_of(workspace_id=guard.membership().workspace_id)


def _find(key: str) -> Group:
    return next((one for one in _kept().causes if one.choice.key == key), None) or abort(404)


def _is_kept(change: Callable[[Resolutions], dict[str, Any]], form: Form) -> bool:
    """Keep what `change` makes of the list as it stands behind its lock: somebody else may be at another group."""
    workspace_id = guard.membership().workspace_id
    try:
        with transaction():
            kept = workspaces.resolutions_of(workspace_id=workspace_id, to_change=True)
            workspaces.change_settings(
                workspace_id=workspace_id,
                changes={"resolutions": change(kept)},
                by=guard.me().email,
                now=database_now(),
            )
    except WorkspaceRefused:  # every field was looked at before: what is left is about the list as a whole
        form.refuse("rows", "choices", most=MOST)
        return False
    return True


def _head(form: Form, kept: Choice | None, taken: Iterable[str] = ()) -> Choice:
    """Read the name of a group."""
    label = _label(form, {language: f"label-{language}" for language in LANGUAGES}, kept)
    if not label:
        form.refuse(_HEAD[0], "missing")
    return Choice(kept.key if kept else _new_key(label, {*taken}), label)


def _read(form: Form, kept: Sequence[Choice]) -> tuple[Choice, ...]:
    """Read the rows: one whose names are both empty is none (any more); one without a key of the list gets one."""
    before = {one.key: one for one in kept}
    found: dict[str, Choice] = {}
    rows = range(MOST + BLANK)
    named = {form[f"key-{at}"] for at in rows}
    for at in rows:
        label = _label(form, {language: f"{language}-{at}" for language in LANGUAGES}, before.get(form[f"key-{at}"]))
        if not label:
            continue
        key = form[f"key-{at}"]
        if key not in before or key in found:
            key = _new_key(label, {*found, *before, *named})
        found[key] = Choice(key, label)
    if not found:
        form.refuse("rows", "no_choices")
    if len(found) > MOST:
        form.refuse("rows", "too_many_choices", most=MOST)
    return tuple(found.values())


def _label(form: Form, fields: dict[str, str], kept: Choice | None) -> dict[str, str]:
    """Read a name in our languages; what is kept in others stays."""
    said = {language: form[field].strip() for language, field in fields.items()}
    for language, text in said.items():
        if len(text) > LONGEST_LABEL or not text.isprintable():
            form.refuse(fields[language], "choice_name", most=LONGEST_LABEL)
    others = {} if kept is None else {tag: text for tag, text in kept.label.items() if tag and tag not in LANGUAGES}
    named = {language: text for language, text in said.items() if text}
    return {**named, **others} if named else {}


def _new_key(label: dict[str, str], taken: set[str]) -> str:
    """Make a key of a name: letters without their accents, digits, underscores."""
    name = label.get("en") or next(iter(label.values()), "")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_").lstrip("0123456789_")[:32] or "cause"
    numbered = (f"{words}_{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (words, *numbered) if one not in taken)


def _form_of(choices: Sequence[Choice], head: Choice | None = None) -> Form:
    values: dict[str, Any] = {}
    if head is not None:
        values |= {f"label-{language}": head.said(language) for language in LANGUAGES}
    for at, one in enumerate(choices):
        values |= {f"key-{at}": one.key, **{f"{language}-{at}": one.said(language) for language in LANGUAGES}}
    return Form.of(values)


def _group(group: Group) -> dict[str, Any]:
    return {**_choice(group.choice), "causes": [_choice(one) for one in group.causes]}


def _choice(choice: Choice) -> dict[str, Any]:
    return {"key": choice.key, "label": dict(choice.label)}


def _edit(form: Form, group: Group | None, *, status: int = 200) -> Response:
    action = url_for("console.add_causes") if group is None else url_for("console.save_causes", key=group.choice.key)
    return frame.page(
        "choices.html", "resolutions", status=status, form=form, group=group, is_causes=True, action=action,
        rows=_shown(form), languages=LANGUAGES,
    )  # fmt: skip


def _edit_remedies(form: Form, *, status: int = 200) -> Response:
    return frame.page(
        "choices.html", "resolutions", status=status, form=form, group=None, is_causes=False,
        action=url_for("console.save_remedies"), rows=_shown(form), languages=LANGUAGES,
    )  # fmt: skip


def _shown(form: Form) -> range:
    """Return the rows a page shows: those that say something, or are refused, and some empty ones."""
    last = max(
        (at for at in range(MOST + BLANK) if any(form[f"{name}-{at}"] for name in ("key", *LANGUAGES))), default=-1
    )
    return range(min(last + 1 + BLANK, MOST + BLANK))
