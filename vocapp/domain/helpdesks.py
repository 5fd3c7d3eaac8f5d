"""An alert that lives in another tool, too: what a helpdesk tells of it, and what follows here.

| told there     | it is new here       | the tool has it | somebody here has it  | it is over here                 |
| -------------- | -------------------- | --------------- | --------------------- | ------------------------------- |
| open, pending  | the tool takes it    | noted           | noted                 | noted; reopened where it was    |
|                |                      |                 |                       | solved there before             |
| reopened       | the tool takes it    | noted           | noted                 | reopened, and the tool takes it |
| solved, closed | taken, then resolved | resolved        | refused: their call   | noted                           |
|                |                      |                 | must not be crossed   |                                 |

What is solved there and refused here (their call, a callback that is still promised) is kept all the same: the tool is
through with it, so that whoever lets go of the alert gives it to the queue, and the tool itself lets go at once.

The moves are those of `alerts.py`. What the tool takes is a claim without a lease: it keeps its own books, so that no
clock returns the alert to the queue. What somebody here had in hand when the tool told of it goes to the tool, not to
the queue, once they give it back; unless they took it from the tool, on purpose: then it stays here until it is
reopened there.

A status is what was true at a time. Told twice, it changes nothing; told behind a later one, it is passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, Self, TypeAlias, get_args
from urllib.parse import urlsplit

from vocapp.domain.alerts import OPEN, Via

There: TypeAlias = Literal["open", "pending", "solved", "closed", "reopened"]
Verdict: TypeAlias = Literal["duplicate", "older", "news"]

STATUSES: Final[tuple[There, ...]] = get_args(There)
OVER: Final[frozenset[There]] = frozenset({"solved", "closed"})
CAUSE: Final = "elsewhere.helpdesk"
"""The root cause of what was solved there, where the tool names none."""
LONGEST_TOOL: Final = 40
LONGEST_REFERENCE: Final = 100
LONGEST_LINK: Final = 500
LONGEST_WHO: Final = 200
LONGEST_ID: Final = 200
_MOST_SEEN: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One status, as a tool tells it."""

    id: str
    """The tool's own, one for each change: by it a repeat is known."""
    tool: str
    reference: str
    status: There
    at: datetime
    """When it was so."""
    url: str | None = None
    who: str | None = None
    """A display name; nobody's account."""
    cause: str | None = None
    reached: Via | None = None
    """The customer was spoken to, and how."""
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """What is known of an alert's life in another tool."""

    tool: str
    reference: str
    url: str | None
    status: There
    at: datetime
    who: str | None = None
    taken_back: bool = False
    """Somebody here took it from the tool."""
    seen: tuple[str, ...] = ()
    """By which the last repeats are known."""

    @classmethod
    def read(cls, document: Mapping[str, Any] | None) -> Self | None:
        """Read what `kept` returned; None for None."""
        if document is None:
            return None
        at = datetime.fromisoformat(document["at"])
        return cls(**{**document, "at": at, "seen": tuple(document["seen"])})

    def kept(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "tool": self.tool,
            "reference": self.reference,
            "url": self.url,
            "status": self.status,
            "at": self.at.isoformat(),
            "who": self.who,
            "taken_back": self.taken_back,
            "seen": list(self.seen),
        }

    @property
    def wants_it(self) -> bool:
        """Say whether the alert is the tool's as soon as nobody here has it in hand."""
        return self.status not in OVER and not self.taken_back

    @property
    def host(self) -> str:
        """Return where its page is; empty where it has none."""
        return urlsplit(self.url or "").hostname or ""

    def is_of(self, tool: str) -> bool:
        """Say whether it is this tool that told so, in whatever case it writes its name."""
        return self.tool.casefold() == tool.casefold()


def judge(known: External | None, told: Told) -> Verdict:
    """Say whether a tool tells something new."""
    if known is None or not known.is_of(told.tool):
        return "news"
    if _mark(told.id) in known.seen:
        return "duplicate"
    return "older" if told.at < known.at else "news"


def after(known: External | None, told: Told) -> External:
    """Return what is known from then on."""
    found = External(
        tool=told.tool, reference=told.reference, url=told.url, status=told.status, at=told.at, who=told.who,
        seen=(_mark(told.id),),
    )  # fmt: skip
    if known is None or not known.is_of(told.tool):
        return found
    found = replace(found, tool=known.tool, seen=(*known.seen, *found.seen)[-_MOST_SEEN:])
    if known.reference != told.reference:
        return found
    return replace(found, url=told.url or known.url, taken_back=known.taken_back and told.status != "reopened")


def after_refusal(known: External | None, told: Told) -> External | None:
    """Return what is known after a word that was refused here, and may be told again; None: nothing but before."""
    if told.status not in OVER or not (known is None or known.is_of(told.tool)):
        return None
    return replace(after(known, told), seen=known.seen if known else ())


def move_for(status: str, known: External | None, told: Told) -> Literal["resolve", "reopen"] | None:
    """Return which move of an alert in this status a tool's word asks for; None: nothing but taking it."""
    if status in OPEN:
        return "resolve" if told.status in OVER else None
    if told.status == "reopened":
        return "reopen"
    was_over = known is not None and known.status in OVER and known.is_of(told.tool)
    return "reopen" if told.status not in OVER and was_over and _is_same(known, told) else None


def read_tool(name: str) -> str:
    """Return a tool's name, which is never that of somebody's account. Raises ValueError."""
    if "@" in name:
        raise ValueError("is the name of a tool, without @, not an address")
    return name


def read_link(text: str) -> str:
    """Return the address of a page of another tool, as it may stand behind a link. Raises ValueError."""
    if len(text) > LONGEST_LINK:
        raise ValueError(f"must have {LONGEST_LINK} characters at most")
    if not text.isascii() or not text.isprintable() or set(text) & set(" \\\"'<>`"):
        raise ValueError("holds a character that no address has")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("is no address of the web") from error
    if parts.scheme != "https" or not host or port == 0:
        raise ValueError("must be an https address")
    if "@" in parts.netloc:
        raise ValueError("must hold no name and no password")
    return text


def _is_same(known: External | None, told: Told) -> bool:
    return known is not None and known.reference == told.reference


def _mark(told_id: str) -> str:
    return hashlib.sha256(told_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
