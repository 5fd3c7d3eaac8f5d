"""What becomes an alert: the rules, each on or off, its thresholds and its text; and the words that cannot wait."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from vocapp.domain.alert_rules import Then
from vocapp.domain.alerts import KINDS
from vocapp.domain.rules import Fault, thresholds, with_threshold
from vocapp.domain.survey import in_language
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.services import alert_rules, surveying
from vocapp.services.alert_rules import AlertRuleNotFound, AlertRulesRefused
from vocapp.web.console import frame as console
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.formats import Formats
from vocapp.web.console.rules_in_words import Speaker
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

THENS: tuple[Then, ...] = ("alert", "apology")
LANGUAGES = ("fr", "en")
"""Those whose list is shown even where it is empty."""
_FIELDS = ("key", "name", "kind", "event", "within", "then", "survey", "when")
_NUMBER = re.compile(r"-?[0-9]{1,9}([.,][0-9]{1,6})?", re.ASCII)


class Shown(NamedTuple):
    """A rule as the list shows it."""

    key: str
    name: str
    rule: dict[str, Any]
    on: bool
    says: str
    """Empty where it holds for every event of its name."""


class Figure(NamedTuple):
    """A threshold as a field shows it."""

    field: str
    says: str
    value: float


@blueprint.get("/console/settings/alerts")
@frame.owners
def settings_alerts() -> Response:
    return _list()


@blueprint.post("/console/settings/alerts")
@frame.owners
def switch_alert_rules() -> ResponseReturnValue:
    with transaction():
        alert_rules.switch(active=frozenset(request.form.getlist("active")), **_who())
    return frame.saved("settings_saved", "console.settings_alerts")


@blueprint.post("/console/settings/alerts/words")
@frame.owners
def save_urgent_words() -> ResponseReturnValue:
    tags = {name.removeprefix("words-") for name in request.form if name.startswith("words-")}
    form = Form.sent(*(f"words-{tag}" for tag in tags))
    said = {tag: [one.strip() for one in form[f"words-{tag}"].splitlines() if one.strip()] for tag in sorted(tags)}
    try:
        with transaction():
            alert_rules.put_words(words=said, **_who())
    except AlertRulesRefused as refused:
        for fault in refused.faults:
            _, _, tag, *place = (*fault.pointer.split("/"), "", "", "")
            line = said.get(tag, [])[int(place[0])] if place and place[0].isdigit() else tag
            form.refuse(f"words-{tag}" if tag in said else "words", "word", word=line[:80], why=fault.detail)
        return _list(form, status=422)
    return frame.saved("settings_saved", "console.settings_alerts")


@blueprint.get("/console/settings/alerts/new")
@frame.owners
def new_alert_rule() -> Response:
    return _one(None, Form.of({"kind": "other", "then": "alert"}))


@blueprint.post("/console/settings/alerts/new")
@frame.owners
def add_alert_rule() -> ResponseReturnValue:
    form = Form.sent(*_FIELDS)
    form.needs("key", "name")
    rule = _read(form, {})
    if rule is None or not _kept(form, {**rule, "key": form["key"].strip()}, key=None):
        return _one(None, form, status=422)
    return frame.saved("settings_saved", "console.settings_alerts")


@blueprint.get("/console/settings/alerts/rules/<key>")
@frame.owners
def settings_alert_rule(key: str) -> Response:
    return _one(_find(key))


@blueprint.post("/console/settings/alerts/rules/<key>")
@frame.owners
def change_alert_rule(key: str) -> ResponseReturnValue:
    kept, form = _find(key), Form.sent(*_FIELDS)
    form.needs("name")
    rule = _read(form, kept)
    if rule is None or not _kept(form, {**rule, "key": key}, key=key):
        return _one(kept, form, status=422)
    return frame.saved("settings_saved", "console.settings_alert_rule", key=key)


@blueprint.post("/console/settings/alerts/rules/<key>/thresholds")
@frame.owners
def turn_thresholds(key: str) -> ResponseReturnValue:
    kept = _find(key)
    found = thresholds(kept["when"])
    form = Form.sent(*(f"threshold-{place}" for place in range(len(found))))
    rule = kept["when"]
    for place, one in enumerate(found):
        said = form[f"threshold-{place}"].strip().replace("\u2212", "-")
        if not _NUMBER.fullmatch(said):
            form.refuse(f"threshold-{place}", "figure")
            continue
        value = float(said.replace(",", "."))
        rule = with_threshold(rule, one.path, int(value) if value.is_integer() else value)
    if form.errors or not _kept(form, {**kept, "when": rule}, key=key):
        return _one(kept, None, form, status=422)
    return frame.saved("settings_saved", "console.settings_alert_rule", key=key)


@blueprint.post("/console/settings/alerts/rules/<key>/remove")
@frame.owners
def remove_alert_rule(key: str) -> ResponseReturnValue:
    try:
        with transaction():
            alert_rules.remove_rule(key=key, **_who())
    except AlertRuleNotFound:
        abort(404)
    return frame.saved("settings_saved", "console.settings_alerts")


def _read(form: Form, kept: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read a rule as a form says it; None: its text is no JSON, which the form says then."""
    try:
        when = json.loads(form["when"])
    except (ValueError, RecursionError) as error:
        line, column = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (1, 1)
        form.refuse("when", "no_json", line=line, column=column)
        return None
    optional = {name: form[name].strip() for name in ("event", "within", "survey") if form[name].strip()}
    then = {} if form["then"] in {"", "alert"} else {"then": form["then"]}
    off = {"active": False} if kept.get("active") is False else {}
    return {"name": _named(form, kept), "kind": form["kind"], **optional, "when": when, **then, **off}


def _named(form: Form, kept: Mapping[str, Any]) -> Any:
    """Change the name in the language in which it was shown; other languages stay."""
    said, before, language = form["name"].strip(), kept.get("name"), console.language()
    if isinstance(before, dict):
        shown = in_language(before, language, "")[1]
        return {**before, shown: said}
    return said


def _kept(form: Form, rule: dict[str, Any], *, key: str | None) -> bool:
    """Keep a rule; False: the form says why not."""
    if form.errors:
        return False
    try:
        with transaction():
            alert_rules.put_rule(rule=rule, key=key, **_who())
    except AlertRuleNotFound:
        abort(404)
    except AlertRulesRefused as refused:
        for fault in refused.faults:
            _refuse(form, fault)
        return False
    return True


def _refuse(form: Form, fault: Fault) -> None:
    """Say what is wrong beside its field, and where in the rule."""
    _, _, rest = fault.pointer.partition("/")
    field, _, place = rest.partition("/")
    if not field:  # a part is missing: its name comes first in the reason
        field = fault.detail.split(" ", maxsplit=1)[0]
    code = "rule_at" if place else "rule"
    form.refuse(field if field in _FIELDS else "when", code, place=f"/{place}", why=fault.detail)


def _find(key: str) -> dict[str, Any]:
    _, definition = alert_rules.find_definition(workspace_id=guard.membership().workspace_id)
    found = next((rule for rule in definition["alerts"] if rule["key"] == key), None)
    if found is None:
        abort(404)
    return dict(found)


def _who() -> dict[str, Any]:
    return {"workspace_id": guard.membership().workspace_id, "by": guard.me().email, "now": database_now()}


def _speaker() -> Speaker:
    words = console.words()
    return Speaker(None, words, Formats(words, guard.membership().timezone, database_now()), {})


def _name_of(rule: Mapping[str, Any]) -> str:
    name = rule["name"]
    return in_language(name, console.language(), "")[0] if isinstance(name, dict) else str(name)


def _says(speaker: Speaker, rule: Mapping[str, Any]) -> str:
    always = rule["when"] == {"==": [{"var": "event.name"}, rule.get("event")]}
    return "" if always else speaker.say(rule["when"])


def _written(node: Any, inside: str = "") -> str:
    """Write a rule as JSON that fits a narrow field: what is short stays on one line."""
    line = json.dumps(node, ensure_ascii=False)
    if len(inside) + len(line) <= _WIDEST or not isinstance(node, dict | list) or not node:
        return line
    deeper = f"{inside}  "
    if isinstance(node, list):
        parts = [f"{deeper}{_written(one, deeper)}" for one in node]
        return "[\n" + ",\n".join(parts) + f"\n{inside}]"
    parts = [f"{json.dumps(key, ensure_ascii=False)}: {_written(one, inside)}" for key, one in node.items()]
    return "{" + ", ".join(parts) + "}"


def _figure(value: float) -> str:
    return f"{value:g}".replace(".", "," if console.language() == "fr" else ".")


def _list(form: Form | None = None, *, status: int = 200) -> Response:
    workspace_id = guard.membership().workspace_id
    version, definition = alert_rules.find_definition(workspace_id=workspace_id)
    speaker = _speaker()
    rules = [
        Shown(one["key"], _name_of(one), one, one.get("active", True) is True, _says(speaker, one))
        for one in definition["alerts"]
    ]
    words: dict[str, Any] = definition.get("urgent_words") or {}
    own = db.session.get_one(Workspace, workspace_id).default_language.split("-")[0]
    tags = list(dict.fromkeys([*words, *LANGUAGES, own]))
    return frame.page(
        "alerts.html",
        "alerts",
        status=status,
        form=form or Form.of({f"words-{tag}": "\n".join(words.get(tag, ())) for tag in tags}),
        about_answers=[one for one in rules if one.rule.get("event") is None],
        about_events=[one for one in rules if one.rule.get("event") is not None],
        tags=tags,
        shipped=version is None,
    )


def _one(
    rule: dict[str, Any] | None, form: Form | None = None, figures: Form | None = None, *, status: int = 200
) -> Response:
    if form is None and rule is not None:
        then = rule.get("then", "alert")
        form = Form.of({**rule, "name": _name_of(rule), "then": then, "when": _written(rule["when"])})
    speaker = _speaker()
    found = thresholds(rule["when"]) if rule is not None else []
    return frame.page(
        "alert_rule.html",
        "alerts",
        status=status,
        rule=rule,
        name=_name_of(rule) if rule is not None else None,
        says=_says(speaker, rule) if rule is not None else None,
        form=form,
        figures=figures or Form.of({f"threshold-{place}": _figure(one.value) for place, one in enumerate(found)}),
        thresholds=[
            Figure(f"threshold-{place}", f"{speaker.name(one.what)} {_SIGNS[one.operator]}", one.value)
            for place, one in enumerate(found)
        ],
        kinds=KINDS,
        thens=THENS,
        surveys=[one.key for one in surveying.list_drafts(workspace_id=guard.membership().workspace_id)],
    )


_WIDEST = 66
"""Characters."""
_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "="}
