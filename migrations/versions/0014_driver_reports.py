"""What was found to go with low scores, kept as it was last looked at."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "driver_reports",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("metric", sa.String(length=8), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("wanted_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("found_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("findings", vocapp.models.types.Json(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_driver_reports_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "survey_key", "metric", "place", name=op.f("pk_driver_reports")),
    )


def downgrade() -> None:
    op.drop_table("driver_reports")
