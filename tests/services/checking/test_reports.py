"""A report that went twice, or is forgotten, is found."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert, update

from tests.builders import House
from tests.services.checking.conftest import Broken
from vocapp.models import Fact, Member, ReportMail, ReportSubscription, User, new_id


def test_reports_that_went_twice_or_are_forgotten_are_found(broken: Broken, shared: House) -> None:
    user, subscription, mail = new_id(), new_id(), new_id()
    monday = shared.now - timedelta(days=1)
    own = {"workspace_id": shared.id}
    made = (
        insert(User).values(id=user, email=f"{user}@m.test", password_hash="x", created_at=monday),
        insert(Member).values(**own, user_id=user, role="viewer"),
        insert(ReportSubscription).values(
            **own, id=subscription, user_id=user, kind="weekly", place="", language="fr", subscribed_at=monday,
            next_due_at=shared.now + timedelta(days=6),
        ),
        insert(ReportMail).values(
            **own, id=mail, subscription_id=subscription, period_on=monday.date(), due_at=monday, status="sent",
            marked_at=monday, calls=1,
        ),
    )  # fmt: skip
    waits = insert(Fact).values(**own, kind="ReportDue", subject_id=mail, due_at=shared.now, attempts=0)

    def changed(model: type[ReportMail | ReportSubscription], which: UUID, **values: object):
        return update(model).where(model.id == which).values(**values)

    assert broken(*made) == {}
    assert broken(*made, changed(ReportMail, mail, calls=2)) == {"reports_once": 1}
    assert broken(*made, changed(ReportMail, mail, marked_at=None)) == {"reports_once": 1}
    assert broken(*made, waits, changed(ReportMail, mail, status="waiting")) == {}
    forgotten = (changed(ReportMail, mail, status="waiting"), delete(Fact).where(Fact.subject_id == mail))
    assert broken(*made, waits, *forgotten) == {"reports_followed_up": 1}
    overdue = shared.now - timedelta(hours=2)
    assert broken(*made, changed(ReportSubscription, subscription, next_due_at=overdue)) == {"reports_followed_up": 1}
