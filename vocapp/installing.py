"""Making an installation ready: the tables of this version, the default workspace, the catalogue of surveys."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from vocapp.config import CATALOGUE, ConfigRefused, NoInstallation, Settings
from vocapp.models import database_now, db, feed, migrating, on_postgresql, transaction
from vocapp.services import bootstrap

SOON_SECONDS = 2
"""libpq knows no shorter time, for each address of the host."""


def install(app: Flask, settings: Settings) -> bool:
    """Bring the tables up to date and see that the default workspace and the catalogue stand. Raises ConfigRefused.

    Says whether the tables were another version's.
    """
    with _one_at_a_time(settings), _database_named(settings):
        moved = migrating.upgrade(settings.connection_url)
        with app.app_context(), transaction() as session:
            if on_postgresql():
                # two machines that start at once: one finds what the other made
                session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": migrating.ADVISORY_LOCK})
            bootstrap.ensure(catalogue=CATALOGUE, now=database_now())
            feed.begin_life()
    return moved


def install_if_empty(app: Flask, settings: Settings) -> bool:
    """Set up an empty database, and say so; leave one that stands alone. Raises ConfigRefused where it is another's."""
    with app.app_context(), _database_named(settings):
        stands_at = migrating.current(db.engine)
    if stands_at is None:
        return install(app, settings)
    _check_version(stands_at)
    return False


def check_installed(settings: Settings) -> None:
    """See that there are tables, and of this version; nothing is made. Raises NoInstallation, ConfigRefused."""
    path = urlsplit(settings.database_url).path[1:]
    if not settings.on_postgresql and path and not Path(path).is_file():
        raise NoInstallation(f"there is no database at {path}: name another in DATABASE_URL")
    with _database_named(settings):
        engine = create_engine(settings.connection_url, poolclass=NullPool)
        stands_at = migrating.current(engine)
    if stands_at is None:
        raise NoInstallation("the database is empty: run `python -m vocapp migrate` first")
    _check_version(stands_at)


def _check_version(stands_at: str) -> None:
    if stands_at != migrating.head():
        raise ConfigRefused("the database has another version's tables: run `python -m vocapp migrate` first")


def why_unreachable(settings: Settings) -> str | None:
    """Return what stands between us and PostgreSQL, as one line without its password, in 2 seconds; None: nothing."""
    engine = create_engine(settings.connection_url, poolclass=NullPool, connect_args={"connect_timeout": SOON_SECONDS})
    try:
        engine.connect().close()
    except SQLAlchemyError as error:
        return _first_words(error, settings)
    return None


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Let a second process on the same SQLite file wait; PostgreSQL has its advisory lock for that."""
    with (settings.data_dir / "installing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _database_named(settings: Settings) -> Iterator[None]:
    """Turn what a database says into one line that names the setting, and holds no password."""
    try:
        yield
    except migrating.TablesInUse as error:
        raise ConfigRefused(f"migrate: {error}; what was done stays done, run it again") from error
    except (ArgumentError, DatabaseError, InterfaceError) as error:
        raise ConfigRefused(f"DATABASE_URL: the database can't be used ({_first_words(error, settings)})") from error


def _first_words(error: SQLAlchemyError, settings: Settings) -> str:
    cause = getattr(error, "orig", None) or error
    words = " ".join(str(cause).split())
    password = settings.database_url.partition("://")[2].rpartition("@")[0].partition(":")[2]
    if password:  # where it stands by itself: a short one is a part of many words
        words = re.sub(rf"(?<!\w){re.escape(password)}(?!\w)", "***", words)
    return words[:300]
