"""The invented company: filled once, also by starts that were killed in the middle."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from vocapp import demo
from vocapp.models import Fact, Invitation, Response
from vocapp.services import responding


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("pages", [0, 1, 2])
def test_a_start_killed_while_it_answers_is_made_good_by_the_next(
    app: Flask, settings: Any, db: Any, workspace_id: int, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    take_page, taken = responding.take_page, []

    def take_some(**wanted: Any) -> Any:
        if len(taken) == pages:
            raise Killed
        taken.append(wanted)
        return take_page(**wanted)

    monkeypatch.setattr(responding, "take_page", take_some)
    with pytest.raises(Killed):
        demo.fill(settings)
    monkeypatch.undo()
    demo.fill(settings)
    assert _answered(db) == [(2, "completed"), (4, "completed")]
    facts = db.session.scalars(select(Fact.id)).all()
    invitations = len(db.session.scalars(select(Invitation.id)).all())
    db.session.rollback()

    demo.fill(settings)
    assert _answered(db) == [(2, "completed"), (4, "completed")]
    assert db.session.scalars(select(Fact.id)).all() == facts
    assert len(db.session.scalars(select(Invitation.id)).all()) == invitations + 1, "the fresh link"


def _answered(db: Any) -> list[tuple[int | None, str]]:
    found = db.session.execute(select(Response.nps, Response.status).order_by(Response.nps)).all()
    return [tuple(row) for row in found]
