"""A rule as the builder's form holds it: as rows, or as its text where rows can't say it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from werkzeug.datastructures import MultiDict

from vocapp.domain.rules import Fault, Roots, check
from vocapp.domain.segments import ROOTS, check_bounds, check_rule, out_of_bounds
from vocapp.domain.segments.rows import (
    COMPARISONS,
    MOST_GROUPS,
    MOST_ROWS,
    WITHOUT_VALUE,
    Group,
    Join,
    Row,
    Sketch,
    fits,
    kind_of,
    rule_of,
    sketch_of,
)
from vocapp.domain.survey import Rule
from vocapp.web.console.segments import values
from vocapp.web.console.segments.offers import OTHER_ATTRIBUTE, OTHER_CONSENT, PLACE, comparisons_of
from vocapp.web.console.segments.values import ValueRefused

_FIELD: Final = re.compile(r"g(\d{1,2})\.r(\d{1,3})\.field", re.ASCII)
_WIDEST: Final = 66
"""Characters of a line of JSON."""
LONGEST_TEXT: Final = 20_000
_ROOTS: Final[Roots] = ROOTS


@dataclass(slots=True)
class RowForm:
    name: str
    """Of the variable; the one that stands for others, where the name beside it is still empty."""
    comparison: str
    typed: str = ""
    chosen: list[str] = field(default_factory=list)
    other: str = ""
    """The name of an attribute or a consent that was typed."""
    error: str = ""

    @property
    def is_other(self) -> bool:
        return self.name in {OTHER_ATTRIBUTE, OTHER_CONSENT}

    def marked(self, *, asked: bool) -> str:
        """Return the error that is shown: what is merely still empty is none until somebody asks for more."""
        is_empty = self.error == "missing" or (self.error == "name" and not self.other.strip())
        return "" if is_empty and not asked else self.error


@dataclass(slots=True)
class GroupForm:
    join: Join
    rows: list[RowForm]


@dataclass(slots=True)
class RuleForm:
    mode: Literal["rows", "text"] = "rows"
    join: Join = "and"
    groups: list[GroupForm] = field(default_factory=list)
    text: str = ""
    faults: list[Fault] = field(default_factory=list)
    """Of a rule as text."""
    error: str = ""
    asked: bool = True
    """Somebody asked for what needs it whole: its count, its text, to keep it."""

    @property
    def is_clean(self) -> bool:
        return not self.error and not self.faults and not any(row.error for one in self.groups for row in one.rows)

    @property
    def is_marked(self) -> bool:
        """Say whether a row shows an error."""
        return any(row.marked(asked=self.asked) for one in self.groups for row in one.rows)


def new_row() -> RowForm:
    return RowForm("scores.nps", "at_most")


def empty() -> RuleForm:
    """Return the form of a rule that is still to be written."""
    return RuleForm(groups=[GroupForm("and", [new_row()])])


def form_of(rule: Rule, *, currency: str, comma: bool) -> RuleForm:
    """Return a checked rule as the form shows it: as rows only where reading them again gives the very same."""
    sketch = sketch_of(rule)
    if sketch is not None and all(values.can_be_typed(row.value) for group in sketch.groups for row in group.rows):
        form = RuleForm(
            join=sketch.join,
            groups=[
                GroupForm(group.join, [_row_form(row, currency, comma) for row in group.rows])
                for group in sketch.groups
            ],
        )
        again = read_rows(_as_typed(form), currency=currency)
        if again is not None and sketch_of(again) == sketch and written(again) == written(rule):
            return form
    return RuleForm("text", text=written(rule))


def sent(form: MultiDict[str, str]) -> RuleForm:
    """Read the form as it was sent; what is missing is empty."""
    groups: dict[int, dict[int, RowForm]] = {}
    for name in form:
        match = _FIELD.fullmatch(name)
        if match:
            groups.setdefault(int(match[1]), {})[int(match[2])] = _sent_row(form, f"g{match[1]}.r{match[2]}")
    found = [
        GroupForm(_join(form.get(f"g{number}.join")), [rows[place] for place in sorted(rows)])
        for number, rows in sorted(groups.items())
    ]
    return RuleForm(
        "text" if form.get("mode") == "text" else "rows",
        _join(form.get("join")),
        found[:MOST_GROUPS],
        _text(form.get("rule", ""), LONGEST_TEXT).replace("\r\n", "\n"),
    )


def read(form: RuleForm, *, currency: str, kept: Rule | None = None) -> Rule | None:
    """Return the rule of a form; None: the form says what is missing.

    `kept`: the rule that a segment has already, which may compare a fact with what that can't be.
    """
    if form.mode == "text":
        return _read_text(form, kept)
    rule = read_rows(form, currency=currency)
    if rule is None or (kept is not None and written(rule) == written(kept)):
        return rule
    for row in (row for group in form.groups for row in group.rows):
        found = _read_row(row, values.digits_of(currency))
        bounds = out_of_bounds(found.name, found.value) if found else None
        row.error = f"beyond_{bounds.key}" if bounds else row.error
    if form.is_clean:
        form.faults = check_bounds(rule)
    return rule if form.is_clean else None


def read_rows(form: RuleForm, *, currency: str) -> Rule | None:
    """Return the rule that the rows make, whatever its values are; None: a row says why not."""
    digits, groups = values.digits_of(currency), []
    for group in form.groups:
        rows = [_read_row(row, digits) for row in group.rows]
        groups.append(Group(group.join, tuple(row for row in rows if row is not None)))
    if not form.is_clean:
        return None
    kept = tuple(group for group in groups if group.rows)
    if not kept:
        form.error = "no_rows"
        return None
    rule = rule_of(Sketch(form.join, kept))
    form.faults = check(rule, roots=_ROOTS)
    return None if form.faults else rule


def changed(form: RuleForm, what: str) -> bool:
    """Do what a button of the builder asks for; False: no such button."""
    if what == "group":
        if len(form.groups) < MOST_GROUPS:
            form.groups.append(GroupForm("and", [new_row()]))
        return True
    match = re.fullmatch(r"(row|drop)-(\d{1,2})(?:-(\d{1,3}))?", what, re.ASCII)
    if match is None or int(match[2]) >= len(form.groups):
        return False
    group = form.groups[int(match[2])]
    if match[1] == "row" and sum(len(one.rows) for one in form.groups) < MOST_ROWS:
        group.rows.append(new_row())
    elif match[1] == "drop" and match[3] and int(match[3]) < len(group.rows):
        del group.rows[int(match[3])]
        form.groups = [one for one in form.groups if one.rows] or [GroupForm("and", [new_row()])]
    return True


def written(node: Any, inside: str = "") -> str:
    """Write a rule as JSON that fits a narrow field: what is short stays on one line."""
    line = json.dumps(node, ensure_ascii=False)
    if len(inside) + len(line) <= _WIDEST or not isinstance(node, dict | list) or not node:
        return line
    deeper = f"{inside}  "
    if isinstance(node, list):
        return "[\n" + ",\n".join(f"{deeper}{written(one, deeper)}" for one in node) + f"\n{inside}]"
    parts = [f"{json.dumps(key, ensure_ascii=False)}: {written(one, inside)}" for key, one in node.items()]
    return "{" + ", ".join(parts) + "}"


def _read_text(form: RuleForm, kept: Rule | None) -> Rule | None:
    try:
        rule = json.loads(form.text)
    except (ValueError, RecursionError):
        form.error = "no_json"
        return None
    form.faults = check_rule(rule, kept=kept)
    return None if form.faults else rule


def _read_row(row: RowForm, digits: int) -> Row | None:
    name = _name(row)
    if name is None:
        return None
    try:
        found = Row(name, row.comparison, _value(row, name, digits))
    except ValueRefused as refused:
        row.error = str(refused)
        return None
    if not fits(found):
        row.error = "value"
        return None
    return found


def _value(row: RowForm, name: str, digits: int) -> Any:
    if row.comparison in WITHOUT_VALUE:
        return None
    if row.chosen:
        chosen = [values.read_choice(name, one) for one in row.chosen]
        return tuple(chosen) if row.comparison in {"one_of", "none_of"} else chosen[0]
    return values.read_value(name, row.comparison, row.typed, digits=digits)


def _name(row: RowForm) -> str | None:
    """Return the variable's name; None: the row says what is wrong with it."""
    name = row.name
    if row.is_other:
        name = f"{row.name[:-1]}{row.other.strip()}"
        if not row.other.strip():
            row.error = "name"
            return None
    if check({"known": name}, roots=_ROOTS):
        row.error = "name"
        return None
    return name


def _row_form(row: Row, currency: str, comma: bool) -> RowForm:
    """Write a row both ways: as what was chosen, where the page has a list, and as what was typed."""
    form = RowForm(row.name, row.comparison)
    if row.comparison in WITHOUT_VALUE:
        return form
    items = row.value if isinstance(row.value, tuple) else (row.value,)
    is_boolean = kind_of(row.name) == "boolean"
    if is_boolean or all(isinstance(one, str) for one in items):
        form.chosen = [values.choice_of(one) for one in items]
    if not is_boolean:
        form.typed = values.write_value(row.name, row.comparison, row.value, currency=currency, comma=comma)
    return form


def _as_typed(form: RuleForm) -> RuleForm:
    """Return the form with what was typed alone: a text comes back from a list as it is."""
    groups = [
        GroupForm(group.join, [replace(row, chosen=[]) if row.typed else row for row in group.rows])
        for group in form.groups
    ]
    return replace(form, groups=groups)


def _sent_row(form: MultiDict[str, str], at: str) -> RowForm:
    name, was = form.get(f"{at}.field", ""), form.get(f"{at}.was", "")
    row = RowForm(
        name,
        form.get(f"{at}.how", ""),
        _text(form.get(f"{at}.value", ""), values.LONGEST),
        [_text(one, values.LONGEST) for one in form.getlist(f"{at}.choice")][: values.LONGEST],
        _text(form.get(f"{at}.other", ""), 200),
    )
    known = _standing_for(name)
    if check({"known": known}, roots=_ROOTS):
        return new_row()
    moved = bool(was) and was != name
    if moved:  # what was said of the fact before says nothing of this one, but for what was typed since
        row.typed, row.chosen = row.typed if form.get(f"{at}.typed") else "", []
    unlike = moved and not check({"known": _standing_for(was)}, roots=_ROOTS) and _kind(was) != _kind(name)
    if unlike or row.comparison not in COMPARISONS[kind_of(known)]:
        row.comparison = comparisons_of(known)[0]
    return row


def _standing_for(name: str) -> str:
    """Return a name of the kind that is still to be typed."""
    return f"{name[:-1]}x" if name in {OTHER_ATTRIBUTE, OTHER_CONSENT} else name


def _kind(name: str) -> str:
    return "place" if name == PLACE else kind_of(_standing_for(name))


def _join(text: str | None) -> Join:
    return "or" if text == "or" else "and"


def _text(value: str, longest: int) -> str:
    return value[:longest].replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
