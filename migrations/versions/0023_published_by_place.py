"""Published figures are found by their place: a page reads one over all months."""

from alembic import op

revision = "0023"
down_revision = "0022"

_NAME = "ix_published_figures_workspace_id_place_survey_key_month"


def upgrade() -> None:
    op.create_index(op.f(_NAME), "published_figures", ["workspace_id", "place", "survey_key", "month"])


def downgrade() -> None:
    op.drop_index(op.f(_NAME), "published_figures")
