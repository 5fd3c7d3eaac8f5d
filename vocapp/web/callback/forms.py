"""What a form of the page asks for, read strictly; what cannot be meant changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from vocapp.domain.promises import MEANS, Means
from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.questions.phone import e164
from vocapp.services.promising import Offer


class FormRefused(ValueError):
    """What was sent can't be meant; the argument names the words that say what to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """When, how, and where they can be called where they said so."""

    start: datetime
    means: Means
    number: str | None


def read(form: MultiDict[str, str], offer: Offer) -> Choice | None:
    """Read what is asked for; None: that nobody calls. Raises FormRefused."""
    what = form.get("do", "")
    if what == "decline":
        return None
    if what != "promise":
        raise FormRefused("unknown")
    means = form.get("means", "")
    if means not in MEANS or means not in offer.means:
        raise FormRefused("means")
    number = _number(form.get("number", "")) if means == "phone" else None
    if means == "phone" and number is None and not offer.knows_number:
        raise FormRefused("number")
    if means == "email" and not form.get("slot") and offer.slots:  # a mail interrupts nobody: the first time there is
        return Choice(offer.slots[0].start, means, number)
    return Choice(_start(form.get("slot", "")), means, number)


def _start(text: str) -> datetime:
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise FormRefused("slot") from None
    if start.tzinfo is None or start.microsecond:
        raise FormRefused("slot")
    return start


def _number(text: str) -> str | None:
    text = text.strip()
    try:
        return e164(text[:60]) if text else None
    except AnswerRefused:
        raise FormRefused("number") from None
