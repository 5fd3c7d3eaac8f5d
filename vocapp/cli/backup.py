"""`backup`: a copy of an installation on SQLite while it runs, with what a restore needs beside the database."""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from vocapp.adapters import erasure_list
from vocapp.cli.frame import CommandRefused, installation_folder, settings_of
from vocapp.config import Settings

DATABASE = "vocapp.db"
SECRET = "secret_key"  # noqa: S105 (a file's name)
PAGES_AT_ONCE = 1000
"""Copied between two writers: nobody waits longer than for four megabytes."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `backup`."""
    installation_folder(parser)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that is not there yet, or empty")
    parser.description = (
        "Copies an installation on SQLite into FOLDER while it runs: database, secret key and lists of erasures. "
        "FOLDER is then a data dir. On PostgreSQL use pg_dump or base backups."
    )
    parser.set_defaults(run=_backup)


def _backup(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    source = _source(settings)
    folder = _prepared(args.folder)
    # The lists first: an erasure that comes in between stands in the database, and nothing brings it back.
    for name in (erasure_list.NAME, erasure_list.TOLD_NAME):
        if (settings.data_dir / name).exists():
            _copy_private(settings.data_dir / name, folder / name)
    unfinished = folder / f".{DATABASE}.unfinished"
    try:
        n = _copy_database(source, unfinished)
    except sqlite3.Error as error:
        unfinished.unlink(missing_ok=True)
        raise CommandRefused(f"the copy was cut short ({type(error).__name__}: {error})") from error
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CommandRefused(f"{folder} can't be written: {error.strerror}") from error
    _write_private(folder / SECRET, settings.secret_key + "\n")
    unfinished.rename(folder / DATABASE)  # only a whole copy has the name
    print(f"{folder}: {n / 1_000_000:.1f} MB, checked; it holds customers' data and the secret key: keep it so.")
    return 0


def _source(settings: Settings) -> Path:
    if settings.on_postgresql:
        raise CommandRefused("the data is in PostgreSQL: use pg_dump or base backups (docs/operations.md)")
    path = Path(urlsplit(settings.database_url).path[1:])
    if not path.is_file():
        raise CommandRefused(f"there is no database at {path}: name the installation's --data-dir, or its DATABASE_URL")
    return path


def _prepared(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise CommandRefused(f"{folder} is not empty")
        folder.chmod(0o700)
    except OSError as error:
        raise CommandRefused(f"{folder} can't be used: {error.strerror}") from error
    return folder


def _copy_database(source: Path, target: Path) -> int:
    """Copy what is committed, checked and synced; return its size in bytes."""
    target.touch(mode=0o600)
    # Not read-only: whoever opens SQLite's write-ahead log for reading has to write into its index.
    with closing(sqlite3.connect(source, timeout=15)) as running, closing(sqlite3.connect(target)) as copy:
        running.backup(copy, pages=PAGES_AT_ONCE)
        copy.execute("pragma journal_mode=delete")  # one file, without a log beside it
        said = copy.execute("pragma integrity_check").fetchone()[0]
    if said != "ok":
        raise sqlite3.DatabaseError("the copy is not whole, so the database may not be")
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return target.stat().st_size


def _copy_private(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o600)


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
