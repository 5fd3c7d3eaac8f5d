"""The `alert` queue: signals become alerts, and alerts notices for those who are to be told."""

from __future__ import annotations

from vocapp.jobs import job
from vocapp.models import database_now, transaction
from vocapp.services import alerting, noticing


@job
def open_alerts(fact_ids: list[int]) -> None:
    """Give the signals of these facts their alerts."""
    with transaction():
        alerting.open_or_join(fact_ids=fact_ids, now=database_now())


@job
def plan_notices(fact_ids: list[int]) -> None:
    """Make a notice of each of these alerts for everybody who is to be told."""
    with transaction():
        noticing.plan(fact_ids=fact_ids, now=database_now())
