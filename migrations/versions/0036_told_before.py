"""What was told of people who were erased since, by keyed hashes. What was erased before is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "told_before",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_told_before_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_told_before")),
    )


def downgrade() -> None:
    op.drop_table("told_before")
