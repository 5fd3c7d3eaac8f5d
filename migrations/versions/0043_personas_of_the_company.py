"""A segment whose rule looks at the persona is seen by who sees the whole company: a persona may be one by a score."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    # as in 0029: by the name of what is looked at, and those that were ever changed, which may have looked at it before
    segments = sa.table(
        "segments", sa.column("definition"), sa.column("version", sa.Integer()), sa.column("company_only", sa.Boolean())
    )
    named = sa.cast(segments.c.definition, sa.Text()).contains('"persona.', autoescape=True)
    op.execute(segments.update().where(sa.or_(named, segments.c.version > 1)).values(company_only=sa.true()))


def downgrade() -> None:
    """What was closed stays so: which of them were open before is not known."""
