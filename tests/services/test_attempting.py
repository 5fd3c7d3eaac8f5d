"""After a miss the next call is planned; who is not to be called is not called."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from tests.services.test_ageing import document, open_alert
from tests.unhappy import alerts_of, make_workspace
from vocapp.models import Attribute, Consent, new_id, transaction
from vocapp.services import calling_back
from vocapp.services.calling_back import NotMoved

MONDAY = datetime(2026, 3, 9, 10, tzinfo=ZoneInfo("Europe/Paris"))


def contact(workspace_id: int, alert_id: Any, outcome: Any, now: datetime, **given: Any) -> None:
    with transaction():
        where: dict[str, Any] = {"workspace_id": workspace_id, "alert_id": alert_id, "now": now}
        calling_back.claim(**where, agent="Ana")
        calling_back.contact(**where, outcome=outcome, note=None, by=None, **given)


def test_the_next_attempt_is_planned_three_times_at_most(db: Any) -> None:
    workspace_id = make_workspace(MONDAY)
    alert_id = open_alert(workspace_id, MONDAY)
    contact(workspace_id, alert_id, "voicemail", MONDAY)
    assert document(workspace_id, alert_id)["next_attempt_at"] == MONDAY + timedelta(hours=3)
    contact(workspace_id, alert_id, "no_answer", MONDAY.replace(hour=13))
    assert document(workspace_id, alert_id)["next_attempt_at"] == MONDAY.replace(day=10, hour=11)
    contact(workspace_id, alert_id, "no_answer", MONDAY.replace(day=10, hour=11))
    assert document(workspace_id, alert_id)["next_attempt_at"] is None


def test_a_wrong_number_is_not_called_again(db: Any) -> None:
    workspace_id = make_workspace(MONDAY)
    alert_id = open_alert(workspace_id, MONDAY)
    contact(workspace_id, alert_id, "wrong_number", MONDAY)
    found = document(workspace_id, alert_id)
    assert (found["next_attempt_at"], found["no_call"]) == (None, "wrong_number")
    with pytest.raises(NotMoved, match="not the customer's"):
        contact(workspace_id, alert_id, "voicemail", MONDAY)
    contact(workspace_id, alert_id, "reached", MONDAY, via="email")
    assert alerts_of(workspace_id)[0].status == "contacted"


@pytest.mark.parametrize("said", ["attribute", "consent"])
def test_who_asks_not_to_be_called_is_not(db: Any, said: str) -> None:
    workspace_id = make_workspace(MONDAY)
    alert_id = open_alert(workspace_id, MONDAY)
    whose = {"workspace_id": workspace_id, "customer_id": alerts_of(workspace_id)[0].customer_id}
    with transaction() as session:
        if said == "attribute":
            session.execute(
                insert(Attribute).values(**whose, key="do_not_call", value=True, source="crm", observed_at=MONDAY)
            )
        else:
            of = {
                "id": new_id(),
                "purpose": "calls",
                "granted": False,
                "source": "crm",
                "at": MONDAY,
                "recorded_at": MONDAY,
            }
            session.execute(insert(Consent).values(**whose, **of))
    assert document(workspace_id, alert_id)["no_call"] == "do_not_call"
    with pytest.raises(NotMoved, match="asks not to be called"):
        contact(workspace_id, alert_id, "reached", MONDAY)
