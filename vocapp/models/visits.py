"""That a person was at a survey's page, as a bit of its invitation: noted by one statement in its own transaction."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine

from vocapp.models.journey import VISITED
from vocapp.models.sql import Dialect, statement


def note_visit(engine: Engine, *, invitation_id: UUID, within: timedelta) -> None:
    """Note a visit, on an engine in autocommit, where the invitation left so little ago; once more changes nothing.

    Somebody may be there before the provider has told that it left.
    """
    _note.first(engine, id=invitation_id, within=int(within.total_seconds()) * 1_000_000)


@statement()
def _note(d: Dialect) -> str:
    return f"""
        update invitations set mail_heard = mail_heard | {VISITED}
        where id = {d.uuid("id")} and (mail_heard & {VISITED}) = 0
            and {d.microseconds(d.now, "coalesce(sent_at, marked_at)")} <= :within
        returning 1
    """
