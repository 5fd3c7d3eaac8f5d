"""What the dashboards behind a link say, in French and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    title: str
    not_found: tuple[str, str]
    empty: tuple[str, str]
    survey: str
    month: str
    place: str
    company: str
    show: str
    filters: str
    other_language: tuple[str, str, str]
    """(code, its own name, what the link says)."""
    scores: Mapping[str, str]
    scores_mean: Mapping[str, str]
    people: str
    between: str
    before: str
    changes: Mapping[str, str]
    bounds: Mapping[str, str]
    nothing_here: str
    over_time: str
    over_time_table: str
    by_place: str
    hidden: str
    hidden_help: str
    themes: str
    themes_help: str
    theme: str
    mentioned: str
    negative: str
    sources: str
    promises: tuple[str, ...]
    next: str
    points: str


FRENCH = Words(
    language="fr",
    title="La voix de nos clients",
    not_found=(
        "Cette page n’existe pas",
        "Le lien est incomplet, périmé ou retiré. Demandez-en un autre à la personne qui vous l’a transmis.",
    ),
    empty=(
        "Rien n’est encore publié",
        "Les chiffres d’un mois paraissent au début du mois suivant, si dix personnes au moins ont répondu.",
    ),
    survey="Enquête",
    month="Mois",
    place="Lieu",
    company="Toute l’entreprise",
    show="Afficher",
    filters="Ce qui est affiché",
    other_language=("en", "English", "Read this page in English"),
    scores={"nps": "NPS", "csat": "Satisfaction", "ces": "Facilité"},
    scores_mean={
        "nps": "promoteurs (9–10) moins détracteurs (0–6), de −100 à 100",
        "csat": "part des notes 4 et 5 sur 5",
        "ces": "part des notes 5 à 7 sur 7",
    },
    people="{n} personnes au moins",
    between="entre {low} et {high}",
    before="{n} le mois d’avant",
    changes={"up": "▲ en hausse", "down": "▼ en baisse", "same": "● pas d’évolution significative"},
    bounds={"at_least": "au moins {n}", "at_most": "au plus {n}", "": "{n}"},
    nothing_here="Rien à montrer ici pour ce mois\u00a0: trop peu de réponses, ou des chiffres qui permettraient "
    "d’en isoler quelques-unes.",
    over_time="Mois par mois",
    over_time_table="Les mêmes chiffres en tableau",
    by_place="Par lieu",
    hidden="masqué",
    hidden_help="Masqué\u00a0: moins de dix personnes, ou un calcul par différence révélerait les réponses de moins de "
    "dix personnes, y compris à ceux qui connaissent celles de leur propre lieu.",
    themes="Ce dont parlent les clients",
    themes_help="Part des commentaires qui abordent le thème, et part de ces mentions qui sont négatives.",
    theme="Thème",
    mentioned="En parlent",
    negative="Mentions négatives",
    sources="Comment lire ces chiffres",
    promises=(
        "Les chiffres d’un mois sont publiés une fois, le 2\u00a0du mois suivant, et ne changent plus.",
        "Chacun porte sur dix personnes au moins.",
        "Un lieu est masqué s’il en compte moins, ou si une différence révélait le chiffre de moins de dix personnes.",
        "Il l’est aussi s’il suffit pour cela de connaître, par son travail, toutes les réponses d’un lieu.",
        "Un thème est masqué de même\u202f; de deux thèmes presque identiques, seul le plus fréquent est montré.",
        "Ce qu’ont dit moins de dix personnes, d’un petit lieu ou sans lieu précis, peut n’être compté nulle part.",
        "Un lieu dont rien n’a été publié n’est pas nommé.",
        "Les chiffres sont arrondis, et ne disent jamais que tout le monde, ou presque, est du même avis.",
        "Entre deux valeurs\u00a0: l’intervalle à 95\u00a0%, calculé sur ce qui est publié, donc un peu large.",
        "Aucun nom, aucune réponse, aucun commentaire n’est montré ici.",
    ),
    next="Prochaine publication\u00a0: {day}.",
    points="{n}",
)

ENGLISH = Words(
    language="en",
    title="The voice of our customers",
    not_found=(
        "This page does not exist",
        "The link is incomplete, over or taken back. Ask whoever gave it to you for another.",
    ),
    empty=(
        "Nothing is published yet",
        "The figures of a month appear early in the next one, if at least ten people answered.",
    ),
    survey="Survey",
    month="Month",
    place="Place",
    company="The whole company",
    show="Show",
    filters="What is shown",
    other_language=("fr", "Français", "Lire cette page en français"),
    scores={"nps": "NPS", "csat": "Satisfaction", "ces": "Ease"},
    scores_mean={
        "nps": "promoters (9–10) less detractors (0–6), from −100 to 100",
        "csat": "share of scores 4 and 5 out of 5",
        "ces": "share of scores 5 to 7 out of 7",
    },
    people="at least {n} people",
    between="between {low} and {high}",
    before="{n} the month before",
    changes={"up": "▲ higher", "down": "▼ lower", "same": "● no clear change"},
    bounds={"at_least": "at least {n}", "at_most": "at most {n}", "": "{n}"},
    nothing_here="Nothing to show here for that month: too few people answered, or a difference would tell of too few.",
    over_time="Month by month",
    over_time_table="The same figures as a table",
    by_place="By place",
    hidden="hidden",
    hidden_help="Hidden: fewer than ten people, or what would tell by a difference of fewer than ten, even to those "
    "who know the answers of their own place.",
    themes="What customers talk about",
    themes_help="Share of the comments that touch on the theme, and share of these mentions that are negative.",
    theme="Theme",
    mentioned="Mention it",
    negative="Negative mentions",
    sources="How to read these figures",
    promises=(
        "The figures of a month are published once, on the 2nd of the next one, and never change.",
        "Each is of ten people at least.",
        "A place is hidden where there are fewer, or where the figure of fewer than ten would follow by a difference.",
        "It is, too, where it takes somebody who knows, by their work, the answers of one place to tell it.",
        "A theme is hidden alike; of two themes that are nearly the same, only the more frequent is shown.",
        "The answers of fewer than ten people, of a small place or of none in particular, may be counted nowhere.",
        "A place of which nothing was published is not named.",
        "Figures are rounded, and never say that everybody, or nearly everybody, agrees.",
        "Between two values: the 95% interval, reckoned from what is published, and so a little wide.",
        "No name, no answer and no comment is shown here.",
    ),
    next="Next publication: {day}.",
    points="{n}",
)

_BY_LANGUAGE = {"fr": FRENCH, "en": ENGLISH}


def words_for(language: str) -> Words:
    """Return the words of one of LANGUAGES."""
    return _BY_LANGUAGE[language]
