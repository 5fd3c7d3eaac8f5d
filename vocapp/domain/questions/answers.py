"""An answer that cannot be taken, and what we say about it: what to do, without blame or codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vocapp.domain import languages


class AnswerRefused(Exception):
    """An answer does not fit its question. `code` is stable, `message` is for the person who answered."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def message(self, language: str, *, informal: bool = False) -> str:
        """Return what to say, in French for `fr…` and in English for any other language; `informal`: with « tu »."""
        said, tag = MESSAGES[self.code], "fr" if languages.primary(language) == "fr" else "en"
        text = languages.find(said, tag, informal=informal) or said["en"]
        return text.format(**{name: in_figures(value, tag) for name, value in self.params.items()})


def in_figures(value: Any, language: str) -> str:
    """Return a number as the language writes it; 1999 stays a year, 12500 gets its space or comma."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    text = f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    whole, _, rest = text.partition(".")
    french = languages.primary(language) == "fr"
    if len(whole.lstrip("-")) > 4:
        whole = f"{int(whole):,}".replace(",", "\u202f" if french else ",")
    return f"{whole}{',' if french else '.'}{rest}" if rest else whole


MESSAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "required": {
        "fr": "Merci de répondre à cette question pour continuer.",
        "en": "Please answer this question to go on.",
    },
    "one_only": {
        "fr": "Une seule réponse est possible ici. Gardez celle qui convient le mieux.",
        "fr-x-informal": "Une seule réponse est possible ici. Garde celle qui convient le mieux.",
        "en": "Only one answer is possible here. Keep the one that fits best.",
    },
    "scale": {
        "fr": "Choisissez une note de {lowest} à {highest}.",
        "fr-x-informal": "Choisis une note de {lowest} à {highest}.",
        "en": "Choose a score from {lowest} to {highest}.",
    },
    "not_a_choice": {
        "fr": "Cette réponse ne figure pas parmi les choix. Choisissez-en une dans la liste.",
        "fr-x-informal": "Cette réponse ne figure pas parmi les choix. Choisis-en une dans la liste.",
        "en": "That answer is not among the choices. Choose one from the list.",
    },
    "too_few": {
        "fr": "Choisissez encore\u00a0: il en faut au moins {minimum}.",
        "fr-x-informal": "Choisis encore\u00a0: il en faut au moins {minimum}.",
        "en": "Choose a few more: at least {minimum} are needed.",
    },
    "too_many": {
        "fr": "Gardez les plus importantes\u00a0: {maximum} au plus.",
        "fr-x-informal": "Garde les plus importantes\u00a0: {maximum} au plus.",
        "en": "Keep the most important ones: {maximum} at most.",
    },
    "yes_no": {
        "fr": "Répondez par oui ou par non.",
        "fr-x-informal": "Réponds par oui ou par non.",
        "en": "Answer with yes or no.",
    },
    "consent": {
        "fr": "Cochez la case si vous êtes d’accord, ou laissez-la vide.",
        "fr-x-informal": "Coche la case si tu es d’accord, ou laisse-la vide.",
        "en": "Tick the box if you agree, or leave it empty.",
    },
    "number": {
        "fr": "Écrivez un nombre en chiffres, par exemple 12 ou 12,5.",
        "fr-x-informal": "Écris un nombre en chiffres, par exemple 12 ou 12,5.",
        "en": "Write a number in figures, such as 12 or 12.5.",
    },
    "thousands": {
        "fr": "Écrivez ce nombre sans séparateur de milliers, par exemple 1234 ou 12,5.",
        "fr-x-informal": "Écris ce nombre sans séparateur de milliers, par exemple 1234 ou 12,5.",
        "en": "Write this number without a thousands separator, such as 1234 or 12.5.",
    },
    "too_small": {
        "fr": "Indiquez un nombre à partir de {minimum}.",
        "fr-x-informal": "Indique un nombre à partir de {minimum}.",
        "en": "Give a number of {minimum} or more.",
    },
    "too_big": {
        "fr": "Indiquez un nombre jusqu’à {maximum}.",
        "fr-x-informal": "Indique un nombre jusqu’à {maximum}.",
        "en": "Give a number of {maximum} or less.",
    },
    "date": {
        "fr": "Indiquez la date avec l’année, le mois et le jour, par exemple 2026-12-31.",
        "fr-x-informal": "Indique la date avec l’année, le mois et le jour, par exemple 2026-12-31.",
        "en": "Give the date as year, month and day, such as 2026-12-31.",
    },
    "text": {
        "fr": "Répondez par quelques mots.",
        "fr-x-informal": "Réponds par quelques mots.",
        "en": "Answer in a few words.",
    },
    "too_long": {
        "fr": "Votre texte compte {length} caractères, et {maximum} au plus tiennent ici. Raccourcissez-le un peu.",
        "fr-x-informal": "Ton texte compte {length} caractères, et {maximum} au plus tiennent ici. "
        "Raccourcis-le un peu.",
        "en": "Your text has {length} characters, and {maximum} fit here at most. Please shorten it a little.",
    },
    "characters": {
        "fr": "Votre texte contient un caractère que nous ne pouvons pas garder. Retirez-le, puis validez à nouveau.",
        "fr-x-informal": "Ton texte contient un caractère que nous ne pouvons pas garder. "
        "Retire-le, puis valide à nouveau.",
        "en": "Your text holds a character that we cannot store. Take it out, then send it again.",
    },
    "email": {
        "fr": "Vérifiez cette adresse\u00a0: elle s’écrit comme nom@exemple.fr.",
        "fr-x-informal": "Vérifie cette adresse\u00a0: elle s’écrit comme nom@exemple.fr.",
        "en": "Check this address: it is written like name@example.com.",
    },
    "phone": {
        "fr": "Vérifiez ce numéro, ou écrivez-le avec l’indicatif du pays, par exemple +33 6 12 34 56 78.",
        "fr-x-informal": "Vérifie ce numéro, ou écris-le avec l’indicatif du pays, par exemple +33 6 12 34 56 78.",
        "en": "Check this number, or write it with its country code, such as +44 7400 123456.",
    },
}
