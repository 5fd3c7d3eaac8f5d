"""The health of mails: shares of messages that must stay small, and the share opened, which must not.

Limits are the workspace's. A sign *warns* from its limit on; it is *over* only where that is sure: where even the end
of its one-sided 95 % interval lies beyond the second limit. Opens that nobody measures have no share: never nought.

A survey whose unsubscribes or complaints are over is held: it sends nothing more (`held_for`, decision 024).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias

from vocapp.domain.boards import Sums
from vocapp.domain.comparing import Difference, ShareSample, difference, quantile, said
from vocapp.domain.scores import FEWEST_ANSWERS, Interval, Z, surely_above, surely_below

Sign: TypeAlias = Literal["calm", "warn", "over", "unknown", "unmeasured"]

HoldReason: TypeAlias = Literal["complaints", "unsubscribes"]
"""Why a survey is held."""

HOLD_REASONS: Final[tuple[HoldReason, ...]] = ("complaints", "unsubscribes")
JUDGED_OVER: Final = timedelta(days=30)
"""A survey is judged by the messages that left on so many of the workspace's days, today's among them."""
ENOUGH_COMPLAINTS: Final = 3
"""From so many on, complaints that reach `complained_held` hold a survey, sure or not."""
SIGNS: Final = ("unsubscribed", "complained", "undelivered", "opened")
LEAST, MOST = 0.01, 100.0
"""Between which a limit may lie, in percent."""


@dataclass(frozen=True, slots=True)
class MailLimits:
    """In percent, from where on a share of messages warns, and from where on it is too much; of opens, too little."""

    unsubscribed: float = 0.5
    unsubscribed_over: float = 0.5
    complained: float = 0.08
    complained_over: float = 0.1
    undelivered: float = 2.0
    undelivered_over: float = 5.0
    complained_held: float = 0.25
    """From here on three complaints hold a survey, sure or not."""
    opened: float = 25.0
    opened_over: float = 20.0

    @staticmethod
    def read(stored: Mapping[str, Any]) -> MailLimits:
        """Read what settings hold; what they do not name is as it ships. Raises ValueError, `name: why`."""
        for key, value in stored.items():
            if key not in LIMITS:
                raise ValueError(f"{key}: is no limit of mails")
            if isinstance(value, bool) or not isinstance(value, int | float) or not LEAST <= value <= MOST:
                raise ValueError(f"{key}: must be a number from {LEAST} to {MOST:g}")
        limits = MailLimits(**{key: float(value) for key, value in stored.items()})
        for key in SIGNS:
            warns_at, over_at = getattr(limits, key), getattr(limits, f"{key}_over")
            if key != "opened" and over_at < warns_at:
                raise ValueError(f"{key}_over: must not be below {key}")
            if key == "opened" and over_at > warns_at:
                raise ValueError(f"{key}_over: must not be above {key}")
        return limits


@dataclass(frozen=True, slots=True)
class MailOpens:
    """Whether the provider is asked to tell who opens an invitation: off, for it is a way of watching people."""

    measured: bool = False

    @staticmethod
    def read(stored: Mapping[str, Any]) -> MailOpens:
        """Read what settings hold. Raises ValueError, `name: why`."""
        for key, value in stored.items():
            if key != "measured":
                raise ValueError(f"{key}: is no setting of opens")
            if not isinstance(value, bool):
                raise ValueError(f"{key}: must be true or false")  # noqa: TRY004 - as of any other setting
        return MailOpens(**stored)


LIMITS: Final = (*(f"{key}{part}" for key in SIGNS for part in ("", "_over")), "complained_held")


@dataclass(frozen=True, slots=True)
class WarningSign:
    """One share of messages beside its limits, and beside what it was."""

    key: str
    now: ShareSample
    before: ShareSample
    warns_at: float
    over_at: float

    @property
    def hits(self) -> int:
        return self.now.hits

    @property
    def n(self) -> int:
        return self.now.n

    @property
    def share(self) -> float | None:
        """In percent; None: of too few."""
        return self.now.value if self.n >= FEWEST_ANSWERS else None

    @property
    def interval(self) -> Interval:
        return self.now.within(Z)

    @property
    def change(self) -> Difference | None:
        """How much it lies above what it was, right together with the other SIGNS; None: of too few."""
        return difference(self.now, self.before, z=quantile(pairs=len(SIGNS)))

    @property
    def sign(self) -> Sign:
        """How it stands; `unknown`: of too few messages to say; `unmeasured`: nobody tells of it."""
        if self.key == "opened":
            return self._of_opens()
        if self.share is None:
            return "unknown"
        if surely_above(self.hits, self.n, self.over_at):
            return "over"
        return "warn" if self.share >= self.warns_at else "calm"

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "key": self.key,
            "hits": self.hits,
            **said(self.now),
            "before": said(self.before),
            "change": self.change.document() if self.change else None,
            "warns_at": self.warns_at,
            "over_at": self.over_at,
            "sign": self.sign,
        }

    def _of_opens(self) -> Sign:
        if not self.n:
            return "unmeasured"
        if self.share is None:
            return "unknown"
        if surely_below(self.hits, self.n, self.over_at):
            return "over"
        return "warn" if self.share < self.warns_at else "calm"


def warnings_of(now: Sums, before: Sums, limits: MailLimits) -> tuple[WarningSign, ...]:
    """Return the health of the messages of a period: who unsubscribed, who complained, what reached nobody, who opened.

    Opens are of messages whose opening would have been told by the provider, and whose time was over in the period.
    """
    return tuple(
        WarningSign(key, _share(now, key), _share(before, key), getattr(limits, key), getattr(limits, f"{key}_over"))
        for key in SIGNS
    )


def held_for(sums: Sums, limits: MailLimits) -> HoldReason | None:
    """Return why a survey with these messages sends nothing more; None: it goes on.

    A share of less than FEWEST_ANSWERS messages is none; three complaints are three people, of however few.
    """
    complained, unsubscribed = _share(sums, "complained"), _share(sums, "unsubscribed")
    if _is_over(complained, limits.complained_over):
        return "complaints"
    if complained.hits >= ENOUGH_COMPLAINTS and 100 * complained.hits >= limits.complained_held * complained.n:
        return "complaints"
    return "unsubscribes" if _is_over(unsubscribed, limits.unsubscribed_over) else None


def _is_over(share: ShareSample, percent: float) -> bool:
    return share.n >= FEWEST_ANSWERS and surely_above(share.hits, share.n, percent)


def _share(sums: Sums, key: str) -> ShareSample:
    hits = sums[f"mail_{key}"]
    of = {"undelivered": sums["mail_sent"], "opened": sums["mail_tracked"]}.get(key, sums.delivered)
    return ShareSample(hits, max(of, hits))  # who answers so has it, whatever was reported of its delivery since
