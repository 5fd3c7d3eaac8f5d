"""A document of a file, which knows its lines, and a fault of a file, which names one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal


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
    """One document of a file, in what JSON can say, and where its values stand."""

    path: Path
    value: Any
    lines: Mapping[str, int] = field(default_factory=dict)
    """JSON pointer → line."""

    @property
    def kind(self) -> Literal["survey", "personas", "alert rules", "segments", "themes"]:
        """What it is meant to be, by its keys."""
        if isinstance(self.value, dict) and "questions" not in self.value:
            if "personas" in self.value:
                return "personas"
            if "alerts" in self.value:
                return "alert rules"
            if "segments" in self.value:
                return "segments"
            if "themes" in self.value:
                return "themes"
        return "survey"

    @property
    def key(self) -> str | None:
        """The key of a survey that has one."""
        key = self.value.get("key") if isinstance(self.value, dict) else None
        return key if isinstance(key, str) and self.kind == "survey" else None

    def line_of(self, pointer: str) -> int:
        """Return the line of a place, or of the nearest place around it."""
        while pointer not in self.lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 0)


class FileRefused(ValueError):
    """A file that holds no document at all; between the readers only, `load_file` tells it as a fault."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line
