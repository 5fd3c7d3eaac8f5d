"""JSON to documents. What YAML makes of the same text knows the lines, and the keys that stand twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vocapp.adapters.definition_files import yaml_format
from vocapp.adapters.definition_files.documents import Document, FileFault, FileRefused
from vocapp.domain.rules import quoted


def read(path: Path, text: str) -> tuple[list[Document], list[FileFault]]:
    """Return the one document and its faults. Raises FileRefused."""
    twice: list[FileFault] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        taken = dict(pairs)
        names = [key for key, _ in pairs]
        twice.extend(
            FileFault(path, 0, "", f"the key {quoted(key)} stands twice") for key in taken if names.count(key) > 1
        )
        return taken

    def constant(name: str) -> Any:
        raise ValueError(f"{name} is no number")

    try:
        value = json.loads(text, object_pairs_hook=mapping, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise FileRefused(error.lineno, f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise FileRefused(0, "this is nested too deep") from None
    except ValueError as error:  # NaN, or a number of more digits than Python reads
        raise FileRefused(0, f"this is not JSON: {error}") from None
    try:
        # A tab stands only between JSON's values, and YAML will have none there.
        (placed,), faults = yaml_format.read(path, text.replace("\t", " "))
    except (FileRefused, ValueError):  # the little of JSON that is no YAML
        return [Document(path, value)], twice
    return [Document(path, value, placed.lines)], faults
