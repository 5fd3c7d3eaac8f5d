"""May this invitation go, and when: legal basis and blocks first, then the hot window, the rests, and the cap.

Decided twice. `decide` when an invitation is made counts what was sent and what is planned, so that one place in the
week is given once. `recheck` at the moment of sending counts only what was really sent: whatever was planned, no
rolling window ever holds more than the cap.

| what                  | invitation | reminder, recovery | link                                      |
| --------------------- | ---------- | ------------------ | ----------------------------------------- |
| legal basis, blocks   | yes        | yes                | yes (but needs no address)                |
| pause, refused kinds  | yes        | yes                | yes                                       |
| hot window            | yes        | no, but see below  | no                                        |
| a held survey         | yes        | yes, but apologies | no: its caller carries it                 |
| quiet hours           | yes        | yes                | no: its caller carries it                 |
| rests between surveys | yes        | no                 | no                                        |
| cap                   | yes        | yes                | no, but it counts in the ledger of others |
| the customer's limit  | yes        | yes                | no, but it counts in the ledger of others |

Reminders of an invitation are prepared here and not sent yet: nothing makes one, and no setting turns them on. What is
sent of the second column is the recovery survey.

A block, a rest or the cap suppresses for good: an invitation that waited for them would no longer be hot. Quiet hours
defer, unless the hot window ends first. The customer's own limit is a second cap, over what we send ourselves.

Of a survey that is held, an invitation waits for its resumption until it is no longer hot, and takes no place
meanwhile: nobody is kept from another survey by one that may never go. Then it is judged anew, like all that goes.

A survey about a resolution comes after a mail and a call, which fill the week: it waits for its place (`waits_until`),
and is dropped where there is none in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias
from uuid import UUID

from vocapp.domain.consent import SURVEYS
from vocapp.domain.policy_settings import LONGEST_MEMORY, PolicySettings
from vocapp.domain.preferences import Limit, Pause
from vocapp.domain.quiet_hours import is_quiet, next_allowed

__all__ = [
    "CALL",
    "LONGEST_MEMORY",
    "SURVEYS",
    "SURVEY_HELD",
    "Channel",
    "Contact",
    "Decision",
    "Kind",
    "Ledger",
    "Outlook",
    "PolicySettings",
    "Request",
    "Standing",
    "block",
    "decide",
    "next_time",
    "outlook",
    "recheck",
]

CALL: Final = "call"
"""Of an entry of the ledger: somebody of the team reached the customer. No policy refuses it; what is written later
sees it."""

SURVEY_HELD: Final = "survey_held"
HELD_FOR: Final = timedelta(days=1)
"""How long what knows no hot window waits for its survey's resumption before it is looked at once more."""

Status: TypeAlias = Literal["scheduled", "held", "suppressed", "dropped"]
Kind: TypeAlias = Literal["invitation", "reminder", "recovery"]
"""`reminder` is prepared, and made by nobody yet."""
Channel: TypeAlias = Literal["email", "link"]


@dataclass(frozen=True, slots=True)
class Request:
    """An invitation that wants to go."""

    survey_key: str | None
    priority: int
    due_at: datetime
    channel: Channel = "email"
    kind: Kind = "invitation"
    occurred_at: datetime | None = None
    """When it happened that one asks about; None: nothing did, and there is no hot window."""
    hot_for: timedelta | None = timedelta(hours=48)
    waits_until: datetime | None = None
    """Until when it may wait for a place that the cap leaves it, and not be late; None: it does not wait."""
    purpose: str = SURVEYS
    survey_held: bool = False
    """Too many complain about the survey, or unsubscribe by it: until somebody resumes it, none of it goes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the person allows and what is in the way, as recorded last."""

    consent: bool | None = None
    """For the purpose: granted, refused or withdrawn, never asked."""
    objected: bool = False
    must_consent: bool = False
    """Only a consent will do, whatever the legal basis: somebody was erased under this address."""
    unsubscribed_at: datetime | None = None
    suppressed_reason: str | None = None
    """Why the address is suppressed, in one word: bounce, complaint…"""
    kind_refused: bool = False
    """This survey, though not every one."""
    paused_until: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    """Those that are over, too: what was due in one never goes."""
    limit: Limit | None = None
    """The customer's own; None: the workspace's cap is enough for them."""
    has_address: bool = True
    erased: bool = False
    zone: str | None = None
    workspace_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Contact:
    """An entry of the ledger of one address: sent at, or planned for, `at`."""

    id: UUID
    at: datetime
    survey_key: str | None
    priority: int
    sent: bool
    """True from the moment it is handed over, also while its outcome is unknown."""
    kind: str = "invitation"

    @property
    def is_ours(self) -> bool:
        """Mail of another tool asks about no survey, and counts for the cap only."""
        return self.survey_key is not None or self.kind != "invitation"


Ledger: TypeAlias = Sequence[Contact]
"""What was sent to an address, and is planned for it, since LONGEST_MEMORY."""


@dataclass(frozen=True, slots=True)
class Decision:
    status: Status
    reason: str | None = None
    send_at: datetime | None = None
    outranks: tuple[UUID, ...] = ()
    """Planned entries of lower priority that give up their place (reason `outranked`)."""
    until: datetime | None = None
    """Of one that is held: when it is looked at once more, for it is no longer hot then."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What holds for a survey of no special priority."""

    allowed: bool
    reason: str | None
    next_allowed_at: datetime | None
    """Quiet hours included; None: not before something is undone."""
    sent_last_7_days: int
    """Mails; calls count for the cap and are no mails."""


def decide(
    request: Request,
    standing: Standing,
    ledger: Ledger,
    answered_at: datetime | None,
    settings: PolicySettings,
    now: datetime,
) -> Decision:
    """Decide what becomes of an invitation when it is made. `answered_at`: when the same survey was last answered."""
    reason = block(request, standing, settings, now)
    if reason is not None:
        return Decision("suppressed", reason)
    wanted = max(request.due_at, now)
    if request.channel == "link":
        return Decision("scheduled", send_at=wanted)
    send_at = next_allowed(wanted, settings.quiet, standing.zone, fallback=standing.workspace_zone)
    if _no_longer_hot(request, send_at):
        return Decision("dropped", "hot_window")
    if request.survey_held:
        return _held(request, send_at, now)
    reason, outranks = _conflict(request, send_at, ledger, answered_at, settings, standing.limit)
    if reason is not None:
        return _waiting(request, standing, ledger, settings, send_at, reason)
    return Decision("scheduled", None if send_at == wanted else "quiet_hours", send_at, outranks)


def recheck(
    request: Request,
    standing: Standing,
    ledger: Ledger,
    settings: PolicySettings,
    now: datetime,
    *,
    answered_at: datetime | None = None,
) -> Decision:
    """Decide again right before the call. `scheduled` at `now` with no reason: go; later: come back then.

    The ledger is that of the others: its own entry is not in its own way.
    """
    reason = block(request, standing, settings, now)
    if reason is not None:
        return Decision("suppressed", reason)
    if request.channel == "link":
        return Decision("scheduled", send_at=now)
    send_at = next_allowed(now, settings.quiet, standing.zone, fallback=standing.workspace_zone)
    if _no_longer_hot(request, send_at):
        return Decision("dropped", "hot_window")
    if request.survey_held:
        return _held(request, send_at, now)
    if is_quiet(now, settings.quiet, standing.zone, fallback=standing.workspace_zone):
        return Decision("scheduled", "quiet_hours", send_at)
    really_sent = [one for one in ledger if one.sent]
    reason, _ = _conflict(request, now, really_sent, answered_at, settings, standing.limit)
    if reason is not None:
        return _waiting(request, standing, really_sent, settings, now, reason)
    return Decision("scheduled", send_at=now)


def next_time(
    request: Request, standing: Standing, ledger: Ledger, settings: PolicySettings, now: datetime
) -> datetime | None:
    """Return when `recheck` lets go what it refuses now; None: no passing of time will change that."""
    ends = {pause.until for pause in standing.pauses} | {one.at + settings.window for one in ledger}
    if standing.paused_until is not None:
        ends.add(standing.paused_until)
    if standing.limit is not None:
        ends |= {one.at + standing.limit.window for one in ledger}
    for end in sorted(one for one in ends if one > now):
        at = next_allowed(end, settings.quiet, standing.zone, fallback=standing.workspace_zone)
        if recheck(replace(request, due_at=at), standing, ledger, settings, at).status == "scheduled":
            return at
    return None


def block(request: Request, standing: Standing, settings: PolicySettings, now: datetime) -> str | None:
    """Return why nothing may go to this person now, whatever was sent before; None: nothing is in the way."""
    if standing.erased:
        return "erased"
    if standing.suppressed_reason is not None:
        return f"suppressed_{standing.suppressed_reason}"
    if standing.unsubscribed_at is not None:
        return "unsubscribed"
    if standing.objected:
        return "objected"
    if standing.consent is not True:
        if standing.must_consent or settings.legal_basis(request.purpose) == "consent":
            return "no_consent"
        if standing.consent is False:
            return "objected"  # where no consent is needed, a refused one is an objection
    if standing.kind_refused:
        return "kind_refused"
    if request.channel == "email" and not standing.has_address:
        return "no_address"
    if standing.paused_until is not None and now < standing.paused_until:
        return "paused"
    if any(pause.covers(at) for pause in standing.pauses for at in (now, request.due_at)):
        return "paused"
    return None


def outlook(standing: Standing, ledger: Ledger, settings: PolicySettings, now: datetime) -> Outlook:
    """Say whether a mail may go to this person now, why not, and from when on one may."""
    anyone = Request(survey_key=None, priority=0, due_at=now)
    reason = block(anyone, standing, settings, now)
    sent = sum(one.sent and one.kind != CALL and now - timedelta(days=7) < one.at <= now for one in ledger)
    if reason is not None and reason != "paused":
        return Outlook(allowed=False, reason=reason, next_allowed_at=None, sent_last_7_days=sent)
    start = max([now, *(pause.until for pause in standing.pauses if pause.covers(now))])
    start = max(start, standing.paused_until or start)
    reason = reason or _conflict(anyone, now, ledger, None, settings, standing.limit)[0]
    rests = {settings.window, timedelta(days=settings.rest_any_days)}
    if standing.limit is not None:
        rests.add(standing.limit.window)
    ends = {start, *(one.at + rest for one in ledger for rest in rests if one.at + rest > start)}
    for end in sorted(ends):
        at = next_allowed(end, settings.quiet, standing.zone, fallback=standing.workspace_zone)
        if _conflict(anyone, at, ledger, None, settings, standing.limit)[0] is None:
            return Outlook(allowed=reason is None, reason=reason, next_allowed_at=at, sent_last_7_days=sent)
    return Outlook(allowed=False, reason=reason or "cap", next_allowed_at=None, sent_last_7_days=sent)


def _waiting(
    request: Request, standing: Standing, ledger: Ledger, settings: PolicySettings, send_at: datetime, reason: str
) -> Decision:
    """Return when a request that the ledger has no place for gets one, if it may wait so long."""
    if request.waits_until is None:
        return Decision("suppressed", reason)
    windows = {settings.window, *([standing.limit.window] if standing.limit is not None else [])}
    for end in sorted({one.at + window for one in ledger for window in windows}):
        at = next_allowed(max(end, send_at), settings.quiet, standing.zone, fallback=standing.workspace_zone)
        found = _conflict(request, at, ledger, None, settings, standing.limit)
        if at <= request.waits_until and found == (None, ()):
            return Decision("scheduled", reason, at)
    return Decision("suppressed", reason)


def _held(request: Request, send_at: datetime, now: datetime) -> Decision:
    """Hold a request that its survey holds up, until it is resumed, or nothing of it would be hot any more."""
    if request.waits_until is not None:
        end = request.waits_until
    elif request.occurred_at is not None and request.hot_for is not None:
        end = request.occurred_at + request.hot_for
    else:
        end = now + HELD_FOR
    return Decision("held", SURVEY_HELD, send_at, until=max(end, now) + timedelta(seconds=1))


def _no_longer_hot(request: Request, send_at: datetime) -> bool:
    if request.waits_until is not None:
        return send_at > request.waits_until
    if request.kind != "invitation" or request.occurred_at is None or request.hot_for is None:
        return False
    return send_at - request.occurred_at > request.hot_for


def _conflict(
    request: Request,
    at: datetime,
    ledger: Ledger,
    answered_at: datetime | None,
    settings: PolicySettings,
    own: Limit | None,
) -> tuple[str | None, tuple[UUID, ...]]:
    """Return (why the ledger has no place at this time, or None; the planned entries that give up theirs)."""
    yielding: list[Contact] = []
    if request.kind == "invitation":
        if answered_at is not None and at - answered_at < timedelta(days=settings.rest_same_answered_days):
            return "rest_same_survey_answered", ()
        ours = [one for one in ledger if one.is_ours]
        same = [one for one in ours if one.survey_key == request.survey_key]
        if _near(at, same, timedelta(days=settings.rest_same_invited_days)):
            return "rest_same_survey_invited", ()
        resting = _near(at, ours, timedelta(days=settings.rest_any_days))
        if any(one.priority >= request.priority for one in resting):
            return "rest_any", ()
        yielding = [one for one in resting if not one.sent]
    caps: list[tuple[str, int, timedelta, Ledger]] = [("cap", settings.cap, settings.window, ledger)]
    if own is not None:  # of us; how much others write, the customer tells the others
        caps.append(("own_limit", own.most, own.window, [one for one in ledger if one.is_ours]))
    for reason, most, window, counted in caps:
        # Whatever window one takes, it lies within this one before and after: never one too many falls together.
        near = [one for one in _near(at, counted, window) if one not in yielding]
        too_many = len(near) + 1 - most
        if too_many > 0:
            weaker = [one for one in near if not one.sent and one.priority < request.priority]
            if len(weaker) < too_many:
                return reason, ()
            yielding += sorted(weaker, key=lambda one: (one.priority, -one.at.timestamp(), one.id))[:too_many]
    return None, tuple(one.id for one in yielding)


def _near(at: datetime, contacts: Iterable[Contact], distance: timedelta) -> list[Contact]:
    return [one for one in contacts if abs(at - one.at) < distance]
