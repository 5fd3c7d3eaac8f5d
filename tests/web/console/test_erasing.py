"""Erasing a person at the console: owners only, on a second page, which says what goes and what stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from vocapp.models import Alert, Customer, Erasure, db


def test_an_owner_erases_in_two_steps_and_the_queue_forgets(log_in: Callable[..., Any], world: Any) -> None:
    owner, ada = log_in("owner"), world.ours.stories["ada"]
    page = owner.get(f"/console/customers/{ada.customer}").text
    assert f"/console/customers/{ada.customer}/erase" in page
    path = f"/console/customers/{ada.customer}/erase"
    asked = owner.get(path)
    assert asked.status_code == 200
    assert "Lovelace-ada" in asked.text
    assert "les réponses, avec chaque mot écrit\u00a0: 1" in asked.text
    assert 'type="checkbox"' in asked.text
    assert _customers(world) == 3, "looking changes nothing"

    unsure = owner.post(path)
    assert (unsure.status_code, _customers(world)) == (422, 3)
    assert "Cochez la case" in unsure.text
    done = owner.post(path, sure="yes")
    assert (done.status_code, done.headers["Location"]) == (303, "/console/customers")
    assert "sont effacées" in owner.get("/console/customers").text
    assert _customers(world) == 2
    assert owner.get(f"/console/customers/{ada.customer}").status_code == 404
    assert owner.get(f"/console/alerts/{ada.alert}").status_code == 404
    assert owner.get(path).status_code == owner.post(path, sure="yes").status_code == 404
    with world.app.app_context():
        assert db.session.get(Alert, (world.ours.workspace_id, ada.alert)) is None
        erasure = db.session.scalars(select(Erasure)).one()
        assert erasure.requested_by.startswith("user:")
        assert "@" not in erasure.requested_by


@pytest.mark.parametrize("role", ["analyst", "agent", "viewer", "south"])
def test_nobody_else_is_offered_it_or_may(log_in: Callable[..., Any], world: Any, role: str) -> None:
    browser, ada = log_in(role), world.ours.stories["ada"]
    path = f"/console/customers/{ada.customer}/erase"
    assert path not in browser.get(f"/console/customers/{ada.customer}").text
    assert browser.get(path).status_code == 403
    assert browser.post(path, sure="yes").status_code == 403
    assert _customers(world) == 3


def test_it_takes_a_token_and_somebody_who_is_there(log_in: Callable[..., Any], world: Any) -> None:
    owner, ada = log_in("owner", "en"), world.ours.stories["ada"]
    assert owner.post(f"/console/customers/{ada.customer}/erase", sure="yes", csrf_token="none").status_code == 400
    assert owner.post(f"/console/customers/{uuid4()}/erase", sure="yes").status_code == 404
    assert "What stays" in owner.get(f"/console/customers/{ada.customer}/erase").text
    assert _customers(world) == 3


def _customers(world: Any) -> int:
    with world.app.app_context():
        mine = select(Customer.id).where(Customer.workspace_id == world.ours.workspace_id)
        return len(db.session.scalars(mine).all())
