"""What is done by the clock. Each may run twice, and at the same time as another."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from vocapp.jobs import job
from vocapp.models import Workspace, database_now, db, transaction
from vocapp.models.again import run_again
from vocapp.models.idempotency import forget_calls
from vocapp.models.outbox import forget_done
from vocapp.services import (
    ageing,
    assigning,
    claims,
    closing,
    counting,
    counting_mails,
    counting_segments,
    escalating,
    hearing_back,
    keeping_promises,
    overflowing,
    report_planning,
    weighing,
)

KEPT_FACTS = timedelta(days=30)
KEPT_CALLS = timedelta(hours=24)
KEPT_REPORTS = timedelta(days=60)
"""Far longer than a provider's call may be old: the same again is known for it."""
SHARE_SECONDS = 2.0
"""For each part of the counting; after this the rest waits for the next tick: others wait in this queue."""


@job
def add_up_tallies() -> None:
    """Add to the counters what was counted; count what became of messages, and answers in their segments.

    Each as far as there is time: what an upgrade leaves to be counted takes many ticks, and keeps nobody waiting. What
    is counted here stands in figures at once, and is added by the next tick.
    """
    for count_some in (counting.add_up, _count_mails, counting_segments.count_some):
        _all_of(count_some, until=time.monotonic() + SHARE_SECONDS)


def add_up() -> None:
    """Add all tallies to the counters, so many in a transaction."""
    _all_of(counting.add_up)


def _count_mails() -> bool:
    return counting_mails.count_some(now=database_now())


def _all_of(some: Callable[[], bool], *, until: float = float("inf")) -> None:
    """Do a part of the work in a transaction of its own, while there may be more and until then (monotonic seconds)."""

    def once() -> bool:
        with transaction():
            return some()

    while run_again(once) and time.monotonic() < until:
        pass


@job
def close_partial_responses() -> None:
    """Close and count what was left unfinished."""
    with transaction():
        workspace_ids = list(db.session.scalars(select(Workspace.id)))

    def once(workspace_id: int) -> None:
        with transaction():
            closing.close_partial_responses(workspace_id=workspace_id, now=database_now())

    for workspace_id in workspace_ids:
        run_again(partial(once, workspace_id))  # events about many of the same people may stand in the way


@job
def weigh_unfinished() -> None:
    """Raise the signals of those who gave an unhappy score and did not go on."""
    with transaction():
        workspace_ids = weighing.workspaces_to_weigh(now=database_now())
    for workspace_id in workspace_ids:
        weighed = weighing.MOST_AT_ONCE
        while weighed == weighing.MOST_AT_ONCE:
            with transaction():
                weighed = weighing.weigh(workspace_id=workspace_id, now=database_now())


@job
def take_back_claims() -> None:
    """Return to the queue the alerts of agents who are gone."""
    with transaction():
        workspace_ids = claims.workspaces_with_ended_leases(now=database_now())
    for workspace_id in workspace_ids:
        taken = claims.MOST_AT_ONCE
        while taken == claims.MOST_AT_ONCE:
            with transaction():
                taken = claims.take_back(workspace_id=workspace_id, now=database_now())


@job
def age_alerts() -> None:
    """Make those more urgent that are overdue."""
    with transaction():
        workspace_ids = ageing.workspaces_to_age(now=database_now())
    for workspace_id in workspace_ids:
        aged = ageing.MOST_AT_ONCE
        while aged == ageing.MOST_AT_ONCE:
            with transaction():
                aged = ageing.age(workspace_id=workspace_id, now=database_now())


@job
def mind_promises() -> None:
    """Cancel the calls to those who want none since, miss the promises whose time is over, and apologise for them."""
    with transaction():
        now = database_now()
        silenced, over = keeping_promises.list_silenced(now=now), keeping_promises.list_to_mind(now=now)
    for mind, found in ((keeping_promises.silence, silenced), (keeping_promises.mind, over)):
        for workspace_id, promise_id in found:
            with transaction():
                mind(workspace_id=workspace_id, promise_id=promise_id, now=database_now())


@job
def escalate_alerts() -> None:
    """Take the steps that are due where nobody closed an alert in time."""
    with transaction():
        workspace_ids = escalating.workspaces_to_escalate(now=database_now())
    for workspace_id in workspace_ids:
        taken = escalating.MOST_AT_ONCE
        while taken == escalating.MOST_AT_ONCE:
            with transaction():
                taken = escalating.escalate(workspace_id=workspace_id, now=database_now())


@job
def write_instead() -> None:
    """Plan letters to those whom nobody can call in time."""
    with transaction():
        found = overflowing.list_to_write(now=database_now())
    for workspace_id, alert_id in found:
        with transaction():
            overflowing.write(workspace_id=workspace_id, alert_id=alert_id, now=database_now())


@job
def hand_out_alerts() -> None:
    """Give what waits to those who are there, where a workspace wants it so."""
    with transaction():
        workspace_ids = assigning.workspaces_that_hand_out()
    for workspace_id in workspace_ids:
        with transaction():
            assigning.hand_out(workspace_id=workspace_id, now=database_now())


@job
def clean_up() -> None:
    """Forget facts long followed up, calls whose keys have expired, reports of mails and reports to staff long gone."""
    with transaction():
        now = database_now()
        forget_done(before=now - KEPT_FACTS)
        forget_calls(before=now - KEPT_CALLS)
        hearing_back.forget(before=now - KEPT_REPORTS)
        report_planning.forget(before=now - report_planning.KEPT)
