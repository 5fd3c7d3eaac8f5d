"""Sums of messages, personas and seconds, and all sums once more, folded by day, week and month."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_KEY = {
    "workspace_id": sa.Integer(),
    "unit": sa.String(length=8),
    "slice": sa.String(length=80),
    "start": sa.Date(),
    "survey_key": sa.String(length=64),
    "survey_version": sa.Integer(),
    "place": sa.String(length=64),
    "channel": sa.String(length=16),
}
_EDGES = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800)
_MEASURES = {
    "completed": "(question = '' and bucket = 'completed') or question like '@persona:%'",
    "unfinished": "question = '' and bucket = 'partial'",
    "promoters": "(question = '@nps' and bucket in ('9', '10')) or question = '@persona:promoter'",
    "passives": "(question = '@nps' and bucket in ('7', '8')) or question = '@persona:passive'",
    "detractors": "(question = '@nps' and bucket not in ('7', '8', '9', '10')) or question = '@persona:detractor'",
    "csat_top": "question = '@csat' and bucket in ('4', '5')",
    "csat_n": "question = '@csat'",
    "ces_top": "question = '@ces' and bucket in ('5', '6', '7')",
    "ces_n": "question = '@ces'",
    "mail_sent": "question = '@mail' and bucket = 'sent'",
    "mail_undelivered": "question = '@mail' and bucket = 'undelivered'",
    "mail_answered": "question = '@mail' and bucket = 'answered'",
    "mail_completed": "question = '@mail' and bucket = 'completed'",
    "mail_unsubscribed": "question = '@mail' and bucket = 'unsubscribed'",
    "mail_complained": "question = '@mail' and bucket = 'complained'",
    **{f"seconds_{edge}": f"question = '@seconds' and bucket = '{edge}'" for edge in _EDGES},
}
_TO_COUNT = """sent_at is not null and channel in ('email', 'link') and mail_counted <>
    (mail_heard | 1 | case when delivery in ('blocked', 'dropped', 'bounced') then 2 else 0 end)"""
_COUNTED = "workspace_id, survey_key, survey_version, day, place, channel, question, bucket"
_VIEW = """
    create view counted as
    select {columns}, n from counters
    union all
    select t.workspace_id, t.survey_key, t.survey_version, {day}, t.place, t.channel, {question}, {bucket}, t.n
    from tallies t cross join {each}
"""
_VIEW_BEFORE = """
    create view counted as
    select {columns}, n from counters
    union all
    select t.workspace_id, t.survey_key, t.survey_version, t.day, t.place, t.channel, {question}, {bucket}, 1
    from tallies t cross join {each}
"""


def upgrade() -> None:
    postgresql = op.get_context().dialect.name == "postgresql"
    if postgresql:
        op.execute("lock table counters, tallies in access exclusive mode")  # what is counted meanwhile would be lost
    op.execute("drop view counted")
    op.add_column("tallies", sa.Column("n", sa.Integer(), nullable=False, server_default="1"))
    op.execute(_VIEW.format(columns=_COUNTED, **_each(postgresql)))
    op.add_column("invitations", sa.Column("mail_heard", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("invitations", sa.Column("mail_counted", sa.SmallInteger(), nullable=False, server_default="0"))
    op.create_index(
        "ix_invitations_mail_to_count",
        "invitations",
        ["workspace_id", "id"],
        sqlite_where=sa.text(_TO_COUNT),
        postgresql_where=sa.text(_TO_COUNT),
    )
    op.create_table(
        "summaries",
        *(sa.Column(name, kind, nullable=False) for name, kind in _KEY.items()),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _MEASURES),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_summaries")),
    )
    for new in (_seconds(postgresql), _personas(postgresql), _answered(postgresql)):
        op.execute(f"insert into counters ({_COUNTED}, n) {new}")
    op.execute(_folded(postgresql))


def downgrade() -> None:
    op.execute("delete from counters where question in ('@mail', '@seconds') or question like '@persona:%'")
    op.drop_table("summaries")
    op.drop_index("ix_invitations_mail_to_count", table_name="invitations")
    op.drop_column("invitations", "mail_counted")
    op.drop_column("invitations", "mail_heard")
    op.execute("drop view counted")
    op.drop_column("tallies", "n")
    op.execute(_VIEW_BEFORE.format(columns=_COUNTED, **_each(op.get_context().dialect.name == "postgresql")))


def _each(postgresql: bool) -> dict[str, str]:
    if postgresql:
        return {
            "day": "coalesce(cast(e.value ->> 2 as date), t.day)",
            "question": "cast(e.value ->> 0 as varchar(64))",
            "bucket": "cast(e.value ->> 1 as varchar(64))",
            "each": "jsonb_array_elements(t.counted) as e(value)",
        }
    question, bucket, day = (f"json_extract(e.value, '$[{at}]')" for at in range(3))
    return {
        "day": f"coalesce({day}, t.day)",
        "question": question,
        "bucket": bucket,
        "each": "json_each(t.counted) as e",
    }


_ROW = "r.workspace_id, r.survey_key, r.survey_version, r.counted_on, coalesce(r.place, ''), r.channel"


def _seconds(postgresql: bool) -> str:
    """How long each completed response of more than one page took, in steps; by whole microseconds on both."""
    if postgresql:
        took, pages = (
            "cast(extract(epoch from r.completed_at - r.started_at) * 1000000 as bigint)",
            "jsonb_array_length",
        )
    else:
        moment = "(cast(strftime('%s', substr({0}, 1, 19)) as integer) * 1000000 + cast(substr({0}, 21, 6) as integer))"
        took = f"{moment.format('r.completed_at')} - {moment.format('r.started_at')}"
    pages = "jsonb_array_length" if postgresql else "json_array_length"
    steps = " ".join(f"when {took} >= {edge * 1_000_000} then '{edge}'" for edge in reversed(_EDGES))
    return f"""
        select {_ROW}, '@seconds', case {steps} else '0' end, count(*) from responses r
        where r.counted_on is not null and r.status = 'completed' and {pages}(r.pages) > 1
        group by 1, 2, 3, 4, 5, 6, 7, 8
    """  # noqa: S608 - its own words


def _personas(postgresql: bool) -> str:
    key = "r.persona ->> 'key'" if postgresql else "json_extract(r.persona, '$.key')"
    kind = """case when r.nps is null then '@persona:unscored' when r.nps >= 9 then '@persona:promoter'
        when r.nps >= 7 then '@persona:passive' else '@persona:detractor' end"""
    return f"""
        select {_ROW}, {kind}, {key}, count(*) from responses r
        where r.counted_on is not null and {key} is not null group by 1, 2, 3, 4, 5, 6, 7, 8
    """  # noqa: S608 - its own words


def _answered(postgresql: bool) -> str:
    """Answers by the day on which their message was planned; the clock counts the messages themselves."""
    day = "cast(i.created_at at time zone 'UTC' as date)" if postgresql else "substr(i.created_at, 1, 10)"
    return f"""
        select r.workspace_id, r.survey_key, r.survey_version, {day}, coalesce(r.place, ''), r.channel, '@mail',
            b.bucket, count(*)
        from responses r join invitations i on i.workspace_id = r.workspace_id and i.id = r.invitation_id
        join (select 'answered' as bucket union all select 'completed') b
            on b.bucket = 'answered' or r.status = 'completed'
        where r.counted_on is not null and r.channel in ('email', 'link') group by 1, 2, 3, 4, 5, 6, 7, 8
    """  # noqa: S608 - its own words


def _folded(postgresql: bool) -> str:
    week, month = (
        ("cast(date_trunc('week', e.day) as date)", "cast(date_trunc('month', e.day) as date)")
        if postgresql
        else ("date(e.day, 'weekday 0', '-6 days')", "date(e.day, 'start of month')")
    )
    sums = ", ".join(f"coalesce(sum(e.n) filter (where {rule}), 0)" for rule in _MEASURES.values())
    return f"""
        insert into summaries ({", ".join((*_KEY, *_MEASURES))})
        select e.workspace_id, u.unit, case when e.question like '@persona:%' then 'persona:' || e.bucket else '' end,
            case u.unit when 'day' then e.day when 'week' then {week} else {month} end,
            e.survey_key, e.survey_version, e.place, e.channel, {sums}
        from counters e cross join (select 'day' as unit union all select 'week' union all select 'month') u
        where e.question in ('', '@nps', '@csat', '@ces', '@mail', '@seconds') or e.question like '@persona:%'
        group by 1, 2, 3, 4, 5, 6, 7, 8
    """  # noqa: S608 - its own words
