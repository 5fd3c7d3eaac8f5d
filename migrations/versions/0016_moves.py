"""Who joined and left a segment, in the order in which they did."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_LEFT = sa.text("left_at is not null")


def upgrade() -> None:
    op.create_index("ix_memberships_joined", "memberships", ["workspace_id", "segment_key", "joined_at", "id"])
    op.create_index(
        "ix_memberships_left",
        "memberships",
        ["workspace_id", "segment_key", "left_at", "id"],
        sqlite_where=_LEFT,
        postgresql_where=_LEFT,
    )


def downgrade() -> None:
    op.drop_index("ix_memberships_left", table_name="memberships")
    op.drop_index("ix_memberships_joined", table_name="memberships")
