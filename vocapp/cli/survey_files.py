"""Survey files: YAML or JSON to documents that know their lines, and what is wrong with them by file and line.

YAML is read as its 1.2 core: `no` is a text and not false, `2026-01-31` is a text and not a date, tags and merges are
refused. What comes out is what JSON could say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from vocapp.domain import definitions, personas
from vocapp.domain.rules import Fault, escaped, quoted


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing to mend in a file. `line` counts from 1; 0 is the file as a whole."""

    path: Path
    line: int
    pointer: str
    detail: str
    severity: Literal["fault", "warning"] = "fault"

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        word = "warning: " if self.severity == "warning" else ""
        return f"{where}: {word}{self.detail}{f' [{self.pointer}]' if self.pointer else ''}"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file, and where its values stand."""

    path: Path
    value: Any
    lines: Mapping[str, int] = field(default_factory=dict)
    """JSON pointer → line."""

    def line_of(self, pointer: str) -> int:
        """Return the line of a place, or of the nearest place around it."""
        while pointer not in self.lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 0)


def check_files(paths: Iterable[Path | str]) -> list[FileFault]:
    """Return everything wrong with these files, and after it the warnings, in the order of the files.

    A folder stands for the YAML files in it.
    """
    found: list[FileFault] = []
    taken: dict[str, Path] = {}
    for path in _files(paths):
        documents, faults = load_file(path)
        found += faults
        for document in documents:
            found += _check(document)
            key = document.value.get("key") if isinstance(document.value, dict) else None
            if isinstance(key, str) and key in taken:
                detail = f"there is already a survey {quoted(key)} in {taken[key]}"
                found.append(FileFault(path, document.line_of("/key"), "/key", detail))
            elif isinstance(key, str):
                taken[key] = path
    return sorted(found, key=lambda one: one.severity == "warning")


def load_file(path: Path) -> tuple[list[Document], list[FileFault]]:
    """Return the documents of a file, whatever they hold, and why some of it could not be read."""
    try:
        text = _text(path)
        return _json(path, text) if path.suffix == ".json" else _yaml(path, text)
    except _Unreadable as reason:
        return [], [FileFault(path, reason.line, "", reason.detail)]


def kind_of(document: Any) -> Literal["survey", "personas", "themes"]:
    """Tell what a document is meant to be, by its keys."""
    if isinstance(document, dict) and "questions" not in document:
        if "personas" in document:
            return "personas"
        if "themes" in document:
            return "themes"
    return "survey"


def _check(document: Document) -> Iterator[FileFault]:
    kind = kind_of(document.value)
    if kind == "survey":
        faults = definitions.check(document.value)
        warnings = definitions.warnings(document.value)
    else:
        faults = _faults_of_personas(document.value) if kind == "personas" else []
        warnings = []
    for fault in faults:
        yield FileFault(document.path, document.line_of(fault.pointer), fault.pointer, fault.detail)
    for note in warnings:
        yield FileFault(document.path, document.line_of(note.pointer), note.pointer, note.detail, "warning")


def _faults_of_personas(value: Any) -> list[Fault]:
    try:
        personas.read(value)
    except definitions.DefinitionRefused as refusal:
        return refusal.faults
    return []


class _Unreadable(Exception):
    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line
        self.detail = detail


LARGEST_FILE = 1_000_000
"""In bytes: what the API takes, too."""
_MOST_VALUES = 50_000
_DEEPEST = 100
"""Deeper than any definition may be: the exact limit is told by the definition's own check."""


def _files(paths: Iterable[Path | str]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(one for one in path.iterdir() if one.suffix in {".yaml", ".yml"})
        else:
            yield path


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _Unreadable(0, f"this file cannot be read: {error.strerror or error}") from None
    if len(data) > LARGEST_FILE:
        raise _Unreadable(0, f"this file has more than {LARGEST_FILE:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Unreadable(line, "this line is not UTF-8 (Latin-1, perhaps); save the file as UTF-8") from None


def _json(path: Path, text: str) -> tuple[list[Document], list[FileFault]]:
    twice: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        taken = dict(pairs)
        twice.extend(key for index, (key, _) in enumerate(pairs) if key in {other for other, _ in pairs[:index]})
        return taken

    try:
        value = json.loads(text, object_pairs_hook=mapping)
    except json.JSONDecodeError as error:
        raise _Unreadable(error.lineno, f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise _Unreadable(0, "this is nested too deep") from None
    except ValueError as error:  # a number of more digits than Python reads
        raise _Unreadable(0, f"this is not JSON: {error}") from None
    try:  # JSON is nearly YAML, and YAML's nodes know their lines
        documents, _ = _yaml(path, text)
        lines = documents[0].lines if len(documents) == 1 else {}
    except _Unreadable:
        lines = {}
    faults = [FileFault(path, _line_of_second(text, key), "", f"the key {quoted(key)} stands twice") for key in twice]
    return [Document(path, value, lines)], faults


def _line_of_second(text: str, key: str) -> int:
    """The line of a key that stands twice; where it stands in other mappings too, this is a guess, and 0 no better."""
    places = [found.start() for found in re.finditer(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", text)]
    return text.count("\n", 0, places[1]) + 1 if len(places) == 2 else 0


def _yaml(path: Path, text: str) -> tuple[list[Document], list[FileFault]]:
    try:
        nodes = [node for node in yaml.compose_all(text, Loader=_Core) if node is not None]
    except yaml.MarkedYAMLError as error:
        raise _in_yaml(error) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _Unreadable(line, f"this is not YAML: character {error.character:#06x} cannot stand here") from None
    except RecursionError:
        raise _Unreadable(0, "this is nested too deep") from None
    if not nodes:
        raise _Unreadable(0, "there is nothing in this file")
    documents = []
    faults = []
    for node in nodes:
        builder = _Builder(path)
        documents.append(Document(path, builder.value(node, "", 1), builder.lines))
        faults += builder.faults
    return documents, faults


def _in_yaml(error: yaml.MarkedYAMLError) -> _Unreadable:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    begun = error.context_mark.line + 1 if error.context_mark else line
    # A bracket left open is noticed lines below: what has to be mended is where it was opened.
    context = f" {error.context}{f' from line {begun}' if begun != line else ''}" if error.context else ""
    return _Unreadable(line, f"this is not YAML:{f'{context},' if context else ''} {error.problem}")


class _Core(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """Resolves plain scalars as YAML 1.2's core does; 1.1 would make false of a Norwegian `no`, and dates of texts."""

    yaml_implicit_resolvers: dict[Any, Any] = {}


_NULL, _BOOL, _INT, _FLOAT, _STR = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str"))
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
        if self._seen > _MOST_VALUES or depth > _DEEPEST:
            raise _Unreadable(line, "this is nested too deep, or repeats itself too often")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, pointer, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(one, f"{pointer}/{index}", depth + 1) for index, one in enumerate(node.value)]
        return self._scalar(node, pointer)

    def _mapping(self, node: yaml.MappingNode, pointer: str, depth: int) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(line, pointer, "a key is one word, not a list or a mapping")
                continue
            key = self._scalar(key_node, pointer)
            place = f"{pointer}/{escaped(str(key))}"
            if key in values:
                detail = f"the key {quoted(key)} stands twice, first in line {self.lines[place]}"
                self._fault(line, place, detail)
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
        try:
            if node.tag == _INT:
                return int(text)
            if node.tag == _FLOAT:
                return float(text)
        except ValueError:
            self._fault(node.start_mark.line + 1, pointer, "this number cannot be read")
            return text
        self._fault(node.start_mark.line + 1, pointer, f"the tag {quoted(node.tag)} is not supported")
        return text

    def _fault(self, line: int, pointer: str, detail: str) -> None:
        self.faults.append(FileFault(self._path, line, pointer, detail))
