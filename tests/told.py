"""A workspace whose team is told by webhook, and the jobs that tell it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import insert, select, update

from tests.unhappy import alerts_of, complain, make_customer
from vocapp.adapters import sealing
from vocapp.config import EXTENSION
from vocapp.jobs import alert as alert_jobs
from vocapp.jobs import tell as tell_jobs
from vocapp.models import Alert, Attribute, Fact, Notice, NotifierRow, database_now, new_id, transaction
from vocapp.services import ageing, workspaces

SAID = "Colis <b>cassé</b> & <!channel> *jamais* {{DATE(x)}}"


class Team:
    def __init__(self, app: Flask, db: Any, now: datetime, workspace_id: int) -> None:
        self.app, self.db, self.now, self.id = app, db, now, workspace_id
        self.secret: bytes = app.extensions[EXTENSION].secret_key.encode()

    def notifier(self, url: str, **given: Any) -> UUID:
        plain = {
            "workspace_id": self.id, "id": new_id(), "name": "Hook", "kind": "webhook", "target_hint": "x", "kinds": [],
            "least_priority": 1, "digest_minutes": 0, "repeat_minutes": 0, "created_at": self.now, "failures": 0,
            "target": sealing.seal(url, secret=self.secret),
        }  # fmt: skip
        row = plain | given
        with transaction() as session:
            session.execute(insert(NotifierRow).values(**row))
        return row["id"]

    def alert(
        self, name: str = "C-1", *, place: str | None = "store", why: str = SAID, nps: int = 2, best: bool = False
    ) -> Alert:
        """Let somebody complain, and plan what the team is told of it; `best`: one of the best customers."""
        with transaction():
            customer_id = make_customer(self.id, name, self.now, first_name="Zoé")
        if best:
            with transaction() as session:
                told = {"key": "orders_count", "value": 12, "source": "crm", "observed_at": self.now}
                session.execute(insert(Attribute).values(workspace_id=self.id, customer_id=customer_id, **told))
        alert_jobs.open_alerts([complain(self.id, customer_id, self.now, nps=nps, why=why, place=place)])
        self.plan()
        return next(one for one in alerts_of(self.id) if one.customer_id == customer_id)

    def complain_again(self, alert: Alert, **given: Any) -> None:
        alert_jobs.open_alerts([complain(self.id, alert.customer_id, self.now, **given)])
        self.plan()

    def plan(self) -> None:
        alert_jobs.plan_notices([one for kind in ("Opened", "Raised", "Returned") for one in self.open(f"Alert{kind}")])

    def age(self, *alert_ids: UUID) -> None:
        """Let alerts wait past the time at which that makes them more urgent."""
        with transaction() as session:
            now = database_now()
            these = Alert.id.in_(alert_ids) if alert_ids else Alert.workspace_id == self.id
            session.execute(update(Alert).values(ages_at=None))
            session.execute(update(Alert).where(these).values(due_at=now - timedelta(hours=1), ages_at=now))
            ageing.age(workspace_id=self.id, now=now)
        self.plan()

    def mail_to(self, *addresses: str) -> None:
        with transaction():
            workspaces.change_settings(workspace_id=self.id, changes={"alert_recipients": list(addresses)})

    def quote_in(self, *kinds: str) -> None:
        with transaction():
            workspaces.change_settings(workspace_id=self.id, changes={"notices": {"quoted_in": list(kinds)}})

    def open(self, kind: str = "NoticeDue") -> list[int]:
        self.db.session.rollback()
        query = select(Fact.id).where(Fact.kind == kind, Fact.done_at.is_(None), Fact.failed_at.is_(None))
        found = list(self.db.session.scalars(query.order_by(Fact.id)))
        self.db.session.rollback()
        return found

    def tell(self) -> None:
        tell_jobs.tell(self.open())

    def pass_time(self, **ago: float) -> None:
        """Let what waits have been due for so long: the database's clock is not ours to turn."""
        with transaction() as session:
            past = database_now() - timedelta(**ago)
            session.execute(update(Notice).values(due_at=past, calling_until=None))
            session.execute(update(Notice).where(Notice.failing_since.is_not(None)).values(failing_since=past))
            session.execute(update(NotifierRow).values(waits_until=None))

    def rows(self, model: Any) -> list[Any]:
        self.db.session.rollback()
        query = select(model).where(model.workspace_id == self.id).order_by(model.id)
        return list(self.db.session.scalars(query.execution_options(populate_existing=True)))
