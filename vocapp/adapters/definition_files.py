"""Files of survey definitions and personas, in YAML or JSON, read so that every fault can be given its line.

YAML is read as its version 1.2 means it: `no` is Norwegian and not false, `20:00` is a text and not 1200, a date is one
too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml

MOST_BYTES = 5_000_000


class FileRefused(ValueError):
    """A file that holds no definition. The message names the reason, `line` the place (from 1) where there is one."""

    def __init__(self, detail: str, line: int | None = None) -> None:
        super().__init__(detail)
        self.line = line


class Definition(NamedTuple):
    """One document of a file, as JSON values."""

    document: Any
    lines: dict[str, int]
    """JSON pointer → line, from 1."""

    def line_of(self, pointer: str) -> int:
        """Return the line of a value, or of the nearest thing around it that stands in the file."""
        while pointer not in self.lines:
            if not pointer:
                return 1
            pointer = pointer.rpartition("/")[0]
        return self.lines[pointer]


def read(path: Path) -> list[Definition]:
    """Read every document of a file. Raises FileRefused."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileRefused(f"can't be read: {error.strerror or error}") from error
    if len(raw) > MOST_BYTES:
        raise FileRefused(f"is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("is not UTF-8", raw.count(b"\n", 0, error.start) + 1) from error
    found = _read_json(text) if path.suffix.lower() == ".json" else _read_yaml(text)
    if not found:
        raise FileRefused("is empty")
    return found


def _read_json(text: str) -> list[Definition]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FileRefused(f"is no JSON: {error.msg}", error.lineno) from error
    try:  # nearly all JSON is YAML too, which is how its lines are known
        placed = _read_yaml(text)
    except FileRefused:
        placed = []
    return [Definition(document, placed[0].lines if len(placed) == 1 else {"": 1})]


def _read_yaml(text: str) -> list[Definition]:
    loader = _Loader(text)
    found = []
    try:
        while loader.check_node():
            node = loader.get_node()
            lines = dict(_lines(node, ""))
            loader.constructed_objects.clear()
            document = loader.construct_document(node)
            if document is not None:
                found.append(Definition(orjson.loads(orjson.dumps(document)), lines))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise FileRefused(f"is no YAML: {error.problem or error.context}", mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, orjson.JSONEncodeError, RecursionError, ValueError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(f"is no YAML that stands for JSON: {error}") from error
    finally:
        loader.dispose()
    return found


def _lines(node: yaml.Node, pointer: str, depth: int = 0) -> Iterator[tuple[str, int]]:
    yield pointer, node.start_mark.line + 1
    if depth > 50:
        raise FileRefused("is nested too deep", node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise FileRefused(f"says {name} twice", key.start_mark.line + 1)
            seen.add(name)
            below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            yield from _lines(value, below, depth + 1)
            yield below, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, f"{pointer}/{index}", depth + 1)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core schema; no anchors, which could make a small file a large document."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise FileRefused("uses an alias (*…); write the value out", mark.line + 1)
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)
