"""The doctor finds who is asked about a call that nobody made them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import update

from tests.builders import House
from tests.services.checking.conftest import Broken
from vocapp.models import AlertMove, Invitation, Response
from vocapp.services.recovering import occasion_of


def test_who_is_asked_about_a_call_that_nobody_made_them_is_found(
    broken: Broken, of: Callable[[str], Response], shared: House
) -> None:
    [resolution] = shared.rows(AlertMove, AlertMove.action == "resolve")
    [opened] = shared.rows(AlertMove, AlertMove.action == "opened", AlertMove.alert_id == resolution.alert_id)
    called = next(name for name in ("sad", "torn", "late") if str(of(name).id) == opened.details["response"])

    def asked(name: str, line: AlertMove, ended: str = "spoken_to") -> dict[str, int]:
        own = Invitation.id == of(name).invitation_id
        told = update(AlertMove).where(AlertMove.id == resolution.id)
        return broken(
            told.values(details={**resolution.details, "resolution": ended}),
            update(Invitation).where(own).values(alert_id=line.alert_id, occasion=occasion_of(line.id)),
        )

    assert asked(called, resolution) == {}
    assert asked("glad", resolution) == {"recoveries_asked": 1}
    assert asked(called, opened) == {"recoveries_asked": 1}
    for ended in ("unreachable", "not_called", "elsewhere"):
        assert asked(called, resolution, ended) == {"recoveries_asked": 1}, "nobody spoke to them"
