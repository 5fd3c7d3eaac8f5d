"""Files of rows that an import refused: where they are, and taking an erased person out of them."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

NAME = "refused_files.txt"

_TOKENS = re.compile(r"[^\s\"',;:{}\[\]<>()\\]+")


_RUNS = re.compile(r"'*(?:[=@\t\r]|[+-](?![\d\s.,()-]*$))")
"""What a spreadsheet would take for a formula; a phone number or a negative one is none."""


def for_spreadsheet(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run. `from_spreadsheet` takes it away again."""
    return f"'{cell}" if _RUNS.match(cell) else cell


def from_spreadsheet(cell: str) -> str:
    """Return a cell as it was before `for_spreadsheet`."""
    return cell[1:] if cell.startswith("'") and _RUNS.match(cell[1:]) else cell


def note(folder: Path, path: Path) -> None:
    """Remember where refused rows were written, so that they can be found again."""
    known = folder / NAME
    line = f"{path.resolve()}\n"
    if known.exists() and line in known.read_text(encoding="utf-8", errors="surrogateescape"):
        return
    with known.open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(line)


def clear(folder: Path, *, is_theirs: Callable[[str], bool]) -> int:
    """Take the rows that name somebody out of every file that is still there; return how many."""
    known = folder / NAME
    if not known.exists():
        return 0
    paths = known.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return sum(_clear(Path(path), is_theirs) for path in dict.fromkeys(paths) if path and Path(path).is_file())


def _clear(path: Path, is_theirs: Callable[[str], bool]) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    rows = _csv_rows(text) if path.suffix == ".csv" else [(line, (line,)) for line in text.splitlines(keepends=True)]
    kept = [row for row, cells in rows if not any(map(is_theirs, named_in(cells)))]
    if len(kept) == len(rows):
        return 0
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write("".join(kept))
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(path.stat().st_mode & 0o777)
    draft.replace(path)
    return len(rows) - len(kept)


def _csv_rows(text: str) -> list[tuple[str, list[str]]]:
    found = []
    for cells in csv.reader(io.StringIO(text, newline="")):
        out = io.StringIO(newline="")
        csv.writer(out).writerow(cells)
        found.append((out.getvalue(), cells))
    return found


def named_in(cells: Iterable[str]) -> set[str]:
    """Return what could be an outside id or an address: whole cells, and what stands between blanks and marks."""
    return {found for cell in cells for found in (cell.strip(), *_TOKENS.findall(cell)) if found}
