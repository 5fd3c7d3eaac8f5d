"""What a response counts in one row, added to the counters by the clock; sums are no longer spread over shards."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0005"
down_revision = "0004"

_KEY = ("workspace_id", "survey_key", "survey_version", "day", "place", "channel", "question", "bucket")
_COLUMNS = {
    "workspace_id": sa.Integer(),
    "survey_key": sa.String(length=64),
    "survey_version": sa.Integer(),
    "day": sa.Date(),
    "place": sa.String(length=64),
    "channel": sa.String(length=16),
    "question": sa.String(length=64),
    "bucket": sa.String(length=64),
}

_BY_SHARD = """
    create table counters_by_shard as
    select workspace_id, survey_key, survey_version, day, place, channel, question, bucket, sum(n) as n from counters
    group by workspace_id, survey_key, survey_version, day, place, channel, question, bucket
"""
_ADDED_UP = """
    insert into counters (workspace_id, survey_key, survey_version, day, place, channel, question, bucket, n)
    select workspace_id, survey_key, survey_version, day, place, channel, question, bucket, n from counters_by_shard
"""
_VIEW_POSTGRESQL = """
    create view counted as
    select workspace_id, survey_key, survey_version, day, place, channel, question, bucket, n from counters
    union all
    select t.workspace_id, t.survey_key, t.survey_version, t.day, t.place, t.channel,
        cast(e.value ->> 0 as varchar(64)), cast(e.value ->> 1 as varchar(64)), 1
    from tallies t cross join jsonb_array_elements(t.counted) as e(value)
"""
_VIEW_SQLITE = """
    create view counted as
    select workspace_id, survey_key, survey_version, day, place, channel, question, bucket, n from counters
    union all
    select t.workspace_id, t.survey_key, t.survey_version, t.day, t.place, t.channel,
        json_extract(e.value, '$[0]'), json_extract(e.value, '$[1]'), 1
    from tallies t cross join json_each(t.counted) as e
"""


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(sa.Column(name, _COLUMNS[name], nullable=False) for name in _KEY[:6]),
        sa.Column("counted", vocapp.models.types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallies")),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute("lock table counters in access exclusive mode")  # else what is counted meanwhile would be lost
    op.execute(_BY_SHARD)
    op.drop_table("counters")
    op.create_table(
        "counters",
        *(sa.Column(name, _COLUMNS[name], nullable=False) for name in _KEY),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_counters")),
    )
    op.execute(_ADDED_UP)
    op.drop_table("counters_by_shard")
    op.execute(_VIEW_POSTGRESQL if op.get_context().dialect.name == "postgresql" else _VIEW_SQLITE)
