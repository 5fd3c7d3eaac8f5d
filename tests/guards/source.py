"""The codebase as the guards read it: the files that belong to it, and their syntax trees."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_VENDORED = {"vendor", "model", "node_modules"}


@functools.cache
def files() -> tuple[Path, ...]:
    """Return what git knows, and new files, but no ignored ones; without git everything below the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [path for path in ROOT.rglob("*") if not {".venv", "var", ".git"} & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in names if path.is_file()))


def own_files(*suffixes: str) -> list[Path]:
    """Return the files of these kinds that were written here: not vendored, not data."""
    written = [path for path in files() if not _VENDORED & set(path.relative_to(ROOT).parts)]
    return [path for path in written if path.suffix in suffixes]


def modules(*folders: str) -> list[Path]:
    """Return the Python modules below some folders of the root."""
    return [path for path in own_files(".py") if path.relative_to(ROOT).parts[0] in folders or _below(path, folders)]


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Give every call with the dotted name that is called, as far as it is a name: `db.session.commit`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.expr) -> str:
    """Write a name as it stands in the source; what is no name becomes `?`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def at(path: Path, line: int = 0) -> str:
    """Name a place for a message."""
    return f"{path.relative_to(ROOT)}{f':{line}' if line else ''}"


def _below(path: Path, folders: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(ROOT / folder) for folder in folders)
