"""Sums of past answers of an earlier tool, which tell nothing of who went to the end: summed once from the counters.

After a downgrade `counters rebuild` must follow once it is upgraded again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

_KEY = ("workspace_id", "unit", "slice", "start", "survey_key", "survey_version", "place", "channel")


def upgrade() -> None:
    op.add_column("summaries", sa.Column("imported", sa.Integer(), nullable=False, server_default="0"))
    postgresql = op.get_context().dialect.name == "postgresql"
    week, month = (
        ("cast(date_trunc('week', e.day) as date)", "cast(date_trunc('month', e.day) as date)")
        if postgresql
        else ("date(e.day, 'weekday 0', '-6 days')", "date(e.day, 'start of month')")
    )
    folded = f"""
        select e.workspace_id, u.unit, s.slice,
            case u.unit when 'day' then e.day when 'week' then {week} else {month} end as start,
            case s.slice when '@place' then '' else e.survey_key end as survey_key,
            case s.slice when '@place' then 0 else e.survey_version end as survey_version,
            case s.slice when '@survey' then '' else e.place end as place,
            case s.slice when '@survey' then '' else e.channel end as channel, sum(e.n) as imported
        from counters e cross join (select 'day' as unit union all select 'week' union all select 'month') u
        cross join (select '' as slice union all select '@survey' union all select '@place') s
        where e.question = '' and e.bucket = 'completed' and e.channel = 'import'
        group by 1, 2, 3, 4, 5, 6, 7, 8
    """  # noqa: S608 - its own words
    same = " and ".join(f"summaries.{name} = f.{name}" for name in _KEY)
    op.execute(f"update summaries set imported = f.imported from ({folded}) as f where {same}")  # noqa: S608


def downgrade() -> None:
    op.drop_column("summaries", "imported")
