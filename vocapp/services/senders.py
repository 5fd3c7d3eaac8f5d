"""Who a workspace's mails are from, and where an answer to one goes. Not set: the installation's MAIL_FROM."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr
from typing import Any, Final

from vocapp.adapters.mail import MailError, OutgoingMail
from vocapp.models import Workspace, db, new_id
from vocapp.services import auditing
from vocapp.services.intake_values import ValueRefused, read_email, read_line
from vocapp.services.mail_layout import one_line, prose
from vocapp.services.mail_words import our_language

KEY: Final = "sender"
"""In the workspace's settings."""

LONGEST_NAME: Final = 100


class SenderRefused(ValueError):
    """What can't stand at the head of a mail: the field at fault, and a code of the reason."""

    def __init__(self, field: str, code: str) -> None:
        self.field = field
        self.code = code
        super().__init__(f"{field}: {code}")


@dataclass(frozen=True, slots=True)
class Sender:
    name: str | None = None
    address: str | None = None
    reply_to: str | None = None


def sender_of(settings: Mapping[str, Any]) -> Sender:
    """Return what a workspace has set."""
    kept = settings.get(KEY) or {}
    return Sender(kept.get("name"), kept.get("address"), kept.get("reply_to"))


def line_of(settings: Mapping[str, Any], default: str) -> str:
    """Return the sender as a mail names it, `"Name" <address>`; `default` is the installation's."""
    sender = sender_of(settings)
    own_name, own_address = parseaddr(default)
    name, address = sender.name or own_name, sender.address or own_address
    quoted = _QUOTED.sub(r"\\\g<0>", name)
    return f'"{quoted}" <{address}>' if name else address


def addressed(mail: OutgoingMail, settings: Mapping[str, Any]) -> OutgoingMail:
    """Return a mail with the address at which the workspace wants to be answered."""
    reply_to = sender_of(settings).reply_to
    return mail if reply_to is None else replace(mail, headers={**mail.headers, "Reply-To": reply_to})


def change_sender(
    *, workspace_id: int, name: str, address: str, reply_to: str, default: str, by: str, now: datetime
) -> Sender:
    """Set the three; an empty one is the installation's again. Raises SenderRefused."""
    sender = Sender(_name(name), _address("address", address), _address("reply_to", reply_to))
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update={"key_share": True})
    before = _document(sender_of(workspace.settings))
    settings = {**workspace.settings, KEY: {key: value for key, value in _document(sender).items() if value}}
    try:
        compose_test(
            settings=settings, to_address="somebody@vocapp.test", default=default, language="en", workspace_name=""
        )
    except MailError as error:
        raise SenderRefused("address", "email") from error
    workspace.settings = settings
    auditing.note_change(
        workspace_id=workspace_id, by=by, action="sender.changed", before=before, after=_document(sender), now=now
    )
    return sender


def compose_test(
    *, settings: Mapping[str, Any], to_address: str, default: str, language: str, workspace_name: str
) -> OutgoingMail:
    """Return a mail that shows how the workspace's mails arrive. Raises MailError where its sender can't be one."""
    ours = our_language(language)
    words = _TEST[ours]
    blocks = [line.format(workspace=one_line(workspace_name)) for line in words[1:]]
    mail = OutgoingMail(
        message_id=new_id(),
        to_address=to_address,
        to_name=None,
        sender=line_of(settings, default),
        subject=words[0],
        text=prose(*blocks),
        language=ours,
    )
    return addressed(mail, settings)


def _name(text: str) -> str | None:
    try:
        return read_line(text, LONGEST_NAME)
    except ValueRefused as refused:
        raise SenderRefused("name", "line") from refused


def _address(field: str, text: str) -> str | None:
    try:
        return read_email(text)
    except ValueRefused as refused:
        raise SenderRefused(field, "email") from refused


def _document(sender: Sender) -> dict[str, Any]:
    return {"name": sender.name, "address": sender.address, "reply_to": sender.reply_to}


_QUOTED = re.compile(r'["\\]')

_TEST: Final = {
    "fr": (
        "Essai d’expéditeur",
        "Bonjour,",
        "ce message vient d’être envoyé depuis les réglages de l’espace {workspace}.",
        "Regardez s’il est dans la boîte de réception ou parmi les indésirables, et qui s’affiche comme expéditeur.",
        "Répondez-y pour vérifier l’adresse de réponse.",
    ),
    "en": (
        "Sender test",
        "Hello,",
        "this message was sent just now from the settings of the workspace {workspace}.",
        "See whether it is in the inbox or among the spam, and who is shown as its sender.",
        "Reply to it to check the address for replies.",
    ),
}
