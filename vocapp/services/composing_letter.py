"""Write to somebody whom nobody can call in time: that it was heard, that it takes too long, how they can be helped."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from vocapp.adapters.mail import OutgoingMail
from vocapp.models import Customer
from vocapp.services.mail_layout import one_line, page, paragraphs, prose, subject_line
from vocapp.services.mail_words import our_language, say


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


def compose_letter(
    *,
    letter_id: UUID,
    customer: Customer,
    asked: bool,
    overdue: bool,
    language: str,
    workspace_name: str,
    ways: Ways,
    stop_url: str,
    preferences_url: str,
    sender: str,
) -> OutgoingMail:
    """Return the mail to one customer.

    `asked`: they told us themselves, in an answer to a survey of ours. `overdue`: they were to be called before now.
    Raise MailRefused where the address is no address, MailBlocked where the sender is none.
    """
    ours = our_language(language)
    words, colon = _WORDS[ours], say("colon", ours)
    house = one_line(workspace_name)
    name = one_line(customer.first_name or "")
    if customer.email and customer.email.casefold() in name.casefold():  # an import may have put it there
        name = ""
    hello = say("hello_name", ours, name=name) if name else say("hello", ours)
    late = words["overdue" if overdue else "late"]
    body = "\n\n".join((hello, words["heard" if asked else "seen"], late, words["open"]))
    links = [
        (words[label], url)
        for label, url in (("choose", ways.callback_url), ("help", ways.help_url))
        if url is not None
    ]
    others = [
        *([words["reply"]] if ways.reply else []),
        *([words["phone"].format(number=one_line(ways.help_phone))] if ways.help_phone else []),
    ]
    subject = subject_line(words["subject"])
    why = words["why" if asked else "why_seen"].format(workspace=house)
    foot = [(say("preferences", ours), preferences_url), (say("unsubscribe", ours), stop_url)]
    text = prose(
        body,
        words["ways"],
        *(f"{label}{colon}\n{url}" for label, url in links),
        *others,
        house,
        f"-- \n{why}",
        *(f"{label}{colon}\n{url}" for label, url in foot),
    )
    html = page(
        "letter.html",
        language=ours,
        workspace=house,
        subject=subject,
        preview=late,
        paragraphs=[*paragraphs(body), [words["ways"]]],
        links=links,
        others=others,
        why=why,
        foot=foot,
    )
    return OutgoingMail(
        message_id=letter_id,
        to_address=customer.email or "",
        to_name=one_line(" ".join(part for part in (customer.first_name, customer.last_name) if part)) or None,
        sender=sender,
        subject=subject,
        text=text,
        html=html,
        headers={"List-Unsubscribe": f"<{stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        language=ours,
    )


_WORDS: Final = {
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
}
