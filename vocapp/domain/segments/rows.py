"""A rule as rows: field, comparison, value, in groups of which all or any must hold. What a builder can show of rules.

    sketch_of(rule) → a sketch, or None where rows can't say the very same
    rule_of(sketch) → the rule

Nothing is lost on the way: a rule that would come back otherwise, if only in its brackets, has no sketch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from vocapp.domain.rules import moment, name_of
from vocapp.domain.segments.variables import find_variable
from vocapp.domain.survey import Rule

Join = Literal["and", "or"]
MOST_ROWS: Final = 40
MOST_GROUPS: Final = 8

COMPARISONS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("at_least", "at_most", "more", "less", "is", "is_not", "one_of", "none_of", "known", "unknown"),
    "days": ("at_most", "at_least", "known", "unknown"),
    "time": ("since", "before", "known", "unknown"),
    "text": ("is", "is_not", "differs", "one_of", "none_of", "contains", "lacks", "known", "unknown"),
    "boolean": ("is", "is_not", "known", "unknown"),
    "anything": (
        "is", "is_not", "differs", "one_of", "none_of", "contains", "lacks", "at_least", "at_most", "more", "less",
        "since", "before", "known", "unknown",
    ),
}  # fmt: skip
"""Kind of a variable → how it may be compared. `is_not` holds for whom nothing is known of, `differs` does not."""

WITHOUT_VALUE: Final = frozenset({"known", "unknown"})
WITH_LIST: Final = frozenset({"one_of", "none_of"})
WITH_DAY: Final = frozenset({"since", "before"})
_NUMBERS: Final = frozenset({"at_least", "at_most", "more", "less"})


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    """Of a variable."""
    comparison: str
    value: Any = None
    """A literal; a tuple of them for a list; a text that `date` reads; None where there is none."""


@dataclass(frozen=True, slots=True)
class Group:
    join: Join
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Sketch:
    join: Join
    """Of the groups."""
    groups: tuple[Group, ...]


def kind_of(name: str) -> str:
    """Return the kind of a variable that a checked rule names."""
    return find_variable(name).kind


def fits(row: Row) -> bool:
    """Say whether a row's comparison suits its variable, and its value the comparison."""
    kind, value = kind_of(row.name), row.value
    if row.comparison not in COMPARISONS[kind]:
        return False
    if row.comparison in WITHOUT_VALUE:
        return value is None
    if row.comparison in WITH_LIST:
        return isinstance(value, tuple) and bool(value) and all(_suits(kind, one) for one in value)
    if row.comparison in WITH_DAY:
        return isinstance(value, str) and moment(value) is not None
    if row.comparison in _NUMBERS:
        return _is_number(value)
    return _suits(kind, value)


def rule_of(sketch: Sketch) -> Rule:
    """Write a sketch as a rule: brackets only where they are needed."""
    if len(sketch.groups) == 1:
        (group,) = sketch.groups
        return _joined(group.join, [_rule_of_row(row) for row in group.rows])
    parts: list[Rule] = []
    for group in sketch.groups:
        rules = [_rule_of_row(row) for row in group.rows]
        parts += rules if group.join == sketch.join or len(rules) == 1 else [{group.join: rules}]
    return _joined(sketch.join, parts)


def rule_of_group(group: Group) -> Rule:
    """Write a group by itself as a rule."""
    return rule_of(Sketch("and", (group,)))


def parts_of(sketch: Sketch) -> list[Group]:
    """Return what must hold at once, each part by itself: a row, or a group of which any must hold.

    None, where any of several groups is enough.
    """
    if sketch.join == "or" and len(sketch.groups) > 1:
        return []
    parts: list[Group] = []
    for group in sketch.groups:
        parts += [group] if group.join == "or" else [Group("and", (row,)) for row in group.rows]
    return parts


def sketch_of(rule: Rule) -> Sketch | None:
    """Return a checked rule as rows; None where rows can't say it."""
    found = _sketched(rule)
    if found is None or not 1 <= len(found.groups) <= MOST_GROUPS:
        return None
    rows = [row for group in found.groups for row in group.rows]
    if len(rows) > MOST_ROWS or not all(map(fits, rows)):
        return None
    return found if _same(rule_of(found), rule) else None


def _sketched(rule: Rule) -> Sketch | None:
    join = _join_of(rule)
    if join is None:
        row = _row_of(rule)
        return None if row is None else Sketch("and", (Group("and", (row,)),))
    groups: list[Group] = []
    for part in rule[join]:
        inner = _join_of(part)
        rows = _rows_of(part[inner] if inner else [part])
        if rows is None:
            return None
        if inner is None and groups and groups[-1].join == join:  # what stands side by side is one group
            groups[-1] = Group(join, (*groups[-1].rows, *rows))
        else:
            groups.append(Group(inner or join, rows))
    return Sketch(join if len(groups) > 1 else "and", tuple(groups))


def _rows_of(rules: Iterable[Rule]) -> tuple[Row, ...] | None:
    rows = [_row_of(one) for one in rules]
    return None if not all(rows) else tuple(row for row in rows if row)


def _join_of(rule: Rule) -> Join | None:
    if isinstance(rule, dict) and len(rule) == 1:
        for join in ("and", "or"):
            if isinstance(rule.get(join), list):
                return "and" if join == "and" else "or"
    return None


def _joined(join: Join, rules: list[Rule]) -> Rule:
    return rules[0] if len(rules) == 1 else {join: rules}


_OPERATORS: Final = {"is": "==", "differs": "!=", "at_least": ">=", "at_most": "<=", "more": ">", "less": "<"}
_DAYS: Final = {"since": ">=", "before": "<"}
_NEGATED: Final = {"is_not": "is", "none_of": "one_of", "lacks": "contains", "unknown": "known"}


def _rule_of_row(row: Row) -> Rule:
    name = {"var": row.name}
    if row.comparison in _NEGATED:
        return {"!": _rule_of_row(Row(row.name, _NEGATED[row.comparison], row.value))}
    if row.comparison == "known":
        return {"known": row.name}
    if row.comparison == "one_of":
        return {"in": [name, list(row.value)]}
    if row.comparison == "contains":
        return {"in": [row.value, name]}
    if row.comparison in _DAYS:
        return {_DAYS[row.comparison]: [{"date": name}, {"date": row.value}]}
    return {_OPERATORS[row.comparison]: [name, row.value]}


def _row_of(rule: Rule) -> Row | None:
    """Read one condition; what is no row as we write it is none, or is found out when it is written again."""
    if not isinstance(rule, dict) or len(rule) != 1:
        return None
    ((operator, arguments),) = rule.items()
    if operator == "!":
        row = _row_of(arguments[0] if isinstance(arguments, list) and len(arguments) == 1 else arguments)
        back = {plain: negated for negated, plain in _NEGATED.items()}
        return Row(row.name, back[row.comparison], row.value) if row and row.comparison in back else None
    if operator == "known":
        name = name_of(arguments)
        return None if name is None else Row(name, "known")
    if not isinstance(arguments, list) or len(arguments) != 2:
        return None
    read: Callable[[Any, Any], Row | None] | None = {"in": _row_of_in}.get(operator)
    return read(*arguments) if read else _row_of_compared(operator, *arguments)


def _row_of_in(needle: Any, hay: Any) -> Row | None:
    if isinstance(hay, list):
        name = _name(needle)
        return None if name is None else Row(name, "one_of", tuple(hay))
    name = _name(hay)
    return None if name is None or isinstance(needle, dict) else Row(name, "contains", needle)


def _row_of_compared(operator: str, left: Any, right: Any) -> Row | None:
    for words, unwrap in ((_DAYS, True), (_OPERATORS, False)):
        told = {sign: word for word, sign in words.items()}.get(operator)
        name = _name(left["date"]) if unwrap and isinstance(left, dict) and "date" in left else _name(left)
        value = right["date"] if unwrap and isinstance(right, dict) and "date" in right else right
        if told and name is not None and not isinstance(value, dict | list) and unwrap == (value is not right):
            return Row(name, told, value)
    return None


def _name(node: Any) -> str | None:
    return node["var"] if isinstance(node, dict) and len(node) == 1 and isinstance(node.get("var"), str) else None


def _suits(kind: str, value: Any) -> bool:
    if kind in {"number", "days"}:
        return _is_number(value)
    if kind == "text":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    return isinstance(value, bool | int | float | str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON: true is not 1 there."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other
