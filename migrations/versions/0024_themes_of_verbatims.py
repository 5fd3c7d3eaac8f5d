"""Verbatims say themselves what they are about; all are laid out anew, which fills it in."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("verbatims", sa.Column("themes", sa.String(length=400), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("verbatims", "themes")
