"""What the console makes of values that came from elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vocapp.web.console.formats import Formats, language_name
from vocapp.web.console.words import words_in

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FRENCH = Formats(words_in("fr"), "Europe/Paris", NOW)
ENGLISH = Formats(words_in("en"), "Europe/Paris", NOW)


def test_an_amount_has_its_currency_beside_it() -> None:
    order = {"order_number": "LM-1", "total": 64.9, "currency": "EUR", "coupon": None}
    assert dict(FRENCH.properties(order)) == {"order_number": "LM-1", "total": "64,90\u00a0€"}
    assert dict(ENGLISH.properties(order | {"currency": "GBP"})) == {"order_number": "LM-1", "total": "£64.90"}


@pytest.mark.parametrize(
    ("total", "currency"), [("64.9", "EUR"), (True, "EUR"), (64.9, "euro"), (64.9, 1), (64.9, "ÉUR"), (None, "EUR")]
)
def test_what_is_no_amount_with_its_currency_is_shown_as_it_came(total: object, currency: object) -> None:
    shown = dict(FRENCH.properties({"total": total, "currency": currency}))
    assert shown["currency"] == str(currency)
    assert ("total" in shown) is (total is not None)


def test_days_and_known_codes_are_written_as_one_reads_them() -> None:
    visit = {
        "promised_on": "2026-10-26",
        "channel": "store",
        "subject": "store",
        "late_days": 0,
        "renews_on": "2026-99-99",
    }
    assert dict(FRENCH.properties(visit)) == {
        "promised_on": "26 oct. 2026",
        "channel": "magasin",
        "subject": "store",
        "late_days": "0",
        "renews_on": "2026-99-99",
    }


@pytest.mark.parametrize(("hours", "said"), [(19, "il y a 19\u00a0h"), (20, "il y a 20\u00a0h"), (21, "il y a 1 jour")])
def test_hours_keep_their_short_word_until_they_become_a_day(hours: int, said: str) -> None:
    assert f">{said}<" in FRENCH.ago(NOW - timedelta(hours=hours))


@pytest.mark.parametrize(
    ("code", "shown", "name"),
    [
        ("fr-CA", "en", "French (Canada)"),
        ("fr-CA", "fr", "Français (Canada)"),
        ("en", "fr", "Anglais"),
        ("xx!", "en", "xx!"),
    ],
)
def test_a_language_has_a_capital_and_keeps_those_of_its_country(code: str, shown: str, name: str) -> None:
    assert language_name(code, shown) == name
