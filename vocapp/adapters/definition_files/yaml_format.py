"""YAML to documents, read as its 1.2 core: `no` is a text and not false, `2026-01-31` is a text and not a date, tags
and merges are refused. What comes out is what JSON could say.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import yaml

from vocapp.adapters.definition_files.documents import Document, FileFault, FileRefused
from vocapp.domain.rules import escaped, quoted

MOST_VALUES = 50_000
DEEPEST = 100
"""Deeper than any definition may be: the exact limit is told by the definition's own check."""


def read(path: Path, text: str) -> tuple[list[Document], list[FileFault]]:
    """Return the documents that are not empty, and the faults of their values. Raises FileRefused."""
    try:
        nodes = [node for node in yaml.compose_all(text, Loader=_Core) if node is not None and not _is_empty(node)]
    except yaml.MarkedYAMLError as error:
        raise _refused(error) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise FileRefused(line, f"this is not YAML: character {error.character:#06x} cannot stand here") from None
    if not nodes:
        raise FileRefused(0, "there is nothing in this file")
    documents = []
    faults = []
    for node in nodes:
        builder = _Builder(path)
        documents.append(Document(path, builder.value(node, "", 1), builder.lines))
        faults += builder.faults
    return documents, faults


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _NULL


def _refused(error: yaml.MarkedYAMLError) -> FileRefused:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    begun = error.context_mark.line + 1 if error.context_mark else line
    # A bracket left open is noticed lines below: what has to be mended is where it was opened.
    context = f" {error.context}{f' from line {begun}' if begun != line else ''}" if error.context else ""
    return FileRefused(line, f"this is not YAML:{f'{context},' if context else ''} {error.problem}")


class _Core(yaml.SafeLoader):
    """Resolves plain scalars as YAML 1.2's core does, and stops where it would go too deep."""

    yaml_implicit_resolvers: dict[Any, Any] = {}
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.depth > DEEPEST:
            raise FileRefused(self.peek_event().start_mark.line + 1, "this is nested too deep")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_NULL, _BOOL, _INT, _FLOAT, _STR = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str"))
_PLAIN = frozenset((_NULL, _BOOL, _INT, _FLOAT, _STR))
for _tag, _shape, _first in (
    (_NULL, r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    (_BOOL, r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (_INT, r"[-+]?[0-9]+", list("-+0123456789")),
    (_FLOAT, r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _Core.add_implicit_resolver(_tag, re.compile(f"^(?:{_shape})$"), _first)


class _Builder:
    """Makes plain values of nodes, and remembers the line of each."""

    def __init__(self, path: Path) -> None:
        self.lines: dict[str, int] = {}
        self.faults: list[FileFault] = []
        self._path = path
        self._seen = 0

    def value(self, node: yaml.Node, pointer: str, depth: int) -> Any:
        self._seen += 1
        line = node.start_mark.line + 1
        self.lines.setdefault(pointer, line)
        # Aliases make a small file large, and a circle of them endless.
        if self._seen > MOST_VALUES or depth > DEEPEST:
            raise FileRefused(line, "this is nested too deep, or repeats itself too often")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, pointer, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(one, f"{pointer}/{index}", depth + 1) for index, one in enumerate(node.value)]
        return self._scalar(node, pointer)

    def _mapping(self, node: yaml.MappingNode, pointer: str, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag not in _PLAIN:
                self._fault(line, pointer, "a key is one word, not a list or a mapping")
                continue
            key = key_node.value  # a text, as in JSON, also where it looks like a number
            place = f"{pointer}/{escaped(key)}"
            if key in values:
                self._fault(line, place, f"the key {quoted(key)} stands twice, first in line {self.lines[place]}")
            self.lines[place] = line
            values[key] = self.value(value_node, place, depth + 1)
        return values

    def _scalar(self, node: yaml.ScalarNode, pointer: str) -> Any:
        text = node.value
        if node.tag == _STR:
            return text
        if node.tag == _NULL:
            return None
        if node.tag == _BOOL:
            return text.lower() == "true"
        if node.tag not in _PLAIN:
            self._fault(node.start_mark.line + 1, pointer, f"the tag {quoted(node.tag)} is not supported")
            return text
        try:
            number = int(text) if node.tag == _INT else float(text)
            if math.isfinite(number):
                return number
        except (ValueError, OverflowError):  # more digits than Python reads, or than a float holds
            pass
        self._fault(node.start_mark.line + 1, pointer, "this number cannot be read")
        return text

    def _fault(self, line: int, pointer: str, detail: str) -> None:
        self.faults.append(FileFault(self._path, line, pointer, detail))
