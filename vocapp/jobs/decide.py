"""The `decide` queue: events become invitations, and so do resolutions."""

from __future__ import annotations

from collections import defaultdict

from vocapp.jobs import job
from vocapp.models import database_now, transaction
from vocapp.models.outbox import hold, settle
from vocapp.services import inviting, recovering


@job
def invite(fact_ids: list[int]) -> None:
    """Decide about the events of these facts, a workspace at a time."""
    with transaction():
        now = database_now()
        events = defaultdict(list)
        facts = hold(fact_ids)
        for fact in facts:
            events[fact.workspace_id].append(fact.subject_id)
        for workspace_id, event_ids in events.items():
            inviting.invite_for_events(workspace_id=workspace_id, event_ids=event_ids, now=now)
        settle([fact.id for fact in facts], now=now)


@job
def ask_whether_it_helped(fact_ids: list[int]) -> None:
    """Ask the customers of these resolved alerts whether it helped, a workspace at a time."""
    with transaction():
        recovering.ask(fact_ids=fact_ids, now=database_now())
