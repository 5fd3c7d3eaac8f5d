"""The operands of a rule in SQL: literals, variables of a portrait, what is calculated, what is true or false."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from vocapp.domain.segments import Variable
from vocapp.models.sql import Dialect

DAY = 86_400_000_000
"""Microseconds."""
_DAY_OF_1970 = 719_163
"""As `date.toordinal()` counts."""


class Values:
    """The parameters of one rule, each bound once."""

    def __init__(self, d: Dialect, prefix: str, now: int) -> None:
        self.d = d
        self.parameters: dict[str, Any] = {}
        self._prefix = prefix
        self._bound: dict[tuple[str, Any], str] = {}
        self._now = now

    @property
    def now(self) -> str:
        return self.whole(self._now)

    def number(self, value: float) -> str:
        if self.d.postgresql:
            return self._bind(float(value), "double precision")
        # SQLite reads the literal as it reads the facts: both from their text
        return f"cast({self._bind(orjson.dumps(value).decode(), 'text')} as real)"

    def text(self, value: str) -> str:
        return self._bind(value, "text")

    def json(self, value: Any) -> str:
        return self._bind(_quoted(value), "jsonb")

    def path(self, value: str) -> str:
        return self._bind(value, "jsonpath")

    def whole(self, value: int | None) -> str:
        if value is None:
            return "cast(null as bigint)" if self.d.postgresql else "null"
        return self._bind(value, "bigint")

    def _bind(self, value: Any, kind: str) -> str:
        written = self._bound.get((kind, value))
        if written is None:
            name = f"{self._prefix}_{len(self.parameters)}"
            self.parameters[name] = value
            written = self._bound[kind, value] = f":{name}"
        return f"cast({written} as {kind})" if self.d.postgresql else written


class Side:
    """An operand. Each method may be called for its kind only, and gives SQL that is null where there is no such value.

    `kinds`: number, text, boolean, date, list; and `moment` of what `date` may be asked of.
    """

    kinds: frozenset[str] = frozenset()

    def number(self) -> str:
        raise NotImplementedError

    def text(self) -> str:
        raise NotImplementedError

    def boolean(self) -> str:
        raise NotImplementedError

    def list(self) -> str:
        raise NotImplementedError

    def moment(self) -> tuple[str, str]:
        """Return (day, instant)."""
        raise NotImplementedError

    def present(self) -> str:
        """Return what is true or false, never null: whether there is any value."""
        raise NotImplementedError

    def contains(self, value: Any, *, always: bool = False) -> str | None:
        """Return SQL that the index over all facts may answer for: this equals a literal; None: there is no such way.

        What has a column, and an index of its own, is asked there, unless `always`.
        """
        del value, always
        return None

    def beyond(self, operator: str, value: float) -> str | None:
        """Return SQL that compares this with a number by `>`, `>=`, `<` or `<=` in one look; None: there is none."""
        del operator, value
        return None


class Literal(Side):
    def __init__(self, values: Values, value: Any) -> None:
        self.values = values
        self.value = value
        self.kinds = frozenset({kind_of(value)})

    def number(self) -> str:
        return self.values.number(self.value)

    def text(self) -> str:
        return self.values.text(self.value)

    def boolean(self) -> str:
        return "true" if self.value else "false"

    def present(self) -> str:
        return "true"


class ManyLiterals:
    """The list of an `in`, by kind."""

    def __init__(self, values: Values, items: Sequence[Any]) -> None:
        self._literals = [Literal(values, one) for one in items]

    def of(self, kind: str) -> list[str]:
        return [getattr(one, kind)() for one in self._literals if kind in one.kinds]


class Truth(Side):
    """A condition as a value: true or false, never missing."""

    kinds = frozenset({"boolean"})

    def __init__(self, condition: str) -> None:
        self._condition = condition

    def boolean(self) -> str:
        return f"({self._condition}) is true"

    def present(self) -> str:
        return "true"


class Calculated(Side):
    kinds = frozenset({"number"})

    def __init__(self, sql: str, *, unbounded: str | None = None) -> None:
        """`unbounded`: what the calculation comes to before it is null where that is too large; None: nobody asks."""
        self._sql = sql
        self.unbounded = unbounded

    def number(self) -> str:
        return self._sql

    def present(self) -> str:
        return f"({self._sql}) is not null"


class Dated(Side):
    """What `date` made of a text."""

    kinds = frozenset({"date"})

    def __init__(self, day: str, instant: str) -> None:
        self._moment = day, instant

    def moment(self) -> tuple[str, str]:
        return self._moment

    def present(self) -> str:
        return f"({self._moment[0]}) is not null"


def of_variable(values: Values, variable: Variable) -> Side:
    """Return a variable of a portrait as an operand."""
    sides = {"time": _Time, "days": _Days, "anything": _Anything}
    return sides.get(variable.kind, _Typed)(values, variable)


class _Held(Side):
    """A value among a portrait's facts, under its key."""

    def __init__(self, values: Values, variable: Variable) -> None:
        self.values = values
        self.variable = variable
        self.d = values.d

    def present(self) -> str:
        if self.variable.column:
            return f"p.{self.variable.column} is not null"
        if self.d.postgresql:
            return f"jsonb_exists(p.facts, {self._key})"
        return f"{self._type} is not null"

    @property
    def _key(self) -> str:
        return self.values.text(self.variable.key)

    @property
    def _json(self) -> str:
        return f"(p.facts -> {self._key})"

    @property
    def _value(self) -> str:
        """The value as SQL has it; on PostgreSQL as a text."""
        if self.d.postgresql:
            return f"(p.facts ->> {self._key})"
        return self._looked_up("json_extract", "e.value")

    @property
    def _type(self) -> str:
        if self.d.postgresql:
            return f"jsonb_typeof({self._json})"
        return self._looked_up("json_type", "e.type")

    def _looked_up(self, function: str, column: str) -> str:
        if self._odd:  # SQLite's paths know no quote inside quotes
            return f"(select {column} from json_each(p.facts) e where e.key = {self._key})"
        return f"{function}(p.facts, {self._path()})"

    def _path(self, rest: str = "") -> str:
        return self.values.text(f'$."{self.variable.key}"{rest}')

    @property
    def _odd(self) -> bool:
        return any(one in self.variable.key for one in '"\\')

    def moment(self) -> tuple[str, str]:
        if self.d.postgresql:
            read = f"(p.moments -> {self._key})"
            return f"cast({read} ->> 0 as bigint)", f"cast({read} ->> 1 as bigint)"
        if self._odd:
            read = f"(select e.value from json_each(p.moments) e where e.key = {self._key})"
            return f"json_extract({read}, '$[0]')", f"json_extract({read}, '$[1]')"
        return f"json_extract(p.moments, {self._path('[0]')})", f"json_extract(p.moments, {self._path('[1]')})"


class _Typed(_Held):
    """A variable whose values are all of one kind."""

    def __init__(self, values: Values, variable: Variable) -> None:
        super().__init__(values, variable)
        self.kinds = frozenset({variable.kind} | ({"moment"} if variable.kind == "text" else set()))

    def number(self) -> str:
        if self.variable.column:
            return f"p.{self.variable.column}"
        return f"cast({self._value} as double precision)" if self.d.postgresql else f"cast({self._value} as real)"

    def text(self) -> str:
        return f"p.{self.variable.column}" if self.variable.column else self._value

    def boolean(self) -> str:
        return f"cast({self._value} as boolean)" if self.d.postgresql else self._value

    def contains(self, value: Any, *, always: bool = False) -> str | None:
        if self.variable.indexed and not always:
            return None
        if kind_of(value) != self.variable.kind:
            return "false"
        return f"p.facts @> {self.values.json({self.variable.key: value})}"


class _Anything(_Held):
    """An attribute: whatever JSON somebody sent."""

    kinds = frozenset({"number", "text", "boolean", "list", "moment"})

    def number(self) -> str:
        if self.d.postgresql:
            return self._if("'number'", f"cast({self._json} as double precision)")
        return self._if("'integer', 'real'", f"cast({self._value} as real)")

    def text(self) -> str:
        return self._if("'string'" if self.d.postgresql else "'text'", self._value)

    def boolean(self) -> str:
        if self.d.postgresql:
            return self._if("'boolean'", f"cast({self._json} as boolean)")
        return self._if("'true', 'false'", self._value)

    def list(self) -> str:
        if self.d.postgresql:
            return self._if("'array'", self._json)
        return self._if("'array'", self._value)

    def contains(self, value: Any, *, always: bool = False) -> str | None:
        del always
        return f"p.facts @> {self.values.json({self.variable.key: value})}"

    def beyond(self, operator: str, value: float) -> str | None:
        """By a path, which looks the key up once where `number` does twice; strict, so that no list is looked into.

        A function, not its operator: for that, PostgreSQL may read all of the index over all facts, which can't answer.
        """
        if not self.d.postgresql:
            return None
        path = f"strict $.{_quoted(self.variable.key)} {operator} {_quoted(value)}"
        return f"jsonb_path_match(p.facts, {self.values.path(path)}, '{{}}', true)"

    def _if(self, types: str, value: str) -> str:
        return f"case when {self._type} in ({types}) then {value} end"


class _Time(_Held):
    """A time of ours: a text to rules, which `date` reads; kept as microseconds."""

    kinds = frozenset({"text", "moment"})

    @property
    def _microseconds(self) -> str:
        if self.variable.column:
            return f"p.{self.variable.column}"
        return f"cast({self._value} as bigint)" if self.d.postgresql else self._value

    def text(self) -> str:
        at = self._microseconds
        if self.d.postgresql:
            epoch = f"timestamp '1970-01-01 00:00:00' + {at} * interval '1 microsecond'"
            return f"""to_char({epoch}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        seconds = f"strftime('%Y-%m-%dT%H:%M:%S', {at} / 1000000, 'unixepoch')"
        return f"{seconds} || printf('.%06dZ', {at} % 1000000)"

    def moment(self) -> tuple[str, str]:
        at = self._microseconds
        return f"(({at} + {_DAY_OF_1970 * DAY}) / {DAY})", at


class _Days(_Time):
    """How many whole days ago such a time was."""

    kinds = frozenset({"number"})

    def number(self) -> str:
        past = f"({self.values.now} - {self._microseconds})"
        days = f"case when {past} > 0 then {past} / {DAY} when {past} <= 0 then 0 end"
        return f"cast({days} as {'double precision' if self.d.postgresql else 'real'})"


def _quoted(value: Any) -> str:
    return orjson.dumps(value).decode()


def kind_of(value: Any) -> str:
    """Return the kind of a literal."""
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text"


def either(tests: Sequence[str]) -> str:
    """Return what is true where one of these is."""
    return f"({' or '.join(tests)})" if tests else "false"
