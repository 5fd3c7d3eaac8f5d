"""What facets count verbatims by stands in their index: a page of them reads a tenth of what the rows are."""

from alembic import op

revision = "0031"
down_revision = "0030"

_NAME = "ix_verbatims_newest"
_OF = ["workspace_id", "answered_at", "number"]
_WITH = ["customer_id", "survey_key", "place", "language", "tone", "sentiment", "persona", "themes"]


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":  # its rows are read as they lie
        return
    op.execute(_CUT)
    op.drop_index(_NAME, "verbatims")
    op.create_index(_NAME, "verbatims", _OF, postgresql_include=_WITH)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(_NAME, "verbatims")
        op.create_index(_NAME, "verbatims", _OF)


# A line of an index has room for so much: what of a text's themes goes beyond it has never been seen, and goes.
_CUT = """
    update verbatims
    set themes = regexp_replace(substr(themes, 1, 2600 - beside), ' [^ ]*$', '')
    from (
        select number as this, octet_length(concat(survey_key, place, language, tone, sentiment, persona)) as beside
        from verbatims
    ) as others
    where this = number and length(themes) + beside > 2600
"""
