"""What is wrong with the definitions in files: each by itself, and all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from vocapp.adapters.definition_files.documents import Document, FileFault
from vocapp.adapters.definition_files.reading import files_at, load_file
from vocapp.domain import alert_rules, definitions, personas, segments, themes
from vocapp.domain.rules import Fault, quoted


class Checked(NamedTuple):
    documents: list[Document]
    """Everything that was read, in the order of the files; to be used only where there is no fault."""
    faults: list[FileFault]
    warnings: list[FileFault]


def check_files(paths: Iterable[Path | str]) -> Checked:
    """Read files, and tell everything that is wrong with them. A folder stands for the YAML files in it."""
    documents: list[Document] = []
    found: list[FileFault] = []
    for path in (file for place in paths for file in files_at(place)):
        read, faults = load_file(path)
        documents += read
        found += faults
        found += [fault for document in read for fault in _check(document)]
    found += _told_twice(documents)
    return Checked(
        documents,
        [fault for fault in found if fault.severity == "fault"],
        [fault for fault in found if fault.severity == "warning"],
    )


def _check(document: Document) -> Iterator[FileFault]:
    if document.kind != "survey":
        faults, warnings = _faults_of(document), []
    else:
        faults, warnings = definitions.check(document.value), definitions.warnings(document.value)
    for fault in faults:
        yield FileFault(document.path, document.line_of(fault.pointer), fault.pointer, fault.detail)
    for note in warnings:
        yield FileFault(document.path, document.line_of(note.pointer), note.pointer, note.detail, "warning")


def _faults_of(document: Document) -> list[Fault]:
    try:
        if document.kind == "personas":
            personas.read(document.value)
        elif document.kind == "segments":
            segments.read_set(document.value)
        elif document.kind == "themes":
            themes.read(document.value)
        else:
            alert_rules.read(document.value)
    except definitions.DefinitionRefused as refusal:
        return refusal.faults
    return []


def _told_twice(documents: Iterable[Document]) -> Iterator[FileFault]:
    taken: dict[tuple[str, str | None], Document] = {}
    for document in documents:
        if document.kind == "survey" and document.key is None:
            continue
        first = taken.setdefault((document.kind, document.key), document)
        if first is not document:
            what, pointer = (
                (document.kind, "") if document.key is None else (f"a survey {quoted(document.key)}", "/key")
            )
            there = f"{first.path}, line {first.line_of(pointer)}"
            yield FileFault(document.path, document.line_of(pointer), pointer, f"there is already {what} in {there}")
