"""What our mails say by themselves, in French and English: occasions, how long it takes, the foot, alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vocapp.domain import languages
from vocapp.domain.survey import MOST_QUESTIONS, Question

Language: TypeAlias = Literal["fr", "en"]


def our_language(language: str) -> Language:
    """Return the language in which we speak to somebody whose texts are in `language`."""
    return "fr" if languages.primary(language) == "fr" else "en"


def say(key: str, language: Language, informal: bool = False, **values: str) -> str:
    """Return one of our texts with its values filled in; `informal`: as one says it who says « tu »."""
    return _SAID[language, informal][key].format(**values)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What just happened, as two pieces of a text."""

    after: str
    """« à la suite de la livraison de votre commande »"""
    subject: str


def occasion(event_name: str | None, language: Language, *, informal: bool = False) -> Occasion | None:
    """Return the words for what just happened, judged by the event's name; None where it tells us nothing."""
    name = (event_name or "").lower()
    for words, pieces in _OCCASIONS.items():
        if any(word in name for word in words):
            return languages.find(pieces, language, informal=informal)
    return None


def how_long(questions: Sequence[Question], language: Language) -> str:
    """Return how many questions and how much time at most, such as “4 questions, under a minute”.

    The slowest six count; “at most” where a condition or a known value may spare the person one of them.
    """
    seconds = sorted((_SECONDS.get(question.type, 6) for question in questions), reverse=True)[:MOST_QUESTIONS]
    if len(seconds) == 1:
        return say("one_question" if seconds[0] <= 20 else "one_long_question", language)
    spared = any(question.ask_if is not None or question.attribute is not None for question in questions)
    count = say("at_most" if spared else "exactly", language, count=str(len(seconds)))
    time = say("one_minute" if sum(seconds) <= 60 else "two_minutes", language)
    return f"{count}, {time}"


_SECONDS = {
    "long_text": 20, "short_text": 12, "email": 12, "phone": 12, "multiple_choice": 10, "date": 10, "number": 8,
    "dropdown": 8,
}  # fmt: skip
"""Seconds a person takes for one question; the others are one tap."""

_OCCASIONS: Mapping[tuple[str, ...], Mapping[str, Occasion]] = {
    ("deliver", "livraison", "livr"): {
        "fr": Occasion("à la suite de la livraison de votre commande", "Comment s’est passée votre livraison\u202f?"),
        "fr-x-informal": Occasion(
            "à la suite de la livraison de ta commande", "Comment s’est passée ta livraison\u202f?"
        ),
        "en": Occasion("after your delivery", "How was your delivery?"),
    },
    ("alert.resolved",): {
        "fr": Occasion("après un souci dont nous nous sommes occupés", "Avons-nous pu arranger les choses\u202f?"),
        "en": Occasion("after something that had gone wrong for you", "Did we put things right?"),
    },
    ("return", "refund", "retour"): {
        "fr": Occasion("à la suite de votre retour", "Comment s’est passé votre retour\u202f?"),
        "fr-x-informal": Occasion("à la suite de ton retour", "Comment s’est passé ton retour\u202f?"),
        "en": Occasion("after your return", "How was your return?"),
    },
    ("support", "ticket", "call", "chat", "case", "appel"): {
        "fr": Occasion("à la suite de votre échange avec notre service client", "Vous avons-nous bien aidé\u202f?"),
        "fr-x-informal": Occasion(
            "à la suite de ton échange avec notre service client", "T’avons-nous bien aidé\u202f?"
        ),
        "en": Occasion("after your contact with our customer service", "Did we help you well?"),
    },
    ("visit", "store", "shop", "magasin", "visite"): {
        "fr": Occasion("à la suite de votre visite", "Comment s’est passée votre visite\u202f?"),
        "fr-x-informal": Occasion("à la suite de ta visite", "Comment s’est passée ta visite\u202f?"),
        "en": Occasion("after your visit", "How was your visit?"),
    },
    ("appointment", "booking", "rendez", "reservation"): {
        "fr": Occasion("à la suite de votre rendez-vous", "Comment s’est passé votre rendez-vous\u202f?"),
        "fr-x-informal": Occasion("à la suite de ton rendez-vous", "Comment s’est passé ton rendez-vous\u202f?"),
        "en": Occasion("after your appointment", "How was your appointment?"),
    },
    ("order", "purchase", "checkout", "commande", "achat"): {
        "fr": Occasion("à la suite de votre commande", "Comment s’est passée votre commande\u202f?"),
        "fr-x-informal": Occasion("à la suite de ta commande", "Comment s’est passée ta commande\u202f?"),
        "en": Occasion("after your order", "How was your order?"),
    },
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "one_question": "Une seule question, quelques secondes",
        "one_long_question": "Une seule question, moins d’une minute",
        "exactly": "{count} questions",
        "at_most": "{count} questions au plus",
        "one_minute": "moins d’une minute",
        "two_minutes": "moins de deux minutes",
        "colon": "\u00a0:",
        "subject": "Votre avis sur {workspace}",
        "hello": "Bonjour,",
        "hello_name": "Bonjour {name},",
        "body_after": "Nous vous écrivons {after}. Dites-nous franchement comment cela s’est passé\u00a0: "
        "vos réponses sont lues, et elles nous aident à mieux faire.",
        "body": "Dites-nous franchement ce que vous pensez de {workspace}\u00a0: "
        "vos réponses sont lues, et elles nous aident à mieux faire.",
        "first_question": "Première question\u00a0:",
        "only_question": "La question\u00a0:",
        "answer": "Répondre",
        "open": "Ouvrir l’enquête",
        "closing": "Bien à vous,",
        "hint": "Votre choix s’ouvre sur une page où vous le confirmez\u202f; rien n’est enregistré avant.",
        "why_after": "Vous recevez ce message de {workspace} {after}.",
        "why": "Vous recevez ce message parce que vous êtes client de {workspace}.",
        "preferences": "Mes préférences, faire une pause",
        "unsubscribe": "Me désabonner",
        "alert_subject": "Rappel à faire",
        "alert_again": "Toujours à rappeler",
        "alert_urgent": "Rappel devenu urgent",
        "alert_escalated": "Rappel toujours en attente",
        "alert_reopened": "Rappel rouvert",
        "alert_declined": "Ne souhaite pas d’appel",
        "alert_declined_heading": "Un client mécontent qui ne souhaite pas être appelé",
        "alert_assigned": "Un rappel pour vous",
        "alert_assigned_heading": "Ce rappel vous a été confié",
        "alerts_assigned": "{count} rappels pour vous",
        "alerts_declined": "{count} clients mécontents ne souhaitent pas être appelés",
        "alerts_subject": "{count} rappels à faire",
        "alert_test": "Essai de «\u00a0{name}\u00a0»\u00a0: les alertes de {workspace} arriveront ici.",
        "alert_heading": "Un client à rappeler",
        "alert_who": "Client",
        "alert_place": "Lieu",
        "alert_what": "Motif",
        "alert_scores": "Notes",
        "alert_due": "À rappeler avant",
        "alert_said": "Ce qui a été dit",
        "alert_unnamed": "Sans nom",
        "alert_open": "Voir et prendre ce rappel",
        "alert_why": "Vous recevez ce message parce que vous suivez les rappels de {workspace}.",
        "detractor": "recommandation très basse",
        "low_csat": "satisfaction très basse",
        "negative_verbatim": "commentaire négatif",
        "urgent_words": "mots qui n’attendent pas",
        "lost": "commande perdue",
        "high_effort": "trop d’efforts",
        "valued_turning": "bon client qui se détourne",
        "contradiction": "les mots contredisent la note, vérifier l’échelle",
        "asks_for_help": "demande de l’aide",
        "late": "commande en retard",
        "refunded": "commande remboursée",
        "repeated_contacts": "demandes répétées",
        "other": "autre motif",
        "callback_wish": "demande de rappel",
        "out_of": "{value} sur {highest}",
        "nps": "recommandation",
        "csat": "satisfaction",
        "ces": "facilité",
        "opening": "«\u00a0",
        "quote_end": "\u00a0»",
    },
    "en": {
        "one_question": "Just one question, a few seconds",
        "one_long_question": "Just one question, under a minute",
        "exactly": "{count} questions",
        "at_most": "{count} questions at most",
        "one_minute": "under a minute",
        "two_minutes": "under two minutes",
        "colon": ":",
        "subject": "Your opinion of {workspace}",
        "hello": "Hello,",
        "hello_name": "Hello {name},",
        "body_after": "We are writing {after}. Please tell us frankly how it went: "
        "your answers are read, and they help us do better.",
        "body": "Please tell us frankly what you think of {workspace}: "
        "your answers are read, and they help us do better.",
        "first_question": "First question:",
        "only_question": "The question:",
        "answer": "Answer",
        "open": "Open the survey",
        "closing": "Kind regards,",
        "hint": "Your choice opens a page where you confirm it; nothing is stored before that.",
        "why_after": "You get this message from {workspace} {after}.",
        "why": "You get this message because you are a customer of {workspace}.",
        "preferences": "My preferences, take a break",
        "unsubscribe": "Unsubscribe",
        "alert_subject": "Callback to make",
        "alert_again": "Still to be called back",
        "alert_urgent": "Callback now urgent",
        "alert_escalated": "Callback long overdue",
        "alert_reopened": "Callback opened again",
        "alert_declined": "Wants no call",
        "alert_declined_heading": "An unhappy customer who wants no call",
        "alert_assigned": "A callback for you",
        "alert_assigned_heading": "This callback was given to you",
        "alerts_assigned": "{count} callbacks for you",
        "alerts_declined": "{count} unhappy customers want no call",
        "alerts_subject": "{count} callbacks to make",
        "alert_test": "Test of “{name}”: the alerts of {workspace} will arrive here.",
        "alert_heading": "A customer to call back",
        "alert_who": "Customer",
        "alert_place": "Place",
        "alert_what": "Reason",
        "alert_scores": "Scores",
        "alert_due": "Call back before",
        "alert_said": "What was said",
        "alert_unnamed": "No name",
        "alert_open": "See and take this callback",
        "alert_why": "You get this message because you look after the callbacks of {workspace}.",
        "detractor": "very low recommendation",
        "low_csat": "very low satisfaction",
        "negative_verbatim": "negative comment",
        "urgent_words": "words that cannot wait",
        "lost": "order lost",
        "high_effort": "too much effort",
        "valued_turning": "valuable customer turning away",
        "contradiction": "the words contradict the score, check the scale",
        "asks_for_help": "asks for help",
        "late": "order late",
        "refunded": "order refunded",
        "repeated_contacts": "several requests",
        "other": "other reason",
        "callback_wish": "asked to be called",
        "out_of": "{value} out of {highest}",
        "nps": "recommendation",
        "csat": "satisfaction",
        "ces": "ease",
        "opening": "“",
        "quote_end": "”",
    },
    "fr-x-informal": {
        "subject": "Ton avis sur {workspace}",
        "body_after": "Nous t’écrivons {after}. Dis-nous franchement comment cela s’est passé\u00a0: "
        "tes réponses sont lues, et elles nous aident à mieux faire.",
        "body": "Dis-nous franchement ce que tu penses de {workspace}\u00a0: "
        "tes réponses sont lues, et elles nous aident à mieux faire.",
        "hint": "Ton choix s’ouvre sur une page où tu le confirmes\u202f; rien n’est enregistré avant.",
        "closing": "À bientôt,",
        "why_after": "Tu reçois ce message de {workspace} {after}.",
        "why": "Tu reçois ce message parce que tu es client de {workspace}.",
    },
}
"""What a house says otherwise that says « tu » stands under `fr-x-informal`."""

_SAID = {
    (language, informal): languages.words(WORDS, language, informal=informal)
    for language in ("fr", "en")
    for informal in (False, True)
}
