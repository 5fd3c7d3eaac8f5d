"""`Idempotency-Key`: the same call again does nothing and is answered the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.web.api.calling import Machine
from vocapp.models import Customer, IdempotentCall, transaction

pytestmark = pytest.mark.both_databases

BODY = {"customers": [{"external_id": "C-1"}]}


def post(caller: Machine, body: Any = BODY, key: str = "k-1") -> Any:
    return caller.post("/customers", body, **{"Idempotency-Key": key})


def test_the_same_call_again_is_answered_the_same(caller: Machine) -> None:
    first, again = post(caller), post(caller)
    assert first.json == again.json == {"created": 1, "merged": 0, "refused": []}
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert post(caller, key='"k-1"').json == first.json, "a structured-field string is the same key"
    assert post(caller, key="k-2").json["merged"] == 1


def test_the_key_of_another_call_is_refused(caller: Machine) -> None:
    post(caller)
    assert post(caller, {"customers": []}).status_code == 422
    assert caller.post("/events", BODY, **{"Idempotency-Key": "k-1"}).status_code == 422


def test_a_refused_call_leaves_its_key_free(caller: Machine, db: Any) -> None:
    assert post(caller, {"customers": "none"}).status_code == 422
    assert db.session.scalar(select(func.count()).select_from(IdempotentCall)) == 0
    db.session.rollback()
    assert post(caller).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_what_no_key_can_be_is_refused(caller: Machine, key: str) -> None:
    assert post(caller, key=key.encode().decode("latin-1")).status_code == 400


def test_a_call_under_way_is_told(caller: Machine, db: Any) -> None:
    post(caller)
    with transaction():
        db.session.execute(update(IdempotentCall).values(status=None, body=None))
    answer = post(caller)
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    with transaction():  # its server died long ago
        made = db.session.scalar(select(IdempotentCall.created_at))
        db.session.execute(update(IdempotentCall).values(created_at=made - timedelta(minutes=2)))
    assert post(caller).json["merged"] == 1


def test_a_key_is_kept_for_a_day(caller: Machine, db: Any) -> None:
    post(caller)
    with transaction():
        made = db.session.scalar(select(IdempotentCall.created_at))
        db.session.execute(update(IdempotentCall).values(created_at=made - timedelta(hours=25)))
    assert post(caller, {"customers": []}).status_code == 200


def test_of_many_at_once_one_does_the_work(caller: Machine, db: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(caller), range(16)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    done = [answer.json for answer in answers if answer.status_code == 200]
    assert done
    assert all(answer == {"created": 1, "merged": 0, "refused": []} for answer in done)
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 1
