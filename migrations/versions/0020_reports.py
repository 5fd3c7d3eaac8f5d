"""Reports by mail: who of the staff wants which, which mail was made of it, and whom it quotes."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "report_subscriptions",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("user_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("subscribed_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("left_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("next_due_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "user_id"],
            ["members.workspace_id", "members.user_id"],
            name=op.f("fk_report_subscriptions_workspace_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_report_subscriptions")),
        sa.UniqueConstraint(
            "workspace_id",
            "user_id",
            "kind",
            "place",
            name=op.f("uq_report_subscriptions_workspace_id_user_id_kind_place"),
        ),
    )
    wanted = sa.text("left_at is null")
    op.create_index(
        "ix_report_subscriptions_due",
        "report_subscriptions",
        ["next_due_at"],
        sqlite_where=wanted,
        postgresql_where=wanted,
    )
    op.create_index(op.f("ix_report_subscriptions_id"), "report_subscriptions", ["id"], unique=True)
    op.create_table(
        "report_mails",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("subscription_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column("due_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("marked_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("settled_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("calls", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "subscription_id"],
            ["report_subscriptions.workspace_id", "report_subscriptions.id"],
            name=op.f("fk_report_mails_workspace_id_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_report_mails")),
        sa.UniqueConstraint(
            "workspace_id",
            "subscription_id",
            "period_on",
            name=op.f("uq_report_mails_workspace_id_subscription_id_period_on"),
        ),
    )
    op.create_table(
        "report_quotes",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("mail_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("response_id", vocapp.models.types.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "mail_id"],
            ["report_mails.workspace_id", "report_mails.id"],
            name=op.f("fk_report_quotes_workspace_id_mail_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "response_id"],
            ["responses.workspace_id", "responses.id"],
            name=op.f("fk_report_quotes_workspace_id_response_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "mail_id", "response_id", name=op.f("pk_report_quotes")),
    )
    op.create_index(op.f("ix_report_quotes_workspace_id_response_id"), "report_quotes", ["workspace_id", "response_id"])


def downgrade() -> None:
    op.drop_table("report_quotes")
    op.drop_table("report_mails")
    op.drop_table("report_subscriptions")
