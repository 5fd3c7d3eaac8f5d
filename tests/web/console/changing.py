"""Forms of the settings as somebody at the console sends them, and what they left in the database."""

from __future__ import annotations

import email
from email import policy
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tests.web.console.conftest import Browser, World
from vocapp.models import AuditEntry, Place, User, Workspace, db


def save(browser: Browser, page: str, **fields: Any) -> Any:
    return browser.post(f"/console/settings{page}", token_from="/console/account", **fields)


def save_account(browser: Browser, page: str, **fields: str) -> Any:
    return browser.post(f"/console/account/{page}", token_from="/console/account", **fields)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def rows_of(world: World, model: Any) -> list[Any]:
    with world.app.app_context():
        found = list(
            db.session.scalars(select(model).where(model.workspace_id == world.ours.workspace_id).order_by(model.id))
        )
        db.session.expunge_all()
        return found


def journal(world: World) -> list[AuditEntry]:
    return rows_of(world, AuditEntry)


def workspace(world: World) -> Workspace:
    with world.app.app_context():
        found = db.session.get_one(Workspace, world.ours.workspace_id)
        db.session.expunge(found)
        return found


def place_of(world: World, key: str) -> Place:
    with world.app.app_context():
        found = db.session.get_one(Place, (world.ours.workspace_id, key))
        db.session.expunge(found)
        return found


def user_id(world: World, name: str, house: str = "lune") -> UUID:
    with world.app.app_context():
        found = db.session.scalar(select(User.id).where(User.email == f"{name}@{house}.test"))
        assert found is not None
        return found


def mails(world: World) -> list[Any]:
    folder = Path(world.app.extensions["vocapp"].outbox_dir)
    return [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]
