"""What the team is told, before any medium: lines of plain text in their language, and the same for machines.

Nothing in here is escaped. A notifier lays it out for its medium, and escapes every text for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from vocapp.adapters.mail import MailError, OutgoingMail


@dataclass(frozen=True, slots=True)
class Item:
    """One alert."""

    heading: str
    """Says the same as the rows, in one line."""
    rows: tuple[tuple[str, str], ...]
    """(label, value): why, where, until when."""
    url: str
    """The alert's page in the console; names nobody."""
    said: str | None = None
    """What the customer said, where the workspace lets it out by this notifier."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the layout itself says, in the team's language."""

    open: str
    said: str
    colon: str


@dataclass(frozen=True, slots=True)
class News:
    """One message to one recipient: an alert, or several together."""

    id: str
    """The same in every attempt: by it a receiver knows a repeat."""
    title: str
    items: tuple[Item, ...]
    words: Words
    document: Mapping[str, Any] = field(default_factory=dict)
    """For machines: what is posted by the generic webhook."""
    mail: OutgoingMail | MailError | None = None
    """The same as a mail, for the notifier that sends it."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where one message goes."""

    target: str = field(repr=False)
    """An address of the web, or of a mailbox."""
    at: datetime
    """When this attempt begins, by the database's clock: whatever a message says of time, it says by that."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Two while one is replaced: it is signed with both."""


def ever_shorter(news: News) -> Iterator[News]:
    """Yield a message, then what is left of it where a medium takes no more: every alert stays in it."""
    yield news
    unquoted = tuple(replace(one, said=None) for one in news.items)
    yield replace(news, items=unquoted, document=_without(news.document, "said"))
    bare = tuple(replace(one, rows=(("", one.heading),)) for one in unquoted)
    yield replace(news, items=bare, document=_without(news.document, "said", "customer_name"))


def _without(document: Any, *names: str) -> Any:
    if isinstance(document, Mapping):
        return {name: _without(value, *names) for name, value in document.items() if name not in names}
    return [_without(one, *names) for one in document] if isinstance(document, list) else document


class Notifier(Protocol):
    """A way to tell the team."""

    def tell(self, news: News, route: Route) -> None:
        """Hand one message over, within 30 seconds in all. Raise NotTold."""
        ...


class NotTold(Exception):
    """Root of what a notifier raises. `detail` is one line for staff and logs, without address, token or name.

    Where a mailer turned the message down, its error is the cause (`__cause__`).
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Later(NotTold):
    """Another attempt may succeed, after `retry_after` seconds where the peer named them."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Never(NotTold):
    """This message can never go."""


class Halted(NotTold):
    """Certainly not told, and nothing else would go this way either, until somebody changes a setting."""


class Perhaps(NotTold):
    """It was handed over and no verdict came back."""


class Gone(NotTold):
    """The receiver said that it is there no more (410)."""
