"""Themes: those that ship, the workspace's own beside them or in their place, and a try before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from vocapp.domain.rules import Fault
from vocapp.domain.survey import in_language
from vocapp.domain.themes import MOST_THEMES, ThemeSet
from vocapp.domain.urgent_words import fault_of, tokens
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.services import looking_again, theming
from vocapp.services.theming import Offered, ThemesRefused
from vocapp.services.trying_themes import LAST, Tried, try_on_verbatims
from vocapp.web.console import frame as console
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

LANGUAGES: Final = ("fr", "en")
LISTS: Final = ("words", "except")


@blueprint.get("/console/settings/themes")
@frame.owners
def settings_themes() -> Response:
    return _list(Form.of({}))


@blueprint.post("/console/settings/themes")
@frame.owners
def try_themes() -> Response:
    """Say which themes a text mentions; what is tried is sent as a form, so that it stands in no address."""
    form = Form.sent("text")
    found = None
    if form["text"].strip():
        workspace_id = guard.membership().workspace_id
        settings = db.session.get_one(Workspace, workspace_id).settings
        found = _mentioned(theming.load(workspace_id=workspace_id, settings=settings), form["text"])
    else:
        form.refuse("text", "missing")
    return _list(form, found=found, status=422 if form.errors else 200)


@blueprint.get("/console/settings/themes/new")
@frame.owners
def new_theme() -> Response:
    return _one(None, Form.of({}))


@blueprint.post("/console/settings/themes/new")
@frame.owners
def add_theme() -> ResponseReturnValue:
    return _save(None)


@blueprint.get("/console/settings/themes/of/<key>")
@frame.owners
def settings_theme(key: str) -> Response:
    offered = _find(key)
    return _one(offered, _form_of(offered.definition))


@blueprint.post("/console/settings/themes/of/<key>")
@frame.owners
def change_theme(key: str) -> ResponseReturnValue:
    return _save(_find(key))


@blueprint.post("/console/settings/themes/of/<key>/end")
@frame.owners
def end_theme(key: str) -> ResponseReturnValue:
    """Look for a theme that ships no longer."""
    offered = _find(key)
    if not offered.ships:
        abort(404)
    ended = {"key": key, "name": offered.definition["name"], "words": {}}
    with transaction():
        theming.put_one(theme=ended, is_new=False, **_who())
    return frame.saved("settings_saved", "console.settings_themes")


@blueprint.post("/console/settings/themes/of/<key>/remove")
@frame.owners
def remove_theme(key: str) -> ResponseReturnValue:
    """Take an own theme away; where one of its key ships, that is looked for again."""
    with transaction():
        if not theming.remove_one(key=key, **_who()):
            abort(404)
    return frame.saved("settings_saved", "console.settings_themes")


@blueprint.post("/console/settings/themes/again")
@frame.owners
def look_again_for_themes() -> ResponseReturnValue:
    """Have the themes in force looked for in all that was written before; a worker does it."""
    with transaction():
        looking_again.want(**_who())
    return frame.saved("themes_wanted", "console.settings_themes")


def _save(offered: Offered | None) -> ResponseReturnValue:
    """Keep what a form says, or only try it (`do=try`)."""
    tags = _tags(offered.definition if offered else {})
    form = Form.sent("key", "text", *(f"name-{tag}" for tag in LANGUAGES), *_fields(tags))
    theme = _read(form, offered, tags)
    if not form.errors:
        try:
            if request.form.get("do") == "try":
                return _one(offered, form, tried=_tried(theme, form["text"]))
            with transaction():
                theming.put_one(theme=theme, is_new=offered is None, **_who())
        except ThemesRefused as refused:
            for fault in refused.faults:
                _refuse(form, fault, theme)
    if form.errors:
        return _one(offered, form, status=422)
    return frame.saved("settings_saved", "console.settings_themes")


def _read(form: Form, offered: Offered | None, tags: Sequence[str]) -> dict[str, Any]:
    """Read a theme as `PUT /api/v1/themes` takes it; its name in other languages stays."""
    before = offered.definition["name"] if offered else {}
    others = {tag: said for tag, said in _by_language(before).items() if tag and tag not in LANGUAGES}
    name = {tag: said for tag in LANGUAGES if (said := form[f"name-{tag}"].strip())}
    if not name:
        form.refuse("name-fr", "missing")
    if offered is None:
        form.needs("key")
    lists = {kind: {tag: listed for tag in tags if (listed := _lines(form[f"{kind}-{tag}"]))} for kind in LISTS}
    if not lists["words"]:
        form.refuse("words-fr", "theme_words")
    key = offered.definition["key"] if offered else form["key"].strip()
    return {"key": key, "name": {**name, **others}, "words": lists["words"], "except": lists["except"] or None}


def _refuse(form: Form, fault: Fault, theme: Mapping[str, Any]) -> None:
    """Say what is wrong beside its field."""
    _, kind, tag, place, *_ = (*fault.pointer.split("/"), "", "", "", "")
    if kind in LISTS and place.isdigit():
        word = theme[kind][tag][int(place)]
        form.refuse(f"{kind}-{tag}", "word", word=word[:80], why=frame.words()["theme_whys"][_why(word, kind)])
    elif kind in LISTS:
        form.refuse(f"{kind}-{tag or LANGUAGES[0]}", "rule", why=fault.detail)
    elif kind == "name":
        form.refuse(f"name-{tag or LANGUAGES[0]}", "theme_name")
    elif kind == "key":
        form.refuse("key", "theme_taken" if fault.detail == theming.TAKEN else "theme_key")
    else:
        form.refuse("rows", "too_many_themes", most=MOST_THEMES)


def _why(word: str, kind: str) -> str:
    """Return why an entry is refused, as a key of the words."""
    if not tokens(word.replace("*", "")):
        return "no_word"
    if "*" in word.rstrip()[:-1]:
        return "star_inside"
    if word.rstrip().endswith("*") and kind == "except":
        return "star"
    return "beginning" if fault_of(word) else "long"


def _tried(theme: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Say what would be found, if this theme were kept: in a text, and in the last verbatims."""
    workspace_id = guard.membership().workspace_id
    alone, whole = theming.with_one(workspace_id=workspace_id, theme=theme)
    said = _mentioned(whole, text) if text.strip() else None
    tried: Tried = try_on_verbatims(workspace_id=workspace_id, theme=alone)
    return {"said": said, "on": tried, "last": LAST, "key": theme["key"]}


def _mentioned(themes: ThemeSet, text: str) -> list[tuple[str, str]]:
    """Return (key, name) of each theme that a text mentions, in whatever language it is written."""
    names = themes.names()
    return [(key, in_language(names[key], console.language(), "")[0]) for key in themes.find(text, None)]


def _find(key: str) -> Offered:
    offered = theming.list_offered(workspace_id=guard.membership().workspace_id)
    return next((one for one in offered if one.definition["key"] == key), None) or abort(404)


def _who() -> dict[str, Any]:
    return {"workspace_id": guard.membership().workspace_id, "by": guard.me().email, "now": database_now()}


def _tags(definition: Mapping[str, Any]) -> list[str]:
    """Return the languages whose lists are shown: ours, the workspace's, and those that the theme has words in."""
    own = db.session.get_one(Workspace, guard.membership().workspace_id).default_language.split("-")[0].lower()
    return list(dict.fromkeys([*LANGUAGES, own, *(tag for kind in LISTS for tag in definition.get(kind) or {})]))


def _fields(tags: Sequence[str]) -> list[str]:
    return [f"{kind}-{tag}" for kind in LISTS for tag in tags]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _by_language(name: Any) -> dict[str, str]:
    return name if isinstance(name, dict) else {"": name}


def _name_of(definition: Mapping[str, Any]) -> str:
    return in_language(_by_language(definition["name"]), console.language(), "")[0]


def _form_of(definition: Mapping[str, Any]) -> Form:
    said = _by_language(definition["name"])
    names = {f"name-{tag}": said.get(tag, said.get("", "")) for tag in LANGUAGES}
    lists = {f"{kind}-{tag}": "\n".join(words) for kind in LISTS for tag, words in (definition.get(kind) or {}).items()}
    return Form.of({**names, **lists})


def _list(form: Form, *, found: list[tuple[str, str]] | None = None, status: int = 200) -> Response:
    offered = [
        (one, _name_of(one.definition), {tag: len(words) for tag, words in one.definition["words"].items() if words})
        for one in theming.list_offered(workspace_id=guard.membership().workspace_id)
    ]
    return frame.page(
        "themes.html",
        "themes",
        status=status,
        form=form,
        own=[one for one in offered if one[0].is_own],
        shipped=[one for one in offered if not one[0].is_own],
        found=found,
        progress=looking_again.progress(workspace_id=guard.membership().workspace_id),
        full=sum(one[0].is_own for one in offered) >= MOST_THEMES,
    )


def _one(offered: Offered | None, form: Form, *, tried: dict[str, Any] | None = None, status: int = 200) -> Response:
    return frame.page(
        "theme.html",
        "themes",
        status=status,
        theme=offered,
        name=_name_of(offered.definition) if offered else None,
        key=offered.definition["key"] if offered else "",
        form=form,
        tags=_tags(offered.definition if offered else {}),
        languages=LANGUAGES,
        tried=tried,
    )
