"""Summaries over all places, and over all surveys: written anew from the counters."""

from alembic import op

revision = "0025"
down_revision = "0024"

_KEY = ("workspace_id", "unit", "slice", "start", "survey_key", "survey_version", "place", "channel")
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


def upgrade() -> None:
    postgresql = op.get_context().dialect.name == "postgresql"
    if postgresql:
        op.execute("lock table counters, tallies, summaries in access exclusive mode")
    op.execute("delete from summaries")
    week, month = (
        ("cast(date_trunc('week', e.day) as date)", "cast(date_trunc('month', e.day) as date)")
        if postgresql
        else ("date(e.day, 'weekday 0', '-6 days')", "date(e.day, 'start of month')")
    )
    sums = ", ".join(f"coalesce(sum(e.n) filter (where {rule}), 0)" for rule in _MEASURES.values())
    folded = f"""
        select e.workspace_id, u.unit,
            case when e.question like '@persona:%' then 'persona:' || e.bucket else s.slice end,
            case u.unit when 'day' then e.day when 'week' then {week} else {month} end,
            case s.slice when '@place' then '' else e.survey_key end,
            case s.slice when '@place' then 0 else e.survey_version end,
            case s.slice when '@survey' then '' else e.place end,
            case s.slice when '@survey' then '' else e.channel end, {sums}
        from counters e cross join (select 'day' as unit union all select 'week' union all select 'month') u
        cross join (select '' as slice union all select '@survey' union all select '@place') s
        where e.question in ('', '@nps', '@csat', '@ces', '@mail', '@seconds')
            or (e.question like '@persona:%' and s.slice = '')
        group by 1, 2, 3, 4, 5, 6, 7, 8
    """  # noqa: S608 - its own words
    op.execute(f"insert into summaries ({', '.join((*_KEY, *_MEASURES))}) {folded}")


def downgrade() -> None:
    op.execute("delete from summaries where slice in ('@survey', '@place')")
