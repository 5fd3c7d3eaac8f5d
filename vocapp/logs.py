"""Logs: one line an event on stderr, with ids, never with what customers said or who they are.

Our own code logs through structlog; what libraries say through `logging` takes the same road. The text of an exception
is left out, since a database's error quotes the row it choked on: its type and the places it came through are enough.
Libraries are heard from WARNING on only: below, they tell of queries, addresses of pages and bodies.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from contextvars import ContextVar
from types import TracebackType

import structlog
from structlog.typing import EventDict, WrappedLogger

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered; it stands in every line meanwhile."""


def configure(level: str) -> None:
    """Send logs of `level` and above to stderr, and the last words of a process that breaks with them."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _with_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _places_instead_of_words,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    number = logging.getLevelNamesMapping()[level]
    root.setLevel(max(number, logging.WARNING))
    logging.getLogger("vocapp").setLevel(number)
    sys.excepthook = _last_words
    threading.excepthook = lambda lost: _last_words(lost.exc_type, lost.exc_value, lost.exc_traceback)


def where_from(error: BaseException) -> str:
    """Tell an exception by its type and the places it came through, without its words."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:]))
    return f"{type(error).__module__}.{type(error).__qualname__} at {places or 'an unknown place'}"


def _with_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    request_id = REQUEST_ID.get()
    if request_id is not None:
        event["request_id"] = request_id
    return event


def _last_words(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Tell of what nobody caught, as of everything else: Python's own traceback would quote it."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)
    else:
        structlog.get_logger("vocapp").critical("broken off", exc_info=error or kind())


def _places_instead_of_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    if isinstance(given, BaseException):
        event["error"] = where_from(given)
    elif isinstance(given, tuple) and given[1] is not None:
        event["error"] = where_from(given[1])
    said = event.get("event")
    if isinstance(said, str) and said.startswith("Exception on /"):
        event["event"] = "exception in a request"  # Flask names the page, and a survey's address is its key
    return event
