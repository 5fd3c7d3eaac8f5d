"""Messages that went twice, are stuck, are forgotten, or went to somebody who said no or was in a pause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from tests.builders import House
from tests.services.checking.conftest import Broken
from vocapp.domain.preferences import Pause, write_pauses
from vocapp.models import Contact, Customer, Fact, Invitation, Response, SurveyHold, new_id


@pytest.fixture
def mailed(shared: House, of: Callable[[str], Response]) -> Invitation:
    """Give an invitation that was mailed."""
    found = shared.invitation(of("glad").invitation_id)
    assert [one["status"] for one in found.decisions] == ["scheduled", "sending", "sent"]
    return found


def changed(invitation: Invitation, **values: Any):
    return update(Invitation).where(Invitation.id == invitation.id).values(**values)


def test_a_message_that_was_handed_over_again_is_found(broken: Broken, mailed: Invitation) -> None:
    def record(*statuses: str) -> dict[str, int]:
        decisions = [{"at": mailed.created_at.isoformat(), "status": status, "reason": None} for status in statuses]
        return broken(changed(mailed, decisions=decisions))

    assert record("scheduled", "sending", "sent", "sending", "sent") == {"mailed_once": 1}
    assert record("scheduled", "sending", "unknown", "sending") == {"mailed_once": 1}
    assert record("scheduled", "sending", "sent", "sent") == {"mailed_once": 1}
    # put off, begun again because the first call certainly did not leave, found by the provider's own word
    assert record("scheduled", "sending", "scheduled", "sending", "sent") == {}
    assert record("scheduled", "sending", "sending", "sent") == {}
    assert record("scheduled", "sending", "unknown", "sent", "cancelled") == {}


def test_an_invitation_that_is_stuck_or_forgotten_is_found(broken: Broken, mailed: Invitation, shared: House) -> None:
    mine = Fact.subject_id == mailed.id
    open_again = update(Fact).where(mine).values(done_at=None, due_at=shared.now)
    begun = shared.now - timedelta(minutes=6)
    assert broken(open_again, changed(mailed, status="sending")) == {}
    assert broken(open_again, changed(mailed, status="sending", marked_at=begun)) == {"none_stuck_sending": 1}
    assert broken(changed(mailed, status="sending")) == {"planned_will_go": 1}
    forgotten = broken(delete(Fact).where(mine), changed(mailed, status="scheduled"))
    assert forgotten == {"planned_will_go": 1, "ledger_complete": 1}  # the ledger says that it went


def test_a_message_after_a_no_is_found(broken: Broken, mailed: Invitation) -> None:
    assert mailed.marked_at is not None
    before, at_once = mailed.marked_at - timedelta(minutes=1), mailed.marked_at - timedelta(seconds=1)
    address, person = Contact.key == mailed.contact_key, Customer.id == mailed.customer_id
    assert broken(update(Contact).where(address).values(unsubscribed_at=before)) == {"no_is_heeded": 1}
    assert broken(update(Customer).where(person).values(unsubscribed_at=before)) == {"no_is_heeded": 1}
    assert broken(update(Contact).where(address).values(unsubscribed_at=at_once)) == {}


def test_a_message_in_a_pause_is_found(broken: Broken, mailed: Invitation) -> None:
    assert mailed.marked_at is not None

    def paused(model: Any, seconds: int, until: int) -> dict[str, int]:
        pause = Pause(mailed.marked_at + timedelta(seconds=seconds), mailed.marked_at + timedelta(seconds=until))
        return broken(update(model).where(_mine(model, mailed)).values(pauses=write_pauses([pause])))

    assert paused(Contact, -60, 60) == {"pauses_are_kept": 1}
    assert paused(Customer, -60, 60) == {"pauses_are_kept": 1}
    assert paused(Contact, -1, 60) == {}  # begun at the same time
    assert paused(Contact, -60, -1) == {}
    assert paused(Contact, 1, 60) == {}


def _mine(model: Any, invitation: Invitation) -> Any:
    return model.key == invitation.contact_key if model is Contact else model.id == invitation.customer_id


def test_a_message_of_a_survey_that_was_held_is_found(broken: Broken, mailed: Invitation, shared: House) -> None:
    assert mailed.marked_at is not None

    def held(before: timedelta, **more: Any) -> dict[str, int]:
        assert mailed.marked_at is not None
        row = {"workspace_id": shared.id, "id": new_id(), "survey_key": mailed.survey_key, "reason": "complaints"}
        sums = {"delivered": 40, "complained": 3, "unsubscribed": 0, "held_at": mailed.marked_at - before}
        return broken(insert(SurveyHold).values(**row, **sums, **more))

    assert held(timedelta(minutes=1))["held_surveys_wait"] >= 1
    assert held(timedelta(0)) == {}
    over = mailed.marked_at - timedelta(seconds=30)
    assert held(timedelta(minutes=1), resumed_at=over, resumed_on=over.date()) == {}
