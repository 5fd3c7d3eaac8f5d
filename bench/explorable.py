"""Verbatims by the hundred thousand, with themes, tags and segments on them: put straight into the product's tables.

Texts are drawn from words as people use them: a few in every second text, most in one of a hundred, some in a handful.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import psycopg

from vocapp.domain.wording import stem, words_in
from vocapp.models.verbatims import lexemes

SEED = 20260310
OFTEN = (
    "la livraison est arrivée en retard et le colis était ouvert",
    "le service client ne répond pas au téléphone",
    "très bon accueil en magasin, vendeuse aimable",
    "produit conforme, emballage soigné",
    "trop cher pour ce que c'est",
    "je recommande, livraison rapide",
    "le remboursement se fait attendre depuis des semaines",
    "commande incomplète, il manquait une pièce",
)
SELDOM = tuple(f"{first}{last}" for first in ("bal", "cor", "dom", "fal", "gor", "lim", "mar", "nov", "pel", "rol")
               for last in ("ade", "ière", "ment", "tion", "ure", "ette", "oir", "age", "eur", "isme"))  # fmt: skip


def fill(database: str, *, workspace_id: int, rows: int, survey: tuple[str, int]) -> None:
    """Put `rows` verbatims in, of half as many customers, each in one of two segments; a tenth of them tagged."""
    given = {"workspace": workspace_id, "rows": rows, "survey": survey[0], "version": survey[1]}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # no foreign keys: they hold by how it is made
        for statement in _BESIDE:
            connection.execute(statement, given)
        connection.execute("create temporary table said (n int primary key, t text, stems text, words text)")
        with connection.cursor().copy("copy said from stdin") as copy:
            for row in _texts(rows):
                copy.write_row(row)
        connection.execute(_VERBATIMS, given)
        connection.execute(_MENTIONS, given)
        connection.execute(_TAGGINGS, given)
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")


def _texts(rows: int) -> Iterator[tuple[int, str, str, str]]:
    chance = Random(SEED)
    for n in range(1, rows + 1):
        text = f"{chance.choice(OFTEN)}. {' '.join(chance.choices(SELDOM, k=4))} {chance.choice(OFTEN)}"
        text += f" dossier{chance.randrange(rows // 5)}"
        forms = [word.form for word in words_in(text)]
        stems = [stem(form, "fr") for form in forms]
        yield n, text, " ".join(stems), lexemes(forms, stems)


_BESIDE = (
    """
    insert into customers (workspace_id, id, external_id, first_name, last_name, locale, core_observed_at, contact_key,
        created_at, updated_at)
    select %(workspace)s, cast('0195001000007000a000' || lpad(to_hex(n), 12, '0') as uuid), 'S-' || n, 'Zoé', 'Durand',
        'fr', '{}', 's-' || n, now(), now() from generate_series(0, cast(%(rows)s as int) / 2) as n
    """,
    """
    insert into places (workspace_id, key, name, kind, path)
    select %(workspace)s, 'store-' || n, 'Store ' || n, 'store', '/store-' || n || '/' from generate_series(0, 49) as n
    """,
    """
    insert into segments (workspace_id, key, version, definition, created_at, updated_at)
    select %(workspace)s, 'segment-' || n, 1, '{"name": "Segment", "when": true}', now(), now()
    from generate_series(0, 1) as n
    """,
    """
    insert into memberships (workspace_id, id, segment_key, customer_id, joined_at)
    select workspace_id, id, 'segment-' || row_number() over () %% 2, id, now() from customers
    """,
    """
    insert into tags (workspace_id, id, name, known_as, version, applied_version, made_by, made_at)
    select %(workspace)s, cast('0195001000007000d000' || lpad(to_hex(n), 12, '0') as uuid), 'Tag ' || n, 'tag ' || n,
        0, 0, 'bench', now() from generate_series(0, 9) as n
    """,
)
_VERBATIMS = """
    insert into verbatims (workspace_id, id, response_id, question, customer_id, survey_key, survey_version, place,
        language, answered_at, nps, tone, sentiment, persona, themes, text, hurts, stems, words)
    select %(workspace)s, id, id, 'why', cast('0195001000007000a000' || lpad(to_hex(n / 2), 12, '0') as uuid),
        %(survey)s, %(version)s, 'store-' || n / 7 %% 50, 'fr', now() - n * interval '5 minutes', n %% 11,
        (array['detractor', 'passive', 'promoter'])[1 + (n %% 11 + 2) / 9 + (n %% 11) / 9],
        (array['negative', 'neutral', 'positive'])[1 + n / 3 %% 3], 'persona-' || n / 11 %% 6,
        replace((array['delivery', 'price', 'product', 'service'])[1 + n %% 11 %% 4] || '* store*', '*',
            (array['-', '=', '+'])[1 + n / 3 %% 3]), t, '[]', stems,
        cast(words as tsvector)
    from (select said.*, cast('0195001000007000b000' || lpad(to_hex(n), 12, '0') as uuid) as id from said) as s
"""
_MENTIONS = """
    insert into theme_mentions (workspace_id, response_id, question, theme, label, score)
    select workspace_id, response_id, question, theme, sentiment, 0 from verbatims
    cross join lateral (
        values ((array['delivery', 'price', 'product', 'service'])[1 + nps %% 4]), ('store')
    ) as m(theme)
"""
_TAGGINGS = """
    insert into taggings (workspace_id, tag_id, verbatim, how, at)
    select workspace_id, cast('0195001000007000d000' || lpad(to_hex(number %% 10), 12, '0') as uuid), number, 'hand',
        now() from verbatims where number %% 10 = 3
"""
