"""Each number and each time of ours stands in a column of portraits, too: to look a key up among the facts is what
rules that look at everybody spent most of their time on."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

NUMBERS = {
    "csat": "csat",
    "ces": "ces",
    "sentiment_score": "sentiment.score",
    "persona_confidence": "persona.confidence",
    "orders": "v.orders",
    "months": "v.months",
    "revenue_minor": "v.revenue_minor",
    "refunded_minor": "v.refunded_minor",
    "basket_minor": "v.basket_minor",
}
TIMES = {
    "nps_at": "nps.at",
    "csat_at": "csat.at",
    "ces_at": "ces.at",
    "sentiment_at": "sentiment.at",
    "persona_at": "persona.at",
    "first_order_at": "v.first.at",
    "last_order_at": "v.last.at",
}
"""Column → the key among a portrait's facts."""


def upgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for column in NUMBERS:
        op.add_column("portraits", sa.Column(column, sa.Double(), nullable=True))
    for column in TIMES:
        op.add_column("portraits", sa.Column(column, sa.BigInteger(), nullable=True))
    read = _OF_POSTGRESQL if on_postgresql else _OF_SQLITE
    filled = [
        f"{column} = {read.format(key=key, kind=kind)}"
        for columns, kind in ((NUMBERS, "double precision"), (TIMES, "bigint"))
        for column, key in columns.items()
    ]
    op.execute(f"update portraits set {', '.join(filled)}")  # noqa: S608 - its own words


def downgrade() -> None:
    for column in (*NUMBERS, *TIMES):
        op.drop_column("portraits", column)


_OF_POSTGRESQL = "cast(facts ->> '{key}' as {kind})"
_OF_SQLITE = """json_extract(facts, '$."{key}"')"""
