"""The health of mails: limits of one's own, sure or not, and opens that are never nought for want of a measure."""

from __future__ import annotations

import pytest

from vocapp.domain.boards import SUMS, Sums
from vocapp.domain.mail_health import MailLimits, Sign, warnings_of


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
