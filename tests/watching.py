"""What is said to the database, what happens at once, and what is swapped for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, event

from vocapp.models import db


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect what is said to the database meanwhile; a statement run for n rows one by one counts n times."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, _context: Any, executemany: bool) -> None:
        said.extend([text] * (len(parameters) if executemany else 1))

    with app.app_context():
        engines: list[Engine] = list(db.engines.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


@contextmanager
def sqlite_steps(connection: Connection) -> Iterator[list[int]]:
    """Collect one number for each thousand steps that SQLite's machine takes meanwhile: the same on every computer."""
    steps: list[int] = []
    driver: Any = connection.connection.dbapi_connection
    driver.set_progress_handler(lambda: steps.append(1000), 1000)
    try:
        yield steps
    finally:
        driver.set_progress_handler(None, 0)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all at the same time, a thread each; return their results in order, or raise the first error."""
    results: list[Any] = [None] * len(works)
    errors: list[BaseException] = []

    def run(number: int, work: Callable[[], Any]) -> None:
        try:
            results[number] = work()
        except BaseException as error:  # noqa: BLE001 it is raised where somebody sees it
            errors.append(error)

    threads = [Thread(target=run, args=(number, work)) for number, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread that waits for ever"
    if errors:
        raise errors[0]
    return results


@contextmanager
def swapped(holder: Any, name: str, value: Any) -> Iterator[None]:
    """Put something else in a place for a while."""
    kept = getattr(holder, name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        setattr(holder, name, kept)
