"""Write the apology for a call that did not come: who it is from, what was promised, how to choose another time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vocapp.domain import languages
from vocapp.models import Promise
from vocapp.services.composing_once import Said
from vocapp.services.houses import House
from vocapp.services.mail_words import our_language
from vocapp.services.slot_words import say_slot


def apology(*, missed: Promise, zone: str, house: House, callback_url: str) -> Said:
    """Return what the mail to one customer says, who lives by the clock of `zone`."""
    ours = our_language(missed.language)
    words = languages.words(_WORDS, ours, informal=house.voice.informal)
    when = say_slot(missed.starts_at, missed.ends_at, zone, ours) if missed.starts_at and missed.ends_at else ""
    return Said(
        language=ours,
        subject=words["subject"],
        body=(words[f"missed_{missed.means}"].format(when=when), words["sorry"], words["next"]),
        preview=words["sorry"],
        links=[(words["choose"], callback_url)],
        others=[],
        why=words["why"].format(workspace=house.name),
    )


_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "subject": "Nous vous devons des excuses",
        "missed_phone": "Nous vous avions promis de vous appeler {when}. Nous ne l’avons pas fait.",
        "missed_email": "Nous vous avions promis de vous écrire {when}. Nous ne l’avons pas fait.",
        "missed_store": "Nous vous avions promis de vous recevoir {when}. Nous n’avons pas tenu parole.",
        "sorry": "Nous vous prions de nous en excuser\u00a0: vous attendiez de nos nouvelles, et c’est notre faute.",
        "next": "Votre dossier reste ouvert et passe en priorité. Si un autre moment vous convient mieux, "
        "choisissez-le\u00a0: nous le réservons pour vous.",
        "choose": "Choisir un autre moment",
        "why": "Vous recevez ce message de {workspace} parce qu’un rappel vous avait été promis.",
    },
    "en": {
        "subject": "We owe you an apology",
        "missed_phone": "We promised to call you on {when}. We did not.",
        "missed_email": "We promised to write to you on {when}. We did not.",
        "missed_store": "We promised to see you on {when}. We did not keep our word.",
        "sorry": "We are sorry: you were waiting to hear from us, and the fault is ours.",
        "next": "Your case stays open and now comes first. If another time suits you better, choose it: "
        "we will keep it for you.",
        "choose": "Choose another time",
        "why": "You get this message from {workspace} because a callback was promised to you.",
    },
    "fr-x-informal": {
        "subject": "Nous te devons des excuses",
        "missed_phone": "Nous t’avions promis de t’appeler {when}. Nous ne l’avons pas fait.",
        "missed_email": "Nous t’avions promis de t’écrire {when}. Nous ne l’avons pas fait.",
        "missed_store": "Nous t’avions promis de te recevoir {when}. Nous n’avons pas tenu parole.",
        "sorry": "Nous en sommes désolés\u00a0: tu attendais de nos nouvelles, et c’est notre faute.",
        "next": "Ton dossier reste ouvert et passe en priorité. Si un autre moment te convient mieux, "
        "choisis-le\u00a0: nous le réservons pour toi.",
        "why": "Tu reçois ce message de {workspace} parce qu’un rappel t’avait été promis.",
    },
}
"""What a house says otherwise that says « tu » stands under `fr-x-informal`."""
