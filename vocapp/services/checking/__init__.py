"""What vocapp promises, checked on the live database: a promise is a module here, and its line in CHECKS."""

from __future__ import annotations

from vocapp.services.checking import (
    answers,
    cap,
    counters,
    facts,
    feed,
    histories,
    letters,
    promises,
    recoveries,
    sending,
    telling,
    unhappy,
    values,
)
from vocapp.services.checking.base import Check

CHECKS: tuple[Check, ...] = (
    answers.ONCE,
    answers.IN_PLACE,
    answers.SCORES,
    unhappy.SIGNALLED,
    unhappy.ALERTED,
    unhappy.REASONED,
    unhappy.ACTED_ON,
    recoveries.ASKED,
    facts.FOLLOWED_UP,
    facts.ANNOUNCED,
    telling.ON_THEIR_WAY,
    sending.ONCE,
    sending.NOT_STUCK,
    sending.NOT_FORGOTTEN,
    sending.HEEDED,
    sending.PAUSED,
    cap.CAP,
    cap.LEDGER,
    counters.SCORES,
    counters.ANSWERS,
    values.CUSTOMERS,
    values.DAYS,
    feed.COMPLETE,
    feed.IN_REACH,
    histories.LEGAL,
    histories.ONE_OPEN,
    promises.ROOM,
    promises.KEPT,
    letters.ONCE,
    letters.FOLLOWED_UP,
)
