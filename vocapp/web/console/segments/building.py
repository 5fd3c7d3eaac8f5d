"""Making a segment and changing one: rows of conditions, counted while one edits, and its text for who wants it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Response, abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.domain.rules import Fault
from vocapp.domain.segments.rows import WITH_DAY, WITHOUT_VALUE, Sketch, kind_of, parts_of, rule_of_group, sketch_of
from vocapp.domain.survey import Rule
from vocapp.models import SegmentRow, database_now, transaction
from vocapp.services import purchasing, segmenting
from vocapp.services.browsing.names import Names, list_names
from vocapp.services.segmenting import SegmentRefused, is_active
from vocapp.web.console import assets, frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.formats import Formats
from vocapp.web.console.segments import forms
from vocapp.web.console.segments.forms import RuleForm
from vocapp.web.console.segments.offers import Offers, offers_of
from vocapp.web.console.segments.views import in_words, may_shape, name_of

LANGUAGES: Final = ("fr", "en")
LONGEST_NAME: Final = 100
LONGEST_DESCRIPTION: Final = 1000
_LONGEST_KEY: Final = 64


@dataclass(slots=True)
class About:
    """What the form says of a segment beside its rule."""

    names: dict[str, str]
    descriptions: dict[str, str]
    active: bool = True
    key: str = ""
    version: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    """Field → code."""
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Counting:
    """What a count came to, or that the rule is not complete."""

    count: int
    of: int
    examples: list[Names]
    apart: list[tuple[str, int]]
    """Where nobody is found: in words what must hold at once, and whom each of it finds by itself."""
    more: bool
    """What must hold at once is more than that."""


@blueprint.get("/console/segments/new")
def new_segment() -> Response:
    _needs_shaping()
    form = forms.empty()
    form.asked = False
    return _page(None, About(dict.fromkeys(LANGUAGES, ""), dict.fromkeys(LANGUAGES, "")), form)


@blueprint.post("/console/segments/new")
def make_segment() -> ResponseReturnValue:
    _needs_shaping()
    return _sent(None)


@blueprint.get("/console/segments/<segment_key>/edit")
def edit_segment(segment_key: str) -> Response:
    _needs_shaping()
    row = _find(segment_key)
    definition = row.definition
    about = About(
        {tag: _in(definition["name"], tag) for tag in LANGUAGES},
        {tag: _in(definition.get("description"), tag) for tag in LANGUAGES},
        is_active(row.definition),
        row.key,
        str(row.version),
    )
    form = forms.form_of(definition["when"], currency=_currency(), comma=frame.language() == "fr")
    return _page(row, about, form, counted=_count(form, kept=definition["when"]))


@blueprint.post("/console/segments/<segment_key>/edit")
def change_segment(segment_key: str) -> ResponseReturnValue:
    _needs_shaping()
    return _sent(_find(segment_key))


@blueprint.post("/console/segments/count")
def count_segment() -> Response:
    """Count what the form says, for a script; with `shape`, the rows, too, as they are after what was done to them."""
    _needs_shaping()
    form, shape = forms.sent(request.form), "shape" in request.form
    form.asked = "asked" in request.form
    kept = _kept(request.args.get("key", ""))
    _apply(form, request.form.get("do", ""), kept=kept)
    return frame.plain_page(
        "segment_part.html",
        form=form,
        counted=_count(form, kept=kept),
        offers=_offers() if shape else None,
        **_shared(),
    )


def _sent(row: SegmentRow | None) -> ResponseReturnValue:
    form, about, wanted = forms.sent(request.form), _about(row), request.form.get("do", "")
    kept = row.definition["when"] if row else None
    if wanted != "save":
        form.asked = wanted in {"count", "text"}
        _apply(form, wanted, kept=kept)
        notice = "no_text_yet" if wanted == "text" and form.mode == "rows" else ""
        return _page(row, about, form, counted=_count(form, kept=kept), notice=notice)
    rule = forms.read(form, currency=_currency(), kept=kept)
    _check(about, row)
    if rule is None or about.errors:
        return _page(row, about, form, status=422, counted=_count(form, kept=kept), notice="check_segment")
    key = about.key if row is None else row.key
    try:
        with transaction():
            segmenting.put(
                workspace_id=guard.membership().workspace_id,
                key=key,
                definition=_definition(row, about, rule),
                now=database_now(),
                by=guard.me().email,
            )
    except SegmentRefused as refused:
        about.faults = refused.faults
        return _page(row, about, form, status=422, counted=_count(form, kept=kept), notice="check_segment")
    flash("segment_saved")
    return redirect(url_for("console.segment", segment_key=key), 303)


def _apply(form: RuleForm, wanted: str, *, kept: Any = None) -> None:
    """Do what a button asks for, other than saving."""
    if wanted == "text" and form.mode == "rows":
        rule = forms.read_rows(form, currency=_currency())
        if rule is not None:
            form.mode, form.text = "text", forms.written(rule)
    elif wanted == "rows" and form.mode == "text":
        rule = forms.read(form, currency=_currency(), kept=kept)
        if rule is not None:
            again = forms.form_of(rule, currency=_currency(), comma=frame.language() == "fr")
            form.mode, form.join, form.groups = again.mode, again.join, again.groups
            form.error = "no_rows_for_it" if again.mode == "text" else ""
    elif form.mode == "rows":
        forms.changed(form, wanted)
    if form.mode == "rows" and not form.groups:
        form.groups = forms.empty().groups


def _count(form: RuleForm, *, kept: Any = None) -> Counting | None:
    """Count whom the form's rule holds for; None: it is not complete, and says where."""
    rule = forms.read(form, currency=_currency(), kept=kept)
    if rule is None:
        return None
    workspace_id = guard.membership().workspace_id
    found = segmenting.preview(workspace_id=workspace_id, rule=rule, now=database_now(), kept=kept)
    names = list_names(workspace_id=workspace_id, ids=[one for one, _ in found.examples])
    shown = [names[one] for one, _ in found.examples if one in names]
    apart, more = ([], False) if found.count or not found.of else _apart(rule)
    return Counting(found.count, found.of, shown, apart, more)


def _apart(rule: Rule) -> tuple[list[tuple[str, int]], bool]:
    """Return in words what must hold at once with whom each finds, and whether there is more of it than was asked."""
    sketch = sketch_of(rule)
    every = parts_of(sketch) if sketch else []
    parts = every[: segmenting.MOST_APART]
    if len(parts) < 2:
        return [], False
    counts = segmenting.count_apart(
        workspace_id=guard.membership().workspace_id, rules=[rule_of_group(one) for one in parts], now=database_now()
    )
    told = in_words(Sketch("and", tuple(parts)), _offers(), _formats())
    between = f" {frame.words()['joined_by']['or']} "
    apart = [(between.join(rows), found) for (_, rows), found in zip(told, counts, strict=True)]
    return apart, len(every) > len(parts)


def _about(row: SegmentRow | None) -> About:
    def typed(name: str, longest: int) -> str:
        text = request.form.get(name, "")[:longest].replace("\x00", "")
        return text.encode("utf-8", "replace").decode("utf-8").strip()

    return About(
        {tag: typed(f"name-{tag}", LONGEST_NAME) for tag in LANGUAGES},
        {tag: typed(f"description-{tag}", LONGEST_DESCRIPTION) for tag in LANGUAGES},
        "active" in request.form,
        row.key if row else typed("key", _LONGEST_KEY),
        typed("version", 20),
    )


def _check(about: About, row: SegmentRow | None) -> None:
    if not any(about.names.values()):
        about.errors["name"] = "missing"
    if row is not None:
        if about.version != str(row.version):
            about.errors["version"] = "changed_meanwhile"
        return
    others = segmenting.list_definitions(workspace_id=guard.membership().workspace_id)
    if any(_is_called(one["name"], about.names) for one in others.values()):
        about.errors["name"] = "name_taken"
    elif about.key in others:
        about.errors["key"] = "key_taken"
    elif not about.key and "name" not in about.errors:
        about.key = _free(_key_from(about.names["en"] or about.names["fr"]), others)
        if not about.key:
            about.errors["key"] = "missing"


def _is_called(name: Any, names: dict[str, str]) -> bool:
    """Say whether a segment's name is, in a language, what another is to be called."""
    return any(text and _in(name, tag).casefold() == text.casefold() for tag, text in names.items())


def _free(key: str, taken: Collection[str]) -> str:
    """Return a key that no segment has: this one, or with a number behind it."""
    tried = (key, *(f"{key[: _LONGEST_KEY - 5]}_{n}" for n in range(2, len(taken) + 3)))
    return next(one for one in tried if one not in taken) if key else ""


def _definition(row: SegmentRow | None, about: About, rule: Any) -> dict[str, Any]:
    """Return what is kept: texts in other languages stay, and so does one text for all where it was not changed."""
    before = row.definition if row else {}
    said: dict[str, Any] = {"name": _text(before.get("name"), about.names), "when": rule}
    description = _text(before.get("description"), about.descriptions)
    if description:
        said["description"] = description
    if not about.active or "active" in before:
        said["active"] = about.active
    return said


def _text(before: Any, typed: dict[str, str]) -> Any:
    if isinstance(before, str) and set(typed.values()) == {before}:
        return before
    others = {tag: text for tag, text in before.items() if tag not in typed} if isinstance(before, dict) else {}
    return {**others, **{tag: text for tag, text in typed.items() if text}}


def _in(text: Any, tag: str) -> str:
    if isinstance(text, dict):
        return str(text.get(tag, ""))
    return str(text or "")


def _key_from(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_KEY].strip("_")


def _page(
    row: SegmentRow | None,
    about: About,
    form: RuleForm,
    *,
    counted: Counting | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    return frame.page(
        "segment_edit.html",
        status=status,
        section="segments",
        row=row,
        name=name_of(row) if row else "",
        about=about,
        form=form,
        counted=counted,
        notice=notice,
        offers=_offers(),
        segments_css=assets.url("segments.css"),
        segments_js=assets.url("segments.js"),
        longest_name=LONGEST_NAME,
        longest_description=LONGEST_DESCRIPTION,
        **_shared(but_formats=True),
    )


def _shared(*, but_formats: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"without_value": WITHOUT_VALUE, "with_day": WITH_DAY, "kind_of": kind_of}
    if not but_formats:
        found["f"] = _formats()
    return found


def _formats() -> Formats:
    return Formats(frame.words(), guard.membership().timezone, database_now())


def _offers() -> Offers:
    """Return what rules may name; read once a request."""
    if "segment_offers" not in g:
        g.segment_offers = offers_of(scope=guard.scope(), words=frame.words())
    found: Offers = g.segment_offers
    return found


def _currency() -> str:
    """Return the currency of amounts; read once a request."""
    if "currency" not in g:
        g.currency = purchasing.settings_of(workspace_id=guard.membership().workspace_id)[0].currency
    return str(g.currency)


def _find(key: str) -> SegmentRow:
    found = segmenting.find(workspace_id=guard.membership().workspace_id, key=key)
    if found is None:
        abort(404)
    return found.row


def _kept(key: str) -> Any:
    """Return the rule of the segment that is being changed; None: it is a new one."""
    rows = segmenting.list_definitions(workspace_id=guard.membership().workspace_id) if key else {}
    return rows[key]["when"] if key in rows else None


def _needs_shaping() -> None:
    if not may_shape(guard.membership()):
        abort(403)
