"""Verbatims laid out to be searched, tags on them, and searches under a name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import vocapp.models.types

revision = "0019"
down_revision = "0018"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_WORDS_OF_SQLITE = (
    # letters and digits only stand in them, folded already: every blank parts two words, and nothing else does
    """create virtual table verbatim_words using fts5(
        stems, forms, content='verbatims', content_rowid='number', tokenize='ascii')""",
    """create trigger verbatims_added after insert on verbatims begin
        insert into verbatim_words(rowid, stems, forms) values (new.number, new.stems, new.forms);
    end""",
    """create trigger verbatims_gone after delete on verbatims begin
        insert into verbatim_words(verbatim_words, rowid, stems, forms)
        values ('delete', old.number, old.stems, old.forms);
    end""",
    """create trigger verbatims_changed after update of stems, forms on verbatims begin
        insert into verbatim_words(verbatim_words, rowid, stems, forms)
        values ('delete', old.number, old.stems, old.forms);
        insert into verbatim_words(rowid, stems, forms) values (new.number, new.stems, new.forms);
    end""",
)


def upgrade() -> None:
    op.create_table(
        "verbatims",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("response_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("answered_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("nps", sa.SmallInteger(), nullable=True),
        sa.Column("csat", sa.SmallInteger(), nullable=True),
        sa.Column("ces", sa.SmallInteger(), nullable=True),
        sa.Column("tone", sa.String(length=16), nullable=True),
        sa.Column("sentiment", sa.String(length=16), nullable=True),
        sa.Column("persona", sa.String(length=64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hurts", vocapp.models.types.Json(), nullable=False),
        sa.Column("stems", sa.Text(), nullable=False),
        sa.Column("forms", sa.Text(), nullable=True),
        sa.Column("words", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "response_id"],
            ["responses.workspace_id", "responses.id"],
            name=op.f("fk_verbatims_workspace_id_response_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_verbatims_workspace_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_verbatims")),
        sa.UniqueConstraint(
            "workspace_id", "response_id", "question", name=op.f("uq_verbatims_workspace_id_response_id_question")
        ),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_verbatims_workspace_id_id")),
    )
    op.create_index("ix_verbatims_newest", "verbatims", ["workspace_id", "answered_at", "number"])
    op.create_index("ix_verbatims_place", "verbatims", ["workspace_id", "place", "answered_at", "number"])
    op.create_index("ix_verbatims_customer", "verbatims", ["workspace_id", "customer_id"])
    op.create_index("ix_verbatims_words", "verbatims", ["words"], postgresql_using="gin", sqlite_where=sa.text("false"))
    op.create_table(
        "tags",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("known_as", sa.String(length=120), nullable=False),
        sa.Column("rule", vocapp.models.types.Json(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("applied_version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=320), nullable=False),
        sa.Column("made_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_tags_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_tags")),
        sa.UniqueConstraint("workspace_id", "known_as", name=op.f("uq_tags_workspace_id_known_as")),
    )
    op.create_table(
        "taggings",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("verbatim", _NUMBER, nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "tag_id"],
            ["tags.workspace_id", "tags.id"],
            name=op.f("fk_taggings_workspace_id_tag_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["verbatim"], ["verbatims.number"], name=op.f("fk_taggings_verbatim"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "tag_id", "verbatim", name=op.f("pk_taggings")),
    )
    op.create_index(op.f("ix_taggings_verbatim"), "taggings", ["verbatim"])
    op.create_table(
        "verbatim_views",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("user_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("filters", vocapp.models.types.Json(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("made_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_verbatim_views_workspace_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_verbatim_views_user_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_verbatim_views")),
    )
    op.create_index(op.f("ix_verbatim_views_workspace_id_user_id"), "verbatim_views", ["workspace_id", "user_id"])
    if op.get_bind().dialect.name == "sqlite":
        for statement in _WORDS_OF_SQLITE:
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop table verbatim_words")
    for table in ("verbatim_views", "taggings", "tags", "verbatims"):
        op.drop_table(table)
