"""What facets count verbatims by stands in their index, and how each speaks of its themes: `price` becomes `price-`.

What was laid out before is written so here, from the mentions, and following goes on where it was: to lay all of it out
anew would have themes find nothing, and what is said next wait, for as long as that takes.
"""

from alembic import op

revision = "0031"
down_revision = "0030"

_NAME = "ix_verbatims_newest"
_OF = ["workspace_id", "answered_at", "number"]
_WITH = ["customer_id", "survey_key", "place", "language", "tone", "sentiment", "persona", "themes"]


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(_SPEAK.format(joined="string_agg(spoken, ' ' order by theme)" if postgresql else _JOINED_IN_ORDER))
    op.execute(_GO_ON)
    op.execute(_ASK_AGAIN)
    if not postgresql:  # its rows are read as they lie
        return
    op.execute(_CUT)
    op.drop_index(_NAME, "verbatims")
    op.create_index(_NAME, "verbatims", _OF, postgresql_include=_WITH)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(_NAME, "verbatims")
        op.create_index(_NAME, "verbatims", _OF)
    op.execute("delete from followings where stream = 'verbatims.3'")
    op.execute(_NAME_ONLY)
    op.execute(_ASK_AGAIN)


_JOINED_IN_ORDER = "group_concat(spoken, ' ')"  # SQLite joins them as they come
_SPEAK = """
    update verbatims set themes = said.themes
    from (
        select workspace_id, response_id, question, {joined} as themes
        from (
            select workspace_id, response_id, question, theme,
                theme || case label when 'negative' then '-' when 'positive' then '+' else '=' end as spoken
            from theme_mentions order by workspace_id, response_id, question, theme
        ) as mentions
        group by workspace_id, response_id, question
    ) as said
    where verbatims.workspace_id = said.workspace_id and verbatims.response_id = said.response_id
        and verbatims.question = said.question
"""
_NAME_ONLY = """
    update verbatims set themes = trim(replace(replace(replace(themes || ' ', '- ', ' '), '= ', ' '), '+ ', ' '))
    where themes <> ''
"""
# The place of before stays: who follows by it until then loses nothing, and what they write is written again.
_GO_ON = """
    insert into followings (workspace_id, stream, epoch, xid, number)
    select workspace_id, 'verbatims.3', epoch, xid, number from followings where stream = 'verbatims.2'
    on conflict do nothing
"""
# Beside a theme a tone is that of the theme: such a rule finds other verbatims now, of those that were there, too.
_ASK_AGAIN = """
    update tags set applied_version = -1
    where cast(rule as text) like '%"theme"%' and cast(rule as text) like '%"sentiment"%'
"""
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
