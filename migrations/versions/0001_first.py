"""The first shape of everything."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

import vocapp.models.feed
import vocapp.models.types

revision = "0001"
down_revision = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("changes_number")))
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=36), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "users",
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "workspaces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("default_language", sa.String(length=16), nullable=False),
        sa.Column("settings", vocapp.models.types.Json(), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        sa.UniqueConstraint("key", name=op.f("uq_workspaces_key")),
    )
    op.create_table(
        "api_keys",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", vocapp.models.types.Json(), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("last_used_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("revoked_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_api_keys_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_table(
        "audit",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=True),
        sa.Column("before", vocapp.models.types.Json(), nullable=True),
        sa.Column("after", vocapp.models.types.Json(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_audit_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_audit")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("seen_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_staff_sessions_user_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_staff_sessions_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_staff_sessions_digest")),
    )
    op.create_index(op.f("ix_staff_sessions_user_id"), "staff_sessions", ["user_id"], unique=False)
    op.create_table(
        "changes",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("row_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("op", sa.String(length=8), nullable=False),
        sa.Column("xid", vocapp.models.feed.Xid8().with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("known_as", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "stream", "row_id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_number"), "changes", ["number"], unique=False, postgresql_where=sa.text("false"))
    op.create_index("ix_changes_order", "changes", ["workspace_id", "stream", "xid", "number"], unique=False)
    op.create_table(
        "checkups",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("looked_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("why_unknown", sa.String(length=64), nullable=True),
        sa.Column("wrong", vocapp.models.types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_checkups")),
    )
    op.create_table(
        "replays",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("fact_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("failed_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_replays_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_replays")),
    )
    op.create_index(op.f("ix_replays_workspace_id_at"), "replays", ["workspace_id", "at"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("unsubscribed_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("suppressed_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("suppressed_reason", sa.String(length=64), nullable=True),
        sa.Column("suppressed_by", sa.String(length=32), nullable=True),
        sa.Column("paused_until", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("erased_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("pauses", vocapp.models.types.Json(), nullable=True),
        sa.Column("frequency", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_contacts_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_contacts")),
    )
    op.create_table(
        "counters",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("bucket", sa.String(length=64), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id",
            "survey_key",
            "survey_version",
            "day",
            "place",
            "channel",
            "question",
            "bucket",
            "shard",
            name=op.f("pk_counters"),
        ),
    )
    op.create_table(
        "customers",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("first_name", sa.String(length=200), nullable=True),
        sa.Column("last_name", sa.String(length=200), nullable=True),
        sa.Column("locale", sa.String(length=35), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("paused_until", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("pauses", vocapp.models.types.Json(), nullable=True),
        sa.Column("frequency", sa.String(length=16), nullable=True),
        sa.Column("core_observed_at", vocapp.models.types.Json(), nullable=False),
        sa.Column("contact_key", sa.String(length=64), nullable=False),
        sa.Column("unsubscribed_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("nps_value", sa.SmallInteger(), nullable=True),
        sa.Column("nps_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("csat_value", sa.SmallInteger(), nullable=True),
        sa.Column("csat_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("ces_value", sa.SmallInteger(), nullable=True),
        sa.Column("ces_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("sentiment_label", sa.String(length=16), nullable=True),
        sa.Column("sentiment_score", sa.Double(), nullable=True),
        sa.Column("sentiment_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("persona_key", sa.String(length=64), nullable=True),
        sa.Column("persona_confidence", sa.Double(), nullable=True),
        sa.Column("persona_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("updated_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_customers_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_customers")),
        sa.UniqueConstraint("workspace_id", "external_id", name=op.f("uq_customers_workspace_id_external_id")),
    )
    op.create_index(
        op.f("ix_customers_workspace_id_contact_key"), "customers", ["workspace_id", "contact_key"], unique=False
    )
    op.create_table(
        "anonymous_responses",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("counted", vocapp.models.types.Json(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_anonymous_responses_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_anonymous_responses")),
    )
    op.create_table(
        "erasures",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("external_key", sa.String(length=64), nullable=False),
        sa.Column("contact_key", sa.String(length=64), nullable=True),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("requested_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("due_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("done_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("leftovers", vocapp.models.types.Json(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_erasures_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_erasures")),
    )
    op.create_index(
        op.f("ix_erasures_workspace_id_contact_key"), "erasures", ["workspace_id", "contact_key"], unique=False
    )
    op.create_index(
        op.f("ix_erasures_workspace_id_external_key"), "erasures", ["workspace_id", "external_key"], unique=False
    )
    op.create_index(
        "ix_erasures_open",
        "erasures",
        ["requested_at"],
        unique=False,
        sqlite_where=sa.text("done_at is null"),
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_table(
        "idempotent_calls",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("body", vocapp.models.types.Json(), nullable=True),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_idempotent_calls_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_idempotent_calls")),
    )
    op.create_table(
        "ledger",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("contact_key", sa.String(length=64), nullable=False),
        sa.Column("at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("survey_key", sa.String(length=64), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_ledger_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_ledger")),
    )
    op.create_index(
        op.f("ix_ledger_workspace_id_contact_key_at"), "ledger", ["workspace_id", "contact_key", "at"], unique=False
    )
    op.create_table(
        "mail_halts",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("since", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("until", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "workspace_id", name=op.f("pk_mail_halts")),
    )
    op.create_table(
        "mail_reports",
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=True),
        sa.Column("batch_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("told_by", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("suppresses", sa.String(length=16), nullable=True),
        sa.Column("mail_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("address_key", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.String(length=300), nullable=True),
        sa.Column("at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("received_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_reports")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_reports_key")),
    )
    op.create_index(op.f("ix_mail_reports_batch_id"), "mail_reports", ["batch_id"], unique=False)
    op.create_index(op.f("ix_mail_reports_mail_id"), "mail_reports", ["mail_id"], unique=False)
    op.create_index(op.f("ix_mail_reports_received_at"), "mail_reports", ["received_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("due_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("done_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("failed_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("done_at is null and failed_at is null"),
        postgresql_where=sa.text("done_at is null and failed_at is null"),
    )
    op.create_index("ix_outbox_subject", "outbox", ["workspace_id", "subject_id"], unique=False)
    op.create_index(
        "ix_outbox_failed",
        "outbox",
        ["workspace_id", "failed_at"],
        unique=False,
        sqlite_where=sa.text("failed_at is not null"),
        postgresql_where=sa.text("failed_at is not null"),
    )
    op.create_table(
        "persona_versions",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", vocapp.models.types.Json(), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_persona_versions_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "version", name=op.f("pk_persona_versions")),
    )
    op.create_table(
        "places",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("parent_key", sa.String(length=64), nullable=True),
        sa.Column("path", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "parent_key"],
            ["places.workspace_id", "places.key"],
            name=op.f("fk_places_workspace_id_parent_key"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_places_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_places")),
    )
    op.create_table(
        "surveys",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("draft", vocapp.models.types.Json(), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("updated_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_surveys_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_surveys")),
    )
    op.create_table(
        "alerts",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("value", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("value_figure", sa.Double(), nullable=True),
        sa.Column("age", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("ages_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("kinds", vocapp.models.types.Json(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("assignee", sa.String(length=200), nullable=True),
        sa.Column("claimed_until", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("misses", sa.SmallInteger(), nullable=False),
        sa.Column("next_attempt_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("wrong_number", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("root_cause", sa.String(length=200), nullable=True),
        sa.Column("opened_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("due_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("updated_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_alerts_workspace_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_alerts_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_alerts")),
    )
    op.create_index(
        op.f("ix_alerts_ages_at"),
        "alerts",
        ["ages_at"],
        unique=False,
        sqlite_where=sa.text("ages_at is not null"),
        postgresql_where=sa.text("ages_at is not null"),
    )
    op.create_index(
        op.f("ix_alerts_claimed_until"),
        "alerts",
        ["claimed_until"],
        unique=False,
        sqlite_where=sa.text("claimed_until is not null"),
        postgresql_where=sa.text("claimed_until is not null"),
    )
    op.create_index(op.f("ix_alerts_workspace_id_customer_id"), "alerts", ["workspace_id", "customer_id"], unique=False)
    op.create_index(
        op.f("ix_alerts_workspace_id_status_priority_due_at"),
        "alerts",
        ["workspace_id", "status", "priority", "due_at"],
        unique=False,
    )
    op.create_index(
        "uq_alerts_one_open_per_customer",
        "alerts",
        ["workspace_id", "customer_id"],
        unique=True,
        sqlite_where=sa.text("status in ('new', 'claimed', 'contacted')"),
        postgresql_where=sa.text("status in ('new', 'claimed', 'contacted')"),
    )
    op.create_table(
        "attributes",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", vocapp.models.types.Json(), nullable=True),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("observed_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("expires_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_attributes_workspace_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "customer_id", "key", name=op.f("pk_attributes")),
    )
    op.create_table(
        "consents",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("text_version", sa.String(length=200), nullable=True),
        sa.Column("at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("recorded_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("own", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_consents_workspace_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_consents")),
        sa.UniqueConstraint(
            "workspace_id",
            "customer_id",
            "purpose",
            "at",
            "granted",
            "source",
            name=op.f("uq_consents_workspace_id_customer_id_purpose_at_granted_source"),
        ),
    )
    op.create_table(
        "events",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("occurred_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("received_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.Column("properties", vocapp.models.types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_events_workspace_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_events")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_events_workspace_id_key")),
    )
    op.create_index(
        op.f("ix_events_workspace_id_customer_id_occurred_at"),
        "events",
        ["workspace_id", "customer_id", "occurred_at"],
        unique=False,
    )
    op.create_table(
        "members",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("user_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("place_key", sa.String(length=64), nullable=True),
        sa.Column("disabled_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_members_user_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "place_key"],
            ["places.workspace_id", "places.key"],
            name=op.f("fk_members_workspace_id_place_key"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_members_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name=op.f("pk_members")),
    )
    op.create_table(
        "survey_versions",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", vocapp.models.types.Json(), nullable=False),
        sa.Column("published_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "key"],
            ["surveys.workspace_id", "surveys.key"],
            name=op.f("fk_survey_versions_workspace_id_key"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "key", "version", name=op.f("pk_survey_versions")),
    )
    op.create_table(
        "alert_moves",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("alert_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("details", vocapp.models.types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "alert_id"],
            ["alerts.workspace_id", "alerts.id"],
            name=op.f("fk_alert_moves_workspace_id_alert_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_alert_moves")),
    )
    op.create_index(
        op.f("ix_alert_moves_workspace_id_alert_id_at"), "alert_moves", ["workspace_id", "alert_id", "at"], unique=False
    )
    op.create_table(
        "notifiers",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_hint", sa.String(length=300), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("kinds", vocapp.models.types.Json(), nullable=False),
        sa.Column("least_priority", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("digest_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("repeat_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("disabled_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("disabled_reason", sa.String(length=300), nullable=True),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("waits_until", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("told_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "place"],
            ["places.workspace_id", "places.key"],
            name=op.f("fk_notifiers_workspace_id_place"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_notifiers_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_notifiers")),
    )
    op.create_table(
        "notices",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("notifier_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("event_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("alert_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("message_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("calling_until", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("unknown", sa.SmallInteger(), nullable=False),
        sa.Column("failing_since", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("due_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("told_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "alert_id"],
            ["alerts.workspace_id", "alerts.id"],
            name=op.f("fk_notices_workspace_id_alert_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "notifier_id"],
            ["notifiers.workspace_id", "notifiers.id"],
            name=op.f("fk_notices_workspace_id_notifier_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_notices_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_workspace_id_alert_id"), "notices", ["workspace_id", "alert_id"], unique=False)
    op.create_index(
        op.f("ix_notices_workspace_id_notifier_id_event_created_at"),
        "notices",
        ["workspace_id", "notifier_id", "event", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_notices_message",
        "notices",
        ["workspace_id", "message_id"],
        unique=False,
        sqlite_where=sa.text("message_id is not null"),
        postgresql_where=sa.text("message_id is not null"),
    )
    op.create_index(
        "ix_notices_waiting",
        "notices",
        ["workspace_id", "notifier_id", "recipient", "due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "invitations",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("occasion", sa.String(length=200), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("context", vocapp.models.types.Json(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("first_page", vocapp.models.types.Json(), nullable=False),
        sa.Column("skipped_known", vocapp.models.types.Json(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("decisions", vocapp.models.types.Json(), nullable=False),
        sa.Column("contact_key", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("occurred_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("send_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("marked_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("sent_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("delivery", sa.String(length=16), nullable=True),
        sa.Column("expires_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_invitations_workspace_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "survey_key", "survey_version"],
            ["survey_versions.workspace_id", "survey_versions.key", "survey_versions.version"],
            name=op.f("fk_invitations_workspace_id_survey_key_survey_version"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_invitations_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("id", name=op.f("uq_invitations_id")),
        sa.UniqueConstraint(
            "workspace_id", "survey_key", "occasion", name=op.f("uq_invitations_workspace_id_survey_key_occasion")
        ),
    )
    op.create_index(
        op.f("ix_invitations_workspace_id_customer_id"), "invitations", ["workspace_id", "customer_id"], unique=False
    )
    op.create_index(op.f("ix_invitations_provider_id"), "invitations", ["provider_id"], unique=False)
    op.create_table(
        "responses",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("invitation_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("weighed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pages", vocapp.models.types.Json(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("answers", vocapp.models.types.Json(), nullable=False),
        sa.Column("void", vocapp.models.types.Json(), nullable=False),
        sa.Column("skipped_known", vocapp.models.types.Json(), nullable=False),
        sa.Column("nps", sa.SmallInteger(), nullable=True),
        sa.Column("csat", sa.SmallInteger(), nullable=True),
        sa.Column("ces", sa.SmallInteger(), nullable=True),
        sa.Column("sentiment", vocapp.models.types.Json(), nullable=True),
        sa.Column("persona", vocapp.models.types.Json(), nullable=True),
        sa.Column("callback_wish", vocapp.models.types.Json(), nullable=True),
        sa.Column("started_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("answered_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("completed_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "invitation_id"],
            ["invitations.workspace_id", "invitations.id"],
            name=op.f("fk_responses_workspace_id_invitation_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_responses")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_responses_invitation_id")),
    )
    op.create_index(
        "ix_responses_to_close",
        "responses",
        ["workspace_id", "answered_at"],
        unique=False,
        sqlite_where=sa.text("status = 'partial' and counted_on is null and weighed >= revision"),
        postgresql_where=sa.text("status = 'partial' and counted_on is null and weighed >= revision"),
    )
    op.create_index(
        "ix_responses_to_weigh",
        "responses",
        ["workspace_id", "answered_at"],
        unique=False,
        sqlite_where=sa.text("status = 'partial' and counted_on is null and weighed < revision"),
        postgresql_where=sa.text("status = 'partial' and counted_on is null and weighed < revision"),
    )
    op.create_index(
        op.f("ix_responses_workspace_id_answered_at"), "responses", ["workspace_id", "answered_at"], unique=False
    )
    op.create_index(
        op.f("ix_responses_workspace_id_customer_id_survey_key"),
        "responses",
        ["workspace_id", "customer_id", "survey_key"],
        unique=False,
    )
    op.create_table(
        "signals",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("response_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("kinds", vocapp.models.types.Json(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("raised_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("alert_id", vocapp.models.types.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "alert_id"],
            ["alerts.workspace_id", "alerts.id"],
            name=op.f("fk_signals_workspace_id_alert_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "response_id", name=op.f("pk_signals")),
    )
    op.create_index(op.f("ix_signals_workspace_id_alert_id"), "signals", ["workspace_id", "alert_id"], unique=False)
    op.execute(
        sa.text("insert into installation (id, epoch, number) values (1, :epoch, 0)").bindparams(epoch=str(uuid4()))
    )
    if op.get_context().dialect.name == "postgresql":
        _wake_the_relay()
        _leave_room()


def _leave_room() -> None:
    """Rows that every answer updates find room on their own page, so that no index grows with them."""
    op.execute("alter table counters set (fillfactor = 25, autovacuum_vacuum_scale_factor = 0.02)")
    op.execute("alter table customers set (fillfactor = 80)")
    op.execute("alter table changes set (fillfactor = 80)")


def _wake_the_relay() -> None:
    """Whoever writes a fact wakes the relay: a trigger cannot be forgotten."""
    op.execute(
        """
        create function wake_relay() returns trigger language plpgsql as $$
        begin
            perform pg_notify('vocapp_outbox', '');
            return null;
        end $$
        """
    )
    op.execute("create trigger wake_relay after insert on outbox for each statement execute function wake_relay()")
