"""Messages count on the workspace's day on which they left, what came of them once their time to be answered is over.

What was counted of messages before is taken out; the clock counts all of them anew, each as it would have been.

After a downgrade `counters rebuild` must follow, with the code of 0032: its clock counts anew what was sent and what
befell it, but not who answered, so that response rates of people who are still there would be lost.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0033"
down_revision = "0032"

_BEFORE = """sent_at is not null and channel in ('email', 'link') and mail_counted <>
    (mail_heard | 1 | case when delivery in ('blocked', 'dropped', 'bounced') then 2 else 0 end)"""
_TO_COUNT = """sent_at is not null and channel in ('email', 'link') and (mail_counted & 15) <>
    (mail_heard & 15 | 1 | case when delivery in ('blocked', 'dropped', 'bounced') then 2 else 0 end)"""
_TO_FALL_DUE = "(mail_counted & 33) = 1"
_MEASURES = ("mail_sent", "mail_undelivered", "mail_answered", "mail_completed", "mail_unsubscribed", "mail_complained")
_ADDED = ("mail_due", "mail_told", "mail_tracked", "mail_opened")
_WEEK = timedelta(days=7)
_READ_AT_ONCE = 1000

_TALLIES = sa.table(
    "tallies",
    sa.column("id"),
    sa.column("workspace_id"),
    sa.column("survey_key"),
    sa.column("survey_version"),
    sa.column("day", sa.Date()),
    sa.column("place"),
    sa.column("channel"),
    sa.column("counted", vocapp.models.types.Json()),
)
_ERASED = sa.table(
    "anonymous_responses",
    sa.column("workspace_id"),
    sa.column("id"),
    sa.column("survey_key"),
    sa.column("survey_version"),
    sa.column("week", sa.Date()),
    sa.column("place"),
    sa.column("counted", vocapp.models.types.Json()),
)


def upgrade() -> None:
    _lock()
    op.add_column("invitations", sa.Column("mail_tracked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("invitations", sa.Column("mailed_on", sa.Date(), nullable=True))
    for name in _ADDED:
        op.add_column("summaries", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    _have_all_counted_anew(_TO_COUNT)
    op.create_index(
        "ix_invitations_mail_to_fall_due",
        "invitations",
        ["sent_at"],
        sqlite_where=sa.text(_TO_FALL_DUE),
        postgresql_where=sa.text(_TO_FALL_DUE),
    )
    _take_out(_in_time)


def downgrade() -> None:
    _lock()
    op.drop_index("ix_invitations_mail_to_fall_due", table_name="invitations")
    _have_all_counted_anew(_BEFORE)
    for name in _ADDED:
        op.drop_column("summaries", name)
    op.drop_column("invitations", "mailed_on")
    op.drop_column("invitations", "mail_tracked")
    _take_out(_whenever)


def _lock() -> None:
    if op.get_context().dialect.name == "postgresql":  # what is counted meanwhile would be lost
        op.execute("lock table counters, tallies, summaries, invitations in access exclusive mode")


def _have_all_counted_anew(where: str) -> None:
    op.drop_index("ix_invitations_mail_to_count", table_name="invitations")
    if op.get_context().dialect.name == "postgresql":  # to write every row would keep everybody waiting behind the lock
        op.drop_column("invitations", "mail_counted")
        op.add_column("invitations", sa.Column("mail_counted", sa.SmallInteger(), nullable=False, server_default="0"))
    else:
        op.execute("update invitations set mail_counted = 0 where mail_counted <> 0")
    op.create_index(
        "ix_invitations_mail_to_count",
        "invitations",
        ["workspace_id", "id"],
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _take_out(translate: Any) -> None:
    """Take all that was counted of messages out, but for what erased people counted: that has no other row."""
    connection = op.get_bind()
    op.execute("delete from counters where question = '@mail'")
    nothing = ", ".join(f"{name} = 0" for name in _MEASURES)
    op.execute(f"update summaries set {nothing} where {' + '.join(_MEASURES)} <> 0")  # noqa: S608 - its own words
    for row in _holding(connection, _TALLIES):
        left = [one for one in row.counted if one[0] != "@mail"]
        one = _TALLIES.c.id == row.id
        connection.execute(
            sa.update(_TALLIES).where(one).values(counted=left) if left else sa.delete(_TALLIES).where(one)
        )
    for row in _holding(connection, _ERASED):
        mails, others = translate(row), [one for one in row.counted if one[0] != "@mail"]
        connection.execute(
            sa.update(_ERASED)
            .where(_ERASED.c.workspace_id == row.workspace_id, _ERASED.c.id == row.id)
            .values(counted=others + mails)
        )
        values = {
            "workspace_id": row.workspace_id,
            "survey_key": row.survey_key,
            "survey_version": row.survey_version,
            "day": row.week,
            "place": row.place,
            "channel": "",
            "counted": mails,
        }
        if mails:
            connection.execute(sa.insert(_TALLIES).values(**values))


def _holding(connection: Any, table: Any) -> Iterator[Any]:
    """Return the rows that count messages, some at a time."""
    key = table.c.id
    last = None
    while True:
        query = sa.select(table).where(sa.cast(table.c.counted, sa.Text).like('%"@mail"%')).order_by(key)
        rows = connection.execute((query if last is None else query.where(key > last)).limit(_READ_AT_ONCE)).all()
        yield from rows
        if len(rows) < _READ_AT_ONCE:
            return
        last = rows[-1].id


def _in_time(row: Any) -> list[list[str]]:
    """Return what an erased person's message counts: as answered in time, which nobody knows any more."""
    names = {one[1]: date.fromisoformat(one[2]) for one in row.counted if one[0] == "@mail"}
    week = min(names.values())
    due = [one for one in ("answered", "completed") if one in names]
    if "sent" in names and (due or "undelivered" not in names):
        due = ["due", *due]
    left = [one for one in ("sent", "undelivered", "unsubscribed", "complained") if one in names]
    return [
        *(["@mail", name, week.isoformat()] for name in left),
        *(["@mail", name, (week + _WEEK).isoformat()] for name in due if "due" in due),
    ]


def _whenever(row: Any) -> list[list[str]]:
    """Return what it counted before: answers in the week of their message."""
    names = [one[1] for one in row.counted if one[0] == "@mail" and one[1] not in {"due", "told", "tracked", "opened"}]
    weeks = [date.fromisoformat(one[2]) for one in row.counted if one[0] == "@mail"]
    return [["@mail", name, min(weeks).isoformat()] for name in names]
