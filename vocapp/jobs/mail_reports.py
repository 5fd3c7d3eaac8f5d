"""The `decide` queue again: what the mail provider told of messages is applied, some at a time."""

from __future__ import annotations

from uuid import UUID

from vocapp.jobs import calling_ends, in_time, job
from vocapp.models import database_now, transaction
from vocapp.services import hearing_back


@job
def apply(fact_ids: list[int]) -> None:
    """Apply the reports of these facts; for what there is no time, the lease runs out and they come again."""
    for fact_id in in_time(fact_ids, calling_ends()):
        _apply_batch(fact_id)


def _apply_batch(fact_id: int) -> None:
    last: UUID | None = None
    while True:
        with transaction():
            last = hearing_back.apply_some(fact_id=fact_id, after=last, now=database_now())
        if last is None:
            break
    with transaction():
        hearing_back.conclude(fact_id=fact_id, now=database_now())
