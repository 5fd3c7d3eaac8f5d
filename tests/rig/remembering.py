"""What every application of a run would work out anew and alike is worked out once: routes, templates and SQL.

A test has an application of its own; without this, half of its time went into making that.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from werkzeug.routing import Rule


def remember_routes() -> None:
    """Compile the builder of a route's address once in this process, not once per application and test.

    What Werkzeug compiles depends on the rule alone: it takes the rule that it is bound to as its first argument.
    """
    plain = Rule._compile_builder
    known: dict[tuple[Any, ...], Any] = {}

    def remembered(self: Rule, append_unknown: bool = True) -> Any:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in known:
            known[key] = plain(self, append_unknown)
        return known[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign]


def remember_templates() -> None:
    """Compile a template once in this process, by Jinja's own cache of byte code."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Memory()}


def remember_statements() -> None:
    """Compile a statement once in this process for each kind of database.

    SQLAlchemy's caches, of an engine and of a mapper, are keyed by dialect: those of two engines are now the same one
    to them. (A mapper's would otherwise keep what each test's engine compiled: a gigabyte at the end of a run.)
    """
    compiled: dict[type, Any] = {}

    def cache(self: Engine) -> Any:
        return compiled.get(type(self.dialect))

    def keep(self: Engine, made: Any) -> None:
        compiled.setdefault(type(self.dialect), made)

    Engine._compiled_cache = property(cache, keep)  # type: ignore[assignment]
    DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]


class _Memory(BytecodeCache):
    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()
