"""From a file to its documents: found, bounded, decoded, and handed to the reader of its format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vocapp.adapters.definition_files import json_format, yaml_format
from vocapp.adapters.definition_files.documents import Document, FileFault, FileRefused

LARGEST_FILE = 1_000_000
"""In bytes: what the API takes, too."""


def files_at(place: Path | str) -> Iterator[Path]:
    """Name the YAML files of a folder, in order; a file stands for itself."""
    path = Path(place)
    if path.is_dir():
        yield from sorted(one for one in path.iterdir() if one.suffix in {".yaml", ".yml"})
    else:
        yield path


def load_file(path: Path) -> tuple[list[Document], list[FileFault]]:
    """Return the documents of a file, whatever they mean, and why some of it could not be read."""
    read = json_format.read if path.suffix.lower() == ".json" else yaml_format.read
    try:
        return read(path, _text(path))
    except FileRefused as reason:
        return [], [FileFault(path, reason.line, "", str(reason))]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise FileRefused(0, f"this file cannot be read: {error.strerror or error}") from None
    if len(data) > LARGEST_FILE:
        raise FileRefused(0, f"this file has more than {LARGEST_FILE:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefused(line, "this line is not UTF-8 (Latin-1, perhaps); save the file as UTF-8") from None
