"""The page: how it stands, and the times that can be chosen. Pure: no request, no database."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from werkzeug.datastructures import MultiDict

from vocapp.models.types import time_text
from vocapp.services.mail_words import our_language
from vocapp.services.promising import Offer
from vocapp.services.slot_words import say_day, say_hours, say_slot
from vocapp.web.callback.words import Words, words_for
from vocapp.web.respond.brand import Brand
from vocapp.web.respond.sheets import Sheet

sheet = Sheet(Path(__file__).parent, "callback.css")

_page = sheet.environment.get_template("callback/page.html")


def render(
    offer: Offer, *, brand: Brand, path: str, fault: str | None = None, typed: MultiDict[str, str] | None = None
) -> str:
    """Return the page. `fault`: what is wrong with the form, or came in between; `typed`: what was sent."""
    words = words_for(offer.language, informal=brand.informal)
    state = _state(offer)
    heading, sentence = _head(offer, words, state)
    sent = typed if typed is not None else MultiDict[str, str]()
    return _page.render(
        language=words.language,
        direction="",
        style=sheet.style(brand),
        brand=brand,
        state=state,
        w=words,
        path=path,
        heading=heading,
        sentence=sentence,
        fault=words.faults[fault] if fault else None,
        fault_key=fault,
        days=_days(offer),
        first_of_all=_first(offer) if "email" in offer.means else "",
        means=[(one, words.means[one].format(place=offer.place_name)) for one in offer.means],
        chosen=sent.get("means") or (offer.means[0] if offer.means else ""),
        slot=sent.get("slot", ""),
        number=sent.get("number", "")[:60],
        asks_number="phone" in offer.means and not offer.knows_number,
        settled=state in {"promised", "declined"},
    )


def render_closed(offer: Offer, *, brand: Brand) -> str:
    """Return the page of a link behind which nothing can be chosen any more."""
    words = words_for(offer.language, informal=brand.informal)
    heading, sentence = words.closed[offer.closed or "expired"]
    return sheet.environment.get_template("callback/closed.html").render(
        language=words.language,
        direction="",
        style=sheet.style(brand),
        brand=brand,
        state="closed",
        heading=heading,
        sentence=sentence,
    )


def _state(offer: Offer) -> str:
    status = offer.standing.status if offer.standing is not None else "open"
    if status == "made":
        return "promised"
    if status in {"missed", "apologised", "owed"}:
        return "missed"
    return status if status in {"declined", "kept"} else "open"


def _head(offer: Offer, words: Words, state: str) -> tuple[str, str]:
    standing = offer.standing
    if state == "declined":
        return words.declined
    when = ""
    if standing is not None and standing.starts_at is not None and standing.ends_at is not None:
        when = say_slot(standing.starts_at, standing.ends_at, offer.zone, our_language(offer.language))
    if state == "promised" and standing is not None:
        return words.promised[standing.means or "phone"].format(when=when), words.assured
    heading, sentence = words.heads[state]
    return heading, sentence.format(when=when)


def _days(offer: Offer) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (day, [(instant, hours)]) in order."""
    ours = our_language(offer.language)
    return [
        (day, [(_instant(slot), say_hours(slot.start, slot.end, offer.zone, ours)) for slot in slots])
        for day, slots in groupby(offer.slots, lambda slot: say_day(slot.start, offer.zone, ours))
    ]


def _first(offer: Offer) -> str:
    """Return the first time in words: who wants a mail need not choose one."""
    if not offer.slots:
        return ""
    first = offer.slots[0]
    return say_slot(first.start, first.end, offer.zone, our_language(offer.language))


def _instant(slot: Any) -> str:
    return time_text(slot.start).replace(".000000", "")
