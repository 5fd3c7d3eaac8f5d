"""CSAT and CES by persona, and the segments that an answer counts for."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0032"
down_revision = "0031"

_TO_SORT = "counted_on is not null and segments is null"
_COUNTED = "workspace_id, survey_key, survey_version, day, place, channel, question, bucket"
_KEY = ("workspace_id", "unit", "slice", "start", "survey_key", "survey_version", "place", "channel")
_TOP = {"csat": (4, 5), "ces": (5, 6, 7)}


def upgrade() -> None:
    postgresql = op.get_context().dialect.name == "postgresql"
    if postgresql:
        op.execute("lock table counters, tallies, summaries in access exclusive mode")
    op.add_column("responses", sa.Column("segments", vocapp.models.types.Json(), nullable=True))
    op.create_index(
        "ix_responses_to_sort",
        "responses",
        ["workspace_id", "id"],
        sqlite_where=sa.text(_TO_SORT),
        postgresql_where=sa.text(_TO_SORT),
    )
    key = "r.persona ->> 'key'" if postgresql else "json_extract(r.persona, '$.key')"
    for metric in _TOP:
        op.execute(
            f"""
            insert into counters ({_COUNTED}, n)
            select r.workspace_id, r.survey_key, r.survey_version, r.counted_on, coalesce(r.place, ''), r.channel,
                '@persona_{metric}:' || r.{metric}, {key}, count(*)
            from responses r where r.counted_on is not null and r.{metric} is not null and {key} is not null
            group by 1, 2, 3, 4, 5, 6, 7, 8
            """  # noqa: S608 - its own words
        )
    week, month = (
        ("cast(date_trunc('week', e.day) as date)", "cast(date_trunc('month', e.day) as date)")
        if postgresql
        else ("date(e.day, 'weekday 0', '-6 days')", "date(e.day, 'start of month')")
    )
    sums = ", ".join(
        f"sum(case when e.question like '@persona_{metric}:%' and {which} then e.n else 0 end)"
        for metric, top in _TOP.items()
        for which in (f"e.question in ({', '.join(repr(f'@persona_{metric}:{one}') for one in top)})", "1 = 1")
    )
    names = [f"{metric}_{part}" for metric in _TOP for part in ("top", "n")]
    folded = f"""
        select e.workspace_id, u.unit, 'persona:' || e.bucket as slice,
            case u.unit when 'day' then e.day when 'week' then {week} else {month} end as start,
            e.survey_key, e.survey_version, e.place, e.channel, {sums}
        from counters e cross join (select 'day' as unit union all select 'week' union all select 'month') u
        where e.question like '@persona_csat:%' or e.question like '@persona_ces:%'
        group by 1, 2, 3, 4, 5, 6, 7, 8
    """  # noqa: S608 - its own words
    # a persona's row is there already, for what was given as NPS; unless that is still to be added
    others = _others(names)
    op.execute(
        f"""
        insert into summaries ({", ".join((*_KEY, *names, *others))})
        select f.*, {", ".join("0" for _ in others)} from ({folded}) as f where 1 = 1
        on conflict ({", ".join(_KEY)}) do update set {", ".join(f"{name} = excluded.{name}" for name in names)}
        """  # noqa: S608 - its own words
    )


def downgrade() -> None:
    op.execute("delete from counters where question like '@persona!_c%' escape '!' or question like '@segment%'")
    op.execute("delete from summaries where slice like 'segment:%'")
    op.execute("update summaries set csat_top = 0, csat_n = 0, ces_top = 0, ces_n = 0 where slice like 'persona:%'")
    op.drop_index("ix_responses_to_sort", table_name="responses")
    op.drop_column("responses", "segments")


def _others(names: list[str]) -> list[str]:
    columns = sa.inspect(op.get_bind()).get_columns("summaries")
    return [str(column["name"]) for column in columns if column["name"] not in {*_KEY, *names}]
