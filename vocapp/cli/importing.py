"""What imports of files share: a bar on stderr, batches in transactions of their own, a file of what was refused.

They end with 0 where anything was taken or there already, and with 1 where all was refused, or nothing could be done.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vocapp.adapters import refused_rows
from vocapp.cli.frame import CommandRefused

BATCH = 500


class Refusals:
    """Writes the refused beside the input, from the first one on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: IO[str] | None = None
        self._folder: Path | None = None

    def known_in(self, folder: Path) -> None:
        """Let the installation know of the file, which holds people's data, as soon as there is one."""
        self._folder = folder

    def file(self) -> IO[str]:
        """Return the open file; each call stands for one more refused row."""
        self.count += 1
        if self._file is None:
            try:
                self._file = self.path.open("w", encoding="utf-8", newline="")
            except OSError as error:
                raise CommandRefused(
                    f"{self.path}, for the refused rows, can't be written: {error.strerror}"
                ) from error
            if self._folder is not None:
                refused_rows.note(self._folder, self.path)
        return self._file

    @property
    def is_first(self) -> bool:
        return self._file is None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def status(self, rows: int) -> int:
        """Return how an import of so many rows ends: 1 where there were some and all were refused, else 0."""
        return 1 if self.count and self.count >= rows else 0

    def told(self) -> str:
        """Say how many were refused, and where they are."""
        return f"{self.count} refused (see {self.path})" if self.count else "0 refused"


class _Undone(Exception):
    """A dry run: nothing of it stays."""


@contextmanager
def trying(*, dry: bool) -> Iterator[None]:
    """Run a transaction. A dry run does all of it, and undoes it: what it finds is what the import would find."""
    from vocapp.models import transaction

    with suppress(_Undone), transaction():
        yield
        if dry:
            raise _Undone


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Add `--dry-run`."""
    parser.add_argument("--dry-run", action="store_true", help="change nothing: say what would be taken and refused")


@contextmanager
def bar(what: str, total: int) -> Iterator[Progress]:
    """Show a bar on stderr; its only task has id 0."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
    )
    progress.add_task(what, total=total)
    with progress:
        yield progress


@contextmanager
def breaking_off(what: str, taken: Callable[[], int]) -> Iterator[None]:
    """Say in one line how far an import came where the database goes away meanwhile. Raises CommandRefused."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    try:
        yield
    except (InterfaceError, OperationalError) as error:
        raise CommandRefused(
            f"the database went away after {taken()} {what}: they are kept, and the whole file can be imported again"
        ) from error


def size_of(path: Path) -> int:
    """Return a file's size in bytes. Raises CommandRefused where it can't be read."""
    try:
        with path.open("rb") as file:
            return file.seek(0, 2)
    except OSError as error:
        raise CommandRefused(f"{path} can't be read: {error.strerror}") from error
