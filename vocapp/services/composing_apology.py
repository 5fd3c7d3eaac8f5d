"""Write the apology for a call that did not come: who it is from, what was promised, how to choose another time."""

from __future__ import annotations

from typing import Final

from vocapp.adapters.mail import OutgoingMail
from vocapp.domain.links import Purpose, make_token
from vocapp.models import Customer, Invitation, Promise, Workspace
from vocapp.services.mail_layout import one_line, page, paragraphs, prose, subject_line
from vocapp.services.mail_words import our_language, say
from vocapp.services.slot_words import say_slot


def compose_apology(
    *,
    missed: Promise,
    customer: Customer,
    invitation: Invitation,
    workspace: Workspace,
    secret: bytes,
    public_url: str,
    sender: str,
) -> OutgoingMail:
    """Return the mail to one customer, its id the promise's. Raise MailRefused where the address is no address,
    MailBlocked where the sender is none.
    """
    ours = our_language(missed.language)
    words = _WORDS[ours]
    house = one_line(workspace.name)

    def link(path: str, purpose: Purpose) -> str:
        return f"{public_url}/{path}/{make_token(secret, purpose, invitation.id)}"

    callback, stop = link("callback", "callback"), link("unsubscribe", "unsubscribe")
    name = one_line(customer.first_name or "")
    if customer.email and customer.email.casefold() in name.casefold():  # an import may have put it there
        name = ""
    hello = say("hello_name", ours, name=name) if name else say("hello", ours)
    zone = customer.timezone or workspace.timezone
    when = say_slot(missed.starts_at, missed.ends_at, zone, ours) if missed.starts_at and missed.ends_at else ""
    body = "\n\n".join((hello, words[f"missed_{missed.means}"].format(when=when), words["sorry"], words["next"]))
    subject = subject_line(words["subject"].format(workspace=house))
    why = words["why"].format(workspace=house)
    foot = [
        (say("preferences", ours), link("preferences", "preferences")),
        (say("unsubscribe", ours), stop),
    ]
    text = prose(
        body,
        f"{words['choose']}{say('colon', ours)}\n{callback}",
        house,
        f"-- \n{why}",
        *(f"{label}{say('colon', ours)}\n{url}" for label, url in foot),
    )
    html = page(
        "apology.html",
        language=ours,
        workspace=house,
        subject=subject,
        preview=words["sorry"],
        paragraphs=paragraphs(body),
        choose=words["choose"],
        url=callback,
        why=why,
        foot=foot,
    )
    return OutgoingMail(
        message_id=missed.id,
        to_address=customer.email or "",
        to_name=one_line(" ".join(part for part in (customer.first_name, customer.last_name) if part)) or None,
        sender=sender,
        subject=subject,
        text=text,
        html=html,
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        language=ours,
    )


_WORDS: Final = {
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
}
