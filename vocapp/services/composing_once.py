"""Write a personal mail about an alert, which goes once: greeting, what is said, the ways on, why it came, the foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from vocapp.adapters.mail import OutgoingMail
from vocapp.models import Customer
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
    said: Said, *, message_id: UUID, customer: Customer, house: str, sender: str, stop_url: str, preferences_url: str
) -> OutgoingMail:
    """Return the mail to one customer. `house`: the workspace's name, on one line.

    Raise MailRefused where the address is no address, MailBlocked where the sender is none.
    """
    ours, colon = said.language, say("colon", said.language)
    body = "\n\n".join((_greeting(customer, ours), *said.body))
    foot = [(say("preferences", ours), preferences_url), (say("unsubscribe", ours), stop_url)]
    subject = subject_line(said.subject)
    text = prose(
        body,
        *(f"{label}{colon}\n{url}" for label, url in said.links),
        *said.others,
        house,
        f"-- \n{said.why}",
        *(f"{label}{colon}\n{url}" for label, url in foot),
    )
    html = page(
        "once.html",
        language=ours,
        workspace=house,
        subject=subject,
        preview=said.preview,
        paragraphs=paragraphs(body),
        links=said.links,
        others=said.others,
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


def _greeting(customer: Customer, language: Language) -> str:
    name = one_line(customer.first_name or "")
    if customer.email and customer.email.casefold() in name.casefold():  # an import may have put it there
        name = ""
    return say("hello_name", language, name=name) if name else say("hello", language)
