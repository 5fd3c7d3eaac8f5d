"""Write to somebody whom nobody can call in time: that it was heard, that it takes too long, how they can be helped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from vocapp.domain import languages
from vocapp.services.composing_once import Said
from vocapp.services.houses import House
from vocapp.services.mail_layout import one_line
from vocapp.services.mail_words import our_language


class Ways(NamedTuple):
    """How a customer can be helped though nobody calls."""

    callback_url: str | None
    """Where they choose a time; None: there is none to be had."""
    reply: bool
    """An answer to the mail is read."""
    help_url: str | None
    help_phone: str | None

    @property
    def any(self) -> bool:
        return bool(self.callback_url or self.reply or self.help_url or self.help_phone)


def letter(*, asked: bool, overdue: bool, language: str, house: House, ways: Ways) -> Said:
    """Return what the mail to one customer says.

    `asked`: they told us themselves, in an answer to a survey of ours. `overdue`: they were to be called before now.
    """
    ours = our_language(language)
    words = languages.words(_WORDS, ours, informal=house.voice.informal)
    late = words["overdue" if overdue else "late"]
    phone = words["phone"].format(number=one_line(ways.help_phone)) if ways.help_phone else None
    return Said(
        language=ours,
        subject=words["subject"],
        body=(words["heard" if asked else "seen"], late, words["open"], words["ways"]),
        preview=late,
        links=[
            (words[label], url)
            for label, url in (("choose", ways.callback_url), ("help", ways.help_url))
            if url is not None
        ],
        others=[line for line in (words["reply"] if ways.reply else None, phone) if line is not None],
        why=words["why" if asked else "why_seen"].format(workspace=house.name),
    )


_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "subject": "Votre demande n’est pas oubliée",
        "heard": "Merci de nous avoir signalé ce problème. Votre réponse nous est bien parvenue, et nous sommes "
        "désolés de ce qui s’est passé.",
        "seen": "Tout ne s’est pas passé comme prévu pour vous. Nous l’avons vu, et nous vous prions de nous en "
        "excuser.",
        "late": "Nous aurions voulu vous appeler sans attendre. Nous recevons en ce moment plus de demandes que notre "
        "équipe ne peut en traiter, et nous n’y parviendrons pas dans le délai que nous nous sommes fixé.",
        "overdue": "Nous aurions voulu vous appeler sans attendre, et nous ne l’avons pas encore fait. Nous recevons "
        "en ce moment plus de demandes que notre équipe ne peut en traiter.",
        "open": "Votre dossier reste ouvert.",
        "ways": "Voici comment obtenir de l’aide sans attendre\u00a0:",
        "choose": "Choisir le moment de votre rappel",
        "help": "Consulter notre aide",
        "reply": "Vous pouvez aussi répondre à ce message\u00a0: votre réponse sera lue par notre équipe.",
        "phone": "Par téléphone\u00a0: {number}",
        "why": "Vous recevez ce message de {workspace} à la suite de la réponse que vous nous avez donnée.",
        "why_seen": "Vous recevez ce message de {workspace} parce que quelque chose n’a pas fonctionné pour vous.",
    },
    "en": {
        "subject": "We have not forgotten you",
        "heard": "Thank you for telling us what went wrong. Your answer has reached us, and we are sorry about what "
        "happened.",
        "seen": "Things did not go as they should have for you. We have seen it, and we are sorry.",
        "late": "We wanted to call you straight away. At the moment we are getting more requests than our team can "
        "handle, and we will not manage it in the time we have set ourselves.",
        "overdue": "We wanted to call you straight away, and we have not done so yet. At the moment we are getting "
        "more requests than our team can handle.",
        "open": "Your case stays open.",
        "ways": "To be helped without waiting:",
        "choose": "Choose a time for our call",
        "help": "Go to our help pages",
        "reply": "You can also reply to this message: our team will read your answer.",
        "phone": "By telephone: {number}",
        "why": "You get this message from {workspace} because of the answer you gave us.",
        "why_seen": "You get this message from {workspace} because something went wrong for you.",
    },
    "fr-x-informal": {
        "subject": "Ta demande n’est pas oubliée",
        "heard": "Merci de nous avoir signalé ce problème. Ta réponse nous est bien parvenue, et nous sommes désolés "
        "de ce qui s’est passé.",
        "seen": "Tout ne s’est pas passé comme prévu pour toi. Nous l’avons vu, et nous en sommes désolés.",
        "late": "Nous aurions voulu t’appeler sans attendre. Nous recevons en ce moment plus de demandes que notre "
        "équipe ne peut en traiter, et nous n’y parviendrons pas dans le délai que nous nous sommes fixé.",
        "overdue": "Nous aurions voulu t’appeler sans attendre, et nous ne l’avons pas encore fait. Nous recevons en "
        "ce moment plus de demandes que notre équipe ne peut en traiter.",
        "open": "Ton dossier reste ouvert.",
        "choose": "Choisir le moment de ton rappel",
        "reply": "Tu peux aussi répondre à ce message\u00a0: ta réponse sera lue par notre équipe.",
        "why": "Tu reçois ce message de {workspace} à la suite de la réponse que tu nous as donnée.",
        "why_seen": "Tu reçois ce message de {workspace} parce que quelque chose n’a pas fonctionné pour toi.",
    },
}
"""What a house says otherwise that says « tu » stands under `fr-x-informal`."""
