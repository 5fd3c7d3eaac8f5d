"""Notices that wait for a fact which is not there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Insert, insert

from tests.builders import House
from tests.services.checking.conftest import Broken
from vocapp.models import Alert, Fact, Notice, new_id


def _notice(house: House, **given: Any) -> Insert:
    [alert, *_] = house.rows(Alert)
    row = {
        "workspace_id": house.id, "id": new_id(), "event": "alert.opened", "event_id": new_id(), "alert_id": alert.id,
        "recipient": "ana@vocapp.test", "number": 0, "priority": 3, "status": "waiting", "attempts": 0, "unknown": 0,
        "created_at": house.now, "due_at": house.now,
    }  # fmt: skip
    return insert(Notice).values(row | given)


def _fact(house: House, subject_id: UUID, **given: datetime) -> Insert:
    row = {"workspace_id": house.id, "kind": "NoticeDue", "subject_id": subject_id, "due_at": house.now}
    return insert(Fact).values(row | given | ({"error": "answered 500"} if "failed_at" in given else {}))


@pytest.mark.parametrize("status", ["waiting", "failed"])
def test_a_notice_that_nobody_will_tell_is_found(broken: Broken, shared: House, status: str) -> None:
    one, other, now = new_id(), new_id(), shared.now
    notice = _notice(shared, id=one, status=status)
    ended = {"failed_at": now} if status == "failed" else {}
    assert broken(notice) == {"notices_on_their_way": 1}
    assert broken(notice, _fact(shared, one, done_at=now)) == {"notices_on_their_way": 1}
    assert broken(notice, _fact(shared, one, **ended)) == {}
    carried = _notice(shared, id=one, status=status, message_id=other)
    assert broken(carried, _fact(shared, one, done_at=now)) == {"notices_on_their_way": 1}
    assert broken(carried, _fact(shared, other, **ended)) == {}


def test_what_is_over_needs_nobody(broken: Broken, shared: House) -> None:
    for status in ("told", "dropped", "refused"):
        assert broken(_notice(shared, status=status)) == {}
