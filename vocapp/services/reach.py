"""How many of those who were written to answered: of the messages whose time to be answered was over within some days.

From the folded sums, as dashboards have it: there is no second way to count them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from vocapp.domain.boards import ANSWERED_WITHIN, Sums, unit_for
from vocapp.domain.scores import share_figure
from vocapp.models.summaries import Part, sum_up


def reach(
    *, workspace_id: int, survey: str | None, since: date, until: date, places: Collection[str] | None
) -> dict[str, Any]:
    """Return who of the messages was reached, began to answer in time, and came to the end. No `survey`: of all.

    Days are the workspace's, `until` does not count. `sent` left in these days; the others are of those that left as
    many days earlier as they had to be answered. `delivered` is less what the provider told us did not arrive and
    nobody answered: where it tells nothing, that is all that left. `answered_of_visited` is of those of whom a gesture
    on the survey's page told that a person was there, or who answered: opening alone tells nothing, since machines open
    every link.
    """
    unit = unit_for(since, until)
    [row] = sum_up(Part(workspace_id, unit, since, until, survey, None, places), ())
    sums = Sums(tuple(row))
    answered = sums["mail_answered"]
    return {
        "sent": sums["mail_sent"],
        "within_days": ANSWERED_WITHIN.days,
        "left_from": (since - ANSWERED_WITHIN).isoformat(),
        "left_to": (until - ANSWERED_WITHIN).isoformat(),
        "delivered": sums["mail_due"],
        "delivery_told": sums["mail_told"],
        "answered": share_figure(answered, sums["mail_due"]).document(),
        "completed": share_figure(sums["mail_completed"], answered).document(),
        "answered_of_visited": share_figure(sums["mail_visited_answered"], sums["mail_visited"]).document(),
    }
