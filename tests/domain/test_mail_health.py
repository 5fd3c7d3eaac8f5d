"""The health of mails: limits of one's own, sure or not, and opens that are never nought for want of a measure."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.boards import SUMS, Sums
from vocapp.domain.mail_health import MailLimits, Sign, held_for, warnings_of
from vocapp.domain.scores import surely_above, surely_below


def sums(**named: int) -> Sums:
    return Sums(tuple(named.get(name, 0) for name in SUMS))


def signs(limits: MailLimits | None = None, **named: int) -> dict[str, Sign]:
    return {one.key: one.sign for one in warnings_of(sums(**named), sums(), limits or MailLimits())}


def test_a_sign_warns_at_its_limit_and_is_over_only_where_that_is_sure() -> None:
    assert signs(mail_sent=1000, mail_complained=1)["complained"] == "warn"
    assert signs(mail_sent=1000, mail_complained=8)["complained"] == "over"
    assert signs(mail_sent=100_000, mail_complained=40)["complained"] == "calm"
    assert signs(mail_sent=9, mail_complained=1)["complained"] == "unknown"
    own = MailLimits.read({"complained": 0.02, "complained_over": 0.03})
    assert signs(own, mail_sent=100_000, mail_complained=40)["complained"] == "over"


def test_opens_are_measured_where_somebody_tells_of_them_or_not_at_all() -> None:
    assert signs(mail_sent=1000, mail_due=1000)["opened"] == "unmeasured"
    assert signs(mail_tracked=5, mail_opened=5)["opened"] == "unknown"
    for opened, sign in ((300, "calm"), (220, "warn"), (190, "warn"), (150, "over")):
        assert signs(mail_tracked=1000, mail_opened=opened)["opened"] == sign
    opens = warnings_of(sums(), sums(), MailLimits())[-1].document()
    assert (opens["value"], opens["sign"], opens["warns_at"], opens["over_at"]) == (None, "unmeasured", 25.0, 20.0)


def test_each_figure_says_what_it_was_and_whether_it_moved() -> None:
    now, before = sums(mail_sent=10_000, mail_unsubscribed=100), sums(mail_sent=10_000, mail_unsubscribed=20)
    unsubscribed = warnings_of(now, before, MailLimits())[0]
    assert unsubscribed.change is not None
    assert (unsubscribed.before.value, unsubscribed.change.clear) == (0.2, True)
    assert unsubscribed.interval.low < 1.0 < unsubscribed.interval.high


@pytest.mark.parametrize(
    "stored",
    [{"clicked": 1}, {"opened": 0}, {"opened": True}, {"complained": 101}, {"complained": 2}, {"opened_over": 30}],
)
def test_what_is_no_limit_is_refused(stored: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"^\w+: "):
        MailLimits.read(stored)


@given(n=st.integers(1, 400), hits=st.integers(0, 30), percent=st.sampled_from([0.1, 0.5, 2.0, 20.0, 97.0]))
@settings(max_examples=60)
def test_a_share_lies_above_where_so_many_are_rarer_than_one_case_of_twenty(n: int, hits: int, percent: float) -> None:
    hits = min(hits, n)
    p = Fraction(str(percent)) / 100
    at_least = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(hits, n + 1))
    assert surely_above(hits, n, percent) == (at_least < Fraction(1, 20))
    assert surely_below(n - hits, n, 100 - percent) == surely_above(hits, n, percent)


def test_one_complaint_among_two_hundred_may_be_chance_whatever_the_size() -> None:
    assert not surely_above(1, 200, 0.1)
    assert [n for n in range(1, 400) if surely_above(1, n, 0.1)][-1] == 51
    assert surely_above(5200, 1_000_000, 0.5)
    assert not surely_above(5050, 1_000_000, 0.5)
    assert surely_above(900, 1000, 0.1)


@given(
    delivered=st.integers(0, 5000),
    complained=st.integers(0, 12),
    unsubscribed=st.integers(0, 60),
    over=st.sampled_from([0.1, 0.3, 2.0]),
    held=st.sampled_from([0.05, 0.25, 1.0]),
)
@settings(max_examples=150)
def test_a_survey_is_held_exactly_where_the_rule_says(
    delivered: int, complained: int, unsubscribed: int, over: float, held: float
) -> None:
    limits = MailLimits.read({"complained_over": over, "complained_held": held})
    undelivered = 7
    found = held_for(
        sums(mail_sent=delivered + undelivered, mail_undelivered=undelivered, mail_complained=complained,
             mail_unsubscribed=unsubscribed), limits
    )  # fmt: skip
    of = {one: max(delivered, one) for one in (complained, unsubscribed)}  # who complains has had it
    sure = of[complained] >= 10 and surely_above(complained, of[complained], over)
    three = complained >= 3 and Fraction(complained, of[complained]) >= Fraction(str(held)) / 100
    gone = of[unsubscribed] >= 10 and surely_above(unsubscribed, of[unsubscribed], 0.5)
    assert found == ("complaints" if sure or three else "unsubscribes" if gone else None)
