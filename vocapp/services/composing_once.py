"""Write a personal mail about an alert, which goes once: greeting, what is said, the ways on, why it came, the foot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from vocapp.adapters.mail import OutgoingMail
from vocapp.models import Customer
from vocapp.services.composing import greeting, without_identity
from vocapp.services.houses import House
from vocapp.services.mail_layout import one_line, page, paragraphs, prose, subject_line
from vocapp.services.mail_words import Language, say


@dataclass(frozen=True, slots=True)
class Said:
    """What one kind of these mails says, in the reader's language."""

    language: Language
    subject: str
    body: Sequence[str]
    """Paragraphs, behind the greeting."""
    preview: str
    links: Sequence[tuple[str, str]]
    """Label, address."""
    others: Sequence[str]
    """What they can do beside, line by line."""
    why: str
    """Why they get it."""


def compose_once(
    said: Said, *, message_id: UUID, customer: Customer, event: Mapping[str, Any], house: House, sender: str,
    stop_url: str, preferences_url: str,
) -> OutgoingMail:  # fmt: skip
    """Return the mail to one customer. `event`: what texts may say of what happened; `house`: as whom it speaks.

    Raise MailRefused where the address is no address, MailBlocked where the sender is none.
    """
    ours, colon = said.language, say("colon", said.language)
    facts = without_identity({"customer": _facts(customer), "event": event}, customer.email or "")
    body = "\n\n".join((greeting(house, said.language, facts), *said.body))
    closing = one_line(house.say("closing", ours, facts)) or say("closing", ours, house.voice.informal)
    signature = house.say("signature", ours, facts) or house.name
    foot = [(say("preferences", ours), preferences_url), (say("unsubscribe", ours), stop_url)]
    subject = subject_line(said.subject)
    text = prose(
        body,
        *(f"{label}{colon}\n{url}" for label, url in said.links),
        *said.others,
        f"{closing}\n{signature}",
        f"-- \n{said.why}",
        *(f"{label}{colon}\n{url}" for label, url in foot),
    )
    html = page(
        "once.html",
        look=house.look,
        language=ours,
        workspace=house.name,
        subject=subject,
        preview=said.preview,
        paragraphs=paragraphs(body),
        links=said.links,
        others=said.others,
        closing=[closing, *signature.split("\n")],
        why=said.why,
        foot=foot,
    )
    return OutgoingMail(
        message_id=message_id,
        to_address=customer.email or "",
        to_name=one_line(" ".join(part for part in (customer.first_name, customer.last_name) if part)) or None,
        sender=sender,
        subject=subject,
        text=text,
        html=html,
        headers={"List-Unsubscribe": f"<{stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        language=ours,
    )


def _facts(customer: Customer) -> dict[str, Any]:
    """What texts of the house may say of a person; ids are named so that none stands where a name belongs."""
    names = ("id", "external_id", "first_name", "last_name", "locale", "timezone")
    return {name: getattr(customer, name) for name in names}
