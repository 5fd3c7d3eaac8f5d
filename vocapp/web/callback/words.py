"""What the page says, in French and English.

Invisible spaces are written as escapes: U+202F before `;`, `!` and `?`, U+00A0 before `:` and inside « ».
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vocapp.domain import languages


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    heads: Mapping[str, tuple[str, str]]
    """By how it stands: a heading and a sentence."""
    promised: Mapping[str, str]
    """By means: the heading once it is promised."""
    assured: str
    declined: tuple[str, str]
    closed: Mapping[str, tuple[str, str]]
    none_free: str
    how: str
    means: Mapping[str, str]
    number: str
    number_help: str
    when: str
    when_by_mail: str
    keep: str
    move: str
    change: str
    change_mind: str
    refuse: str
    refuse_button: str
    refuse_promised: str
    faults: Mapping[str, str]
    fault_title: str


def words_for(language: str, *, informal: bool = False) -> Words:
    """Return the words of `language` (`fr-CA` → French), English for any language that has none.

    `informal`: as one speaks who says « tu »; English has no such choice.
    """
    return languages.find(_BY_LANGUAGE, languages.primary(language), informal=informal) or ENGLISH


FRENCH = Words(
    language="fr",
    heads={
        "open": (
            "Quand pouvons-nous vous recontacter\u202f?",
            "Choisissez comment et quand. Ce moment vous sera réservé\u00a0: si nous le manquons, nous vous le dirons.",
        ),
        "missed": (
            "Nous n’avons pas tenu parole",
            (
                "Nous devions vous recontacter {when}, et nous ne l’avons pas fait. Nous vous prions de nous "
                "en excuser. "
                "Si vous le voulez bien, choisissez un autre moment."
            ),
        ),
        "kept": (
            "Choisir un autre moment",
            "Nous avons déjà cherché à vous joindre. Si un autre moment vous convient mieux, nous vous le réservons.",
        ),
    },
    promised={
        "phone": "C’est noté\u00a0: nous vous appelons {when}",
        "email": "C’est noté\u00a0: nous vous écrivons {when}",
        "store": "C’est noté\u00a0: nous vous attendons {when}",
    },
    assured="Vous n’avez rien d’autre à faire. Si nous manquons ce moment, nous vous le dirons.",
    declined=(
        "C’est noté\u00a0: personne ne vous appellera à ce sujet",
        "Ce que vous nous avez dit est transmis à ceux qui peuvent y remédier. Merci de l’avoir dit.",
    ),
    closed={
        "settled": (
            "Cette demande est close",
            "L’équipe ne s’en occupe plus. Vos réponses restent prises en compte, et vous n’avez rien à faire.",
        ),
        "expired": (
            "Ce lien n’est plus valable",
            "Vos réponses restent prises en compte. Merci de nous les avoir données.",
        ),
    },
    none_free="Aucun moment n’est libre ces prochains jours. Vos réponses sont bien arrivées, et l’équipe les lit.",
    how="Comment\u202f?",
    means={"phone": "Par téléphone", "email": "Par e-mail", "store": "Sur place\u00a0: {place}"},
    number="Votre numéro de téléphone",
    number_help="Nous l’ajoutons à vos coordonnées pour pouvoir vous appeler. Par exemple "
    "06\u00a012\u00a034\u00a056\u00a078, ou +32\u00a0470\u00a012\u00a034\u00a056.",
    when="Quand\u202f?",
    when_by_mail="Par e-mail, pas besoin de choisir\u00a0: sans choix, la réponse part {when}.",
    keep="Réserver ce moment",
    move="Réserver cet autre moment",
    change="Choisir un autre moment",
    change_mind="Changer d’avis, choisir un moment",
    refuse="Vous préférez en rester là\u202f?",
    refuse_button="Non merci, ne me recontactez pas",
    refuse_promised="Finalement, ne me recontactez pas",
    faults={
        "taken": "Ce moment vient d’être pris. En voici d’autres, encore libres.",
        "slot": "Choisissez un moment dans la liste.",
        "means": "Choisissez comment nous pouvons vous recontacter.",
        "number": "Indiquez un numéro auquel vous appeler, par exemple 06\u00a012\u00a034\u00a056\u00a078.",
        "unknown": "Ce choix n’existe pas ou n’existe plus. Choisissez de nouveau\u202f; rien n’a été changé.",
    },
    fault_title="À revoir",
)

FRENCH_INFORMAL = replace(
    FRENCH,
    heads={
        "open": (
            "Quand pouvons-nous te recontacter\u202f?",
            "Choisis comment et quand. Ce moment te sera réservé\u00a0: si nous le manquons, nous te le dirons.",
        ),
        "missed": (
            "Nous n’avons pas tenu parole",
            (
                "Nous devions te recontacter {when}, et nous ne l’avons pas fait. Nous en sommes désolés. "
                "Si tu le veux bien, choisis un autre moment."
            ),
        ),
        "kept": (
            "Choisir un autre moment",
            "Nous avons déjà cherché à te joindre. Si un autre moment te convient mieux, nous te le réservons.",
        ),
    },
    promised={
        "phone": "C’est noté\u00a0: nous t’appelons {when}",
        "email": "C’est noté\u00a0: nous t’écrivons {when}",
        "store": "C’est noté\u00a0: nous t’attendons {when}",
    },
    assured="Tu n’as rien d’autre à faire. Si nous manquons ce moment, nous te le dirons.",
    declined=(
        "C’est noté\u00a0: personne ne t’appellera à ce sujet",
        "Ce que tu nous as dit est transmis à ceux qui peuvent y remédier. Merci de l’avoir dit.",
    ),
    closed={
        "settled": (
            "Cette demande est close",
            "L’équipe ne s’en occupe plus. Tes réponses restent prises en compte, et tu n’as rien à faire.",
        ),
        "expired": (
            "Ce lien n’est plus valable",
            "Tes réponses restent prises en compte. Merci de nous les avoir données.",
        ),
    },
    none_free="Aucun moment n’est libre ces prochains jours. Tes réponses sont bien arrivées, et l’équipe les lit.",
    number="Ton numéro de téléphone",
    number_help="Nous l’ajoutons à tes coordonnées pour pouvoir t’appeler. Par exemple "
    "06\u00a012\u00a034\u00a056\u00a078, ou +32\u00a0470\u00a012\u00a034\u00a056.",
    refuse="Tu préfères en rester là\u202f?",
    refuse_button="Non merci, pas besoin de me recontacter",
    refuse_promised="Finalement, pas besoin de me recontacter",
    faults={
        **FRENCH.faults,
        "slot": "Choisis un moment dans la liste.",
        "means": "Choisis comment nous pouvons te recontacter.",
        "number": "Indique un numéro auquel t’appeler, par exemple 06\u00a012\u00a034\u00a056\u00a078.",
        "unknown": "Ce choix n’existe pas ou n’existe plus. Choisis de nouveau\u202f; rien n’a été changé.",
    },
)

ENGLISH = Words(
    language="en",
    heads={
        "open": (
            "When may we get back to you?",
            "Choose how and when. That time is kept for you: if we miss it, we will tell you so.",
        ),
        "missed": (
            "We did not keep our word",
            "We were to get back to you on {when}, and we did not. We are sorry. If you like, choose another time.",
        ),
        "kept": (
            "Choose another time",
            "We have already tried to reach you. If another time suits you better, we will keep it for you.",
        ),
    },
    promised={
        "phone": "Noted: we will call you on {when}",
        "email": "Noted: we will write to you on {when}",
        "store": "Noted: we will be there for you on {when}",
    },
    assured="There is nothing else for you to do. If we miss that time, we will tell you so.",
    declined=(
        "Noted: nobody will call you about this",
        "What you told us goes to those who can mend it. Thank you for saying it.",
    ),
    closed={
        "settled": (
            "This matter is closed",
            "The team is no longer at work on it. Your answers still count, and there is nothing for you to do.",
        ),
        "expired": ("This link is no longer valid", "Your answers still count. Thank you for giving them."),
    },
    none_free="No time is free in the days to come. Your answers arrived safely, and the team reads them.",
    how="How?",
    means={"phone": "By phone", "email": "By email", "store": "In person: {place}"},
    number="Your phone number",
    number_help="We add it to your contact details so that we can call you. With the country code, "
    "for example +44\u00a07700\u00a0900123.",
    when="When?",
    when_by_mail="By email there is no need to choose: without a choice, the answer goes {when}.",
    keep="Keep this time for me",
    move="Keep this other time for me",
    change="Choose another time",
    change_mind="Change my mind, choose a time",
    refuse="Would you rather leave it there?",
    refuse_button="No thank you, do not contact me",
    refuse_promised="On second thoughts, do not contact me",
    faults={
        "taken": "That time has just been taken. Here are others that are still free.",
        "slot": "Choose a time from the list.",
        "means": "Choose how we may get back to you.",
        "number": "Give a number to call you on, for example +44\u00a07700\u00a0900123.",
        "unknown": "That choice does not exist, or no longer does. Please choose again below; nothing was changed.",
    },
    fault_title="Please check",
)

_BY_LANGUAGE = {"fr": FRENCH, "fr-x-informal": FRENCH_INFORMAL, "en": ENGLISH}
