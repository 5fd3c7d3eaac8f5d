"""What is known of a kind of notifier beside how it tells: what its target is, whether it signs, who reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vocapp.adapters.mail import Mailer
from vocapp.adapters.notifiers.news import Notifier
from vocapp.adapters.webhooks.targets import Network


@dataclass(frozen=True, slots=True)
class Means:
    """What notifiers work with."""

    mailer: Callable[[], Mailer]
    allowed: Sequence[Network] = ()
    """Networks that the operator lets webhooks into, beside the public internet."""


@dataclass(frozen=True, slots=True)
class Kind:
    make: Callable[[Means], Notifier]
    by_mail: bool = False
    """Its target is a list of mailboxes, each told apart; otherwise one address of the web."""
    signs: bool = False
    """It has secrets, by which the receiver knows us."""
    for_machines: bool = False
    """A program keeps count at the other end: it is told of every alert, of those that are over by now, too."""
