"""A segment's rule as SQL over portraits: the same members as `domain/rules` finds one by one.

A condition's SQL may be null where the rule is false: only what is true counts, and `!` is `is not true`. Each operand
is a side that says of which kinds its values can be and gives SQL for each kind, null where the value is of another:
what is compared are always two values of one kind, as in Python. On PostgreSQL an attribute that equals a literal is
asked by containment, which the index over all facts answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from vocapp.domain.rules import LARGEST_NUMBER, SMALLEST_NUMBER, arguments_of, calculated, moment, name_of
from vocapp.domain.segments import find_variable, microseconds
from vocapp.models.rule_sides import (
    Calculated,
    Dated,
    Literal,
    ManyLiterals,
    Side,
    Truth,
    Values,
    either,
    of_variable,
)
from vocapp.models.sql import Dialect

COMPARED = {"==", "!=", ">", ">=", "<", "<=", "in"}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
"""What an operator is, seen from its other side."""
_MOST_INLINE = 400
"""Characters of SQL that are written three times rather than looked at in a sub-select of their own."""
_MOST_GIVEN = 50
"""Arguments of one call of a function on SQLite."""


class Condition(NamedTuple):
    sql: str
    """Over a row `p` of portraits; true for a member."""
    parameters: dict[str, Any]


def condition_of(rule: Any, *, d: Dialect, now: datetime, prefix: str = "rule") -> Condition:
    """Return the SQL of a checked rule; its parameters begin with `prefix`, so that several stand in one statement."""
    writer = _Writer(d, prefix, microseconds(now))
    return Condition(writer.condition(rule), writer.values.parameters)


class _Writer:
    def __init__(self, d: Dialect, prefix: str, now: int) -> None:
        self.d = d
        self.values = Values(d, prefix, now)

    def condition(self, node: Any, *, by_facts: bool = False) -> str:
        """Return what is true where a node is; `by_facts`: what equals a literal is asked of the facts alone."""
        if not isinstance(node, dict):
            return "true" if node is True else "false"
        operator, arguments = arguments_of(node)
        if operator in {"and", "or"}:
            by_facts = operator == "and" and any(_is_of_facts(one) for one in arguments)
            return f"({f' {operator} '.join(self.condition(one, by_facts=by_facts) for one in arguments)})"
        if operator == "!":
            return f"({self.condition(arguments[0])}) is not true"
        if operator == "known":
            return self._variable(arguments).present()
        if operator == "in" and isinstance(arguments[1], list):
            return self._in_list(self.side(arguments[0]), arguments[1])
        if operator in COMPARED:
            return self._compared(operator, self.side(arguments[0]), self.side(arguments[1]), by_facts=by_facts)
        side = self.side(node)
        return side.boolean() if "boolean" in side.kinds else "false"

    def side(self, node: Any) -> Side:
        """Return a node as an operand."""
        if not isinstance(node, dict):
            return Literal(self.values, node)
        operator, arguments = arguments_of(node)
        if operator == "var":
            return self._variable(arguments)
        if operator == "date":
            return self._date(arguments[0])
        if operator in {"+", "-", "*", "/"}:
            return self._calculated(operator, arguments)
        return Truth(self.condition(node))

    def _variable(self, arguments: Sequence[Any]) -> Side:
        return of_variable(self.values, find_variable(name_of(list(arguments)) or ""))

    def _date(self, argument: Any) -> Side:
        if isinstance(argument, str):
            read = moment(argument)
            day = None if read is None else read.day.toordinal()
            instant = None if read is None or read.instant is None else microseconds(read.instant)
            return Dated(self.values.whole(day), self.values.whole(instant))
        side = self.side(argument)
        return Dated(*side.moment()) if "moment" in side.kinds else Dated("null", "null")

    def _compared(self, operator: str, left: Side, right: Side, *, by_facts: bool) -> str:
        if operator == "==":
            return self._same(left, right, by_facts=by_facts)
        if operator == "!=":
            return f"({left.present()} and {right.present()} and ({self._same(left, right)}) is not true)"
        if operator == "in":
            return self._inside(left, right)
        for one, other, turned in ((left, right, operator), (right, left, _TURNED[operator])):
            if isinstance(other, Literal) and "number" in other.kinds:
                beyond = one.beyond(turned, other.value)
                if beyond:
                    return beyond
        common = left.kinds & right.kinds
        tests = []
        if "number" in common:
            tests.append(_numbers(operator, left, right))
        if "text" in common:
            collate = ' collate "C"' if self.d.postgresql else ""
            tests.append(f"({left.text()}){collate} {operator} {right.text()}")
        if "date" in common:
            tests.append(_moments(operator, left, right))
        return either(tests)

    def _same(self, left: Side, right: Side, *, by_facts: bool = False) -> str:
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Literal) and self.d.postgresql:
                contained = one.contains(other.value, always=by_facts)
                if contained:
                    return contained
        common = left.kinds & right.kinds
        tests = []
        if "number" in common:
            tests.append(_numbers("=", left, right))
        if "text" in common:
            tests.append(f"{left.text()} = {right.text()}")
        if "boolean" in common:
            tests.append(f"({left.boolean()}) = ({right.boolean()})")
        if "date" in common:
            tests.append(_moments("=", left, right))
        if "list" in common:
            tests.append(self._same_lists(left.list(), right.list()))
        return either(tests)

    def _same_lists(self, left: str, right: str) -> str:
        if self.d.postgresql:
            return f"{left} = {right}"
        return f"""(json_array_length({left}) = json_array_length({right}) and not exists (
            select 1 from json_each({left}) a join json_each({right}) b on a.key = b.key
            where not ({_kind("a")} = {_kind("b")} and a.value = b.value)))"""

    def _in_list(self, needle: Side, items: Sequence[Any]) -> str:
        if isinstance(needle, Literal):
            return either([self._same(needle, Literal(self.values, one)) for one in items])
        if self.d.postgresql and len(items) <= 10 and needle.contains(items[0]):
            return either([needle.contains(one) or "false" for one in items])
        many = ManyLiterals(self.values, items)
        return either(
            [
                f"({getattr(needle, kind)()}) in ({', '.join(many.of(kind))})"
                for kind in ("number", "text", "boolean")
                if kind in needle.kinds and many.of(kind)
            ]
        )

    def _inside(self, needle: Side, hay: Side) -> str:
        tests = []
        if "text" in needle.kinds and "text" in hay.kinds:
            found = "position(({1}) in ({0}))" if self.d.postgresql else "instr({0}, {1})"
            tests.append(f"{found.format(hay.text(), needle.text())} > 0")
        if "list" in hay.kinds:
            tests += [self._listed(kind, needle, hay.list()) for kind in ("number", "text", "boolean")
                      if kind in needle.kinds]  # fmt: skip
        return either(tests)

    def _listed(self, kind: str, needle: Side, hay: str) -> str:
        value = getattr(needle, kind)()
        if self.d.postgresql:
            return f"{hay} @> to_jsonb({value})"
        kinds = {"number": "'integer', 'real'", "text": "'text'", "boolean": "'true', 'false'"}[kind]
        return f"exists (select 1 from json_each({hay}) e where e.type in ({kinds}) and e.value = ({value}))"

    def _calculated(self, operator: str, arguments: Sequence[Any]) -> Calculated:
        first, *others = [self._operand(one) for one in arguments]
        if not self.d.postgresql:  # which has no such depth of brackets, and is given Python's own arithmetic
            for start in range(0, len(others), _MOST_GIVEN):
                first = f"vocapp_calculated('{operator}', {', '.join([first, *others[start : start + _MOST_GIVEN]])})"
            return Calculated(first)
        for one in others[:-1]:
            first = _settled(_joined(operator, first, one))
        if not others:
            return Calculated(first)
        whole = _joined(operator, first, others[-1])
        return Calculated(_bounded(whole), unbounded=whole if len(whole) <= _MOST_INLINE else None)

    def _operand(self, node: Any) -> str:
        """Return a number to calculate with."""
        side = self.side(node)
        if "number" not in side.kinds:
            return "cast(null as double precision)" if self.d.postgresql else "null"
        if isinstance(side, Literal):
            return self.values.number(calculated("+", [side.value]) or 0.0)
        # a portrait's numbers are settled already
        return _settled(side.number()) if self.d.postgresql and isinstance(side, Calculated) else side.number()


def _is_of_facts(node: Any) -> bool:
    """Say whether a node asks that something without an index of its own equals a literal.

    Then the index over all facts answers for the others beside it as well, and looks at no more rows than the rarest of
    them has. Put together with an index of a column, it would have to read all that this one finds: 21 ms of a million.
    """
    if not isinstance(node, dict):
        return False
    operator, arguments = arguments_of(node)
    if operator != "==":
        return False
    named = [find_variable(name) for one in arguments if isinstance(one, dict) and (name := _named(one))]
    plain = [one for one in arguments if not isinstance(one, dict)]
    return len(named) == len(plain) == 1 and not named[0].indexed and named[0].kind not in {"time", "days"}


def _named(node: dict[str, Any]) -> str | None:
    operator, arguments = arguments_of(node)
    return name_of(list(arguments)) if operator == "var" else None


def _joined(operator: str, first: str, other: str) -> str:
    return f"({first} {operator} {f'nullif({other}, 0.0)' if operator == '/' else other})"


def _numbers(operator: str, left: Side, right: Side) -> str:
    """Compare two numbers; of a calculation and a literal, ask only where that holds whether it came to too much.

    So it is calculated once for most of a million, and not twice.
    """
    if isinstance(left, Calculated) and left.unbounded and isinstance(right, Literal):
        return _within(left.unbounded, f"{left.unbounded} {operator} {right.number()}")
    if isinstance(right, Calculated) and right.unbounded and isinstance(left, Literal):
        return _within(right.unbounded, f"{left.number()} {operator} {right.unbounded}")
    return f"{left.number()} {operator} {right.number()}"


def _within(calculation: str, compared: str) -> str:
    return f"({compared} and abs({calculation}) <= {float(LARGEST_NUMBER)!r})"


def _bounded(sql: str) -> str:
    """On PostgreSQL, what a calculation came to."""
    return _once(f"case when abs({{0}}) <= {float(LARGEST_NUMBER)!r} then {{0}} end", sql)


def _settled(sql: str) -> str:
    """On PostgreSQL, a number as one calculates with it, as `domain/rules` has it."""
    return _once(
        f"case when abs({{0}}) > {float(LARGEST_NUMBER)!r} then null "
        f"when abs({{0}}) < {SMALLEST_NUMBER!r} then 0.0 else {{0}} end",
        sql,
    )


def _once(test: str, sql: str) -> str:
    """Look at a long expression in a sub-select of its own, or it would be written out again at every level."""
    if len(sql) <= _MOST_INLINE:
        return f"({test.format(sql)})"
    return f"(select {test.format('s.x')} from (select {sql} as x offset 0) as s)"


def _moments(operator: str, left: Side, right: Side) -> str:
    """Two instants as instants; a day with an instant by the days both were written as."""
    (day, instant), (other_day, other_instant) = left.moment(), right.moment()
    return (
        f"case when {instant} is not null and {other_instant} is not null "
        f"then {instant} {operator} {other_instant} else {day} {operator} {other_day} end"
    )


def _kind(alias: str) -> str:
    return (
        f"case {alias}.type when 'real' then 'integer' when 'false' then 'boolean' when 'true' then 'boolean' "
        f"else {alias}.type end"
    )
