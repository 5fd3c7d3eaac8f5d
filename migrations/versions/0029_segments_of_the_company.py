"""A segment whose rule looks at what was said or happened somewhere is seen by who sees the whole company."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_BELONGS_TO_PLACES = ("scores.", "sentiment.", "place.", "value.stage")


def upgrade() -> None:
    closed = sa.Column("company_only", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("segments", closed)
    # by the name of what is looked at, wherever it stands in a definition: one too many is closed, never one too few
    # what a rule asked before it was changed is kept nowhere for sure, and who left by the change tells it
    segments = sa.table(
        "segments", sa.column("definition"), sa.column("version", sa.Integer()), sa.column("company_only", sa.Boolean())
    )
    written = sa.cast(segments.c.definition, sa.Text())
    named = sa.or_(*(written.contains(f'"{name}', autoescape=True) for name in _BELONGS_TO_PLACES))
    op.execute(segments.update().where(sa.or_(named, segments.c.version > 1)).values(company_only=sa.true()))


def downgrade() -> None:
    op.drop_column("segments", "company_only")
