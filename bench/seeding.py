"""People with a link each, as many as a case needs: put into the product's tables by its own services, in bulk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import text

from tests.rig.product import ROOT
from vocapp.app import create_app
from vocapp.config import Settings
from vocapp.domain.contact_policy import Channel
from vocapp.domain.links import make_token
from vocapp.models import Customer, Workspace, autocommit, database_now, db, migrating, transaction
from vocapp.services import intake, inviting, surveying, workspaces
from vocapp.services.intake_reading import read_customer

AT_ONCE = 500
AT_ANY_HOUR = {"quiet_from": None, "quiet_to": None}
"""Of the contact policy: what is measured is the same at night."""

Place = Callable[[int], str | None]
"""Where the n-th person was."""


def invite(
    *,
    database_url: str,
    data_dir: Path,
    definition: dict[str, Any],
    wanted: int,
    place: Place = lambda _number: None,
    channel: Channel = "link",
) -> list[str]:
    """Set up the workspace `default` with one survey and the personas of the catalogue; return the links' paths."""
    settings = Settings.from_env(data_dir=data_dir, database_url=database_url)
    migrating.upgrade(database_url)
    app = create_app(settings)
    with app.app_context():
        with transaction():
            now = database_now()
            workspace = workspaces.create(key="default", now=now)[0]
            workspace.settings = {**workspace.settings, "contact_policy": AT_ANY_HOUR}
            workspace_id = workspace.id
            surveying.put_draft(workspace_id=workspace_id, key=definition["key"], definition=definition, now=now)
            surveying.publish(workspace_id=workspace_id, key=definition["key"], now=now)
            personas = yaml.safe_load((ROOT / "surveys/personas.yaml").read_text())
            surveying.put_personas(workspace_id=workspace_id, definition=personas, now=now)
        paths: list[str] = []
        for start in range(0, wanted, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, wanted))
            paths += _invite(workspace_id, definition["key"], numbers, settings.secret_key.encode(), place, channel)
        with autocommit().connect() as connection:
            connection.execute(text("analyze"))  # what autovacuum does within a minute; without it plans are guesses
        for engine in db.engines.values():
            engine.dispose()
    return paths


def _invite(
    workspace_id: int, survey_key: str, numbers: range, secret: bytes, place: Place, channel: Channel
) -> list[str]:
    with transaction():
        now = database_now()
        workspace = db.session.get_one(Workspace, workspace_id)
        survey = surveying.find_published(workspace_id=workspace_id, key=survey_key)
        assert survey is not None
        people = [read_customer(_person(number), now=now, external_id=f"C-{number}") for number in numbers]
        taken = intake.take_customers(workspace_id=workspace_id, customers=people, secret=secret, now=now)
        occasions = [
            inviting.Occasion(
                survey=survey,
                customer=db.session.get_one(Customer, (workspace_id, taken[f"C-{number}"].id)),
                channel=channel,
                key=f"C-{number}",
                context={
                    "event": "order.delivered",
                    "event_id": f"C-{number}",
                    "occurred_at": now.isoformat(),
                    "properties": {"late": False, "carrier": "post"},
                    "place": place(number),
                },
                occurred_at=now,
                due_at=now,
                hot_for=timedelta(days=2),
            )
            for number in numbers
        ]
        made = inviting.invite(workspace=workspace, occasions=occasions, now=now)
        links = {one.customer_id: f"/s/{make_token(secret, 'survey', one.id)}" for one in made}
        paths = [links[taken[f"C-{number}"].id] for number in numbers]
    db.session.expunge_all()
    return paths


def _person(number: int) -> dict[str, Any]:
    return {
        "email": f"c-{number}@example.test",
        "first_name": "Zoé",
        "locale": "fr",
        "attributes": {"loyalty": "gold"},
        "consents": [{"purpose": "surveys", "granted": True, "source": "bench"}],
    }
