"""A cancelled order is no purchase: when it was cancelled, and completed again, stands in columns of its own.

What customers' purchases and the days came to before is put right by `value rebuild`; until then `doctor` names it.
"""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    for name in ("completed_at", "cancelled_at"):
        op.add_column("purchases", sa.Column(name, vocapp.models.types.UtcTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        said = "cast(refunds -> 'cancelled' ->> 2 as timestamptz), refunds = refunds - 'cancelled'"
        known = "refunds -> 'cancelled' is not null"
    else:
        said = "json_extract(refunds, '$.cancelled[2]'), refunds = json_remove(refunds, '$.cancelled')"
        known = "json_extract(refunds, '$.cancelled') is not null"
    op.execute(
        f"update purchases set cancelled_at = {said}, refunded_minor = coalesce(total_minor, 0) where {known}"  # noqa: S608
    )


def downgrade() -> None:
    said = (
        "refunds || jsonb_build_object('cancelled', jsonb_build_array(null, coalesce(currency, 'EUR'), "
        "to_char(cancelled_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')))"
        if op.get_bind().dialect.name == "postgresql"
        else "json_set(refunds, '$.cancelled', json_array(null, coalesce(currency, 'EUR'), cancelled_at))"
    )
    op.execute(f"update purchases set refunds = {said} where cancelled_at is not null")  # noqa: S608 - its own words
    for name in ("cancelled_at", "completed_at"):
        op.drop_column("purchases", name)
