"""A mailer for tests: keeps what it was given and fails as told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from vocapp.adapters.mail.outgoing import MailError, MailOutcomeUnknown, OutgoingMail, Receipt


class FakeMailer:
    """Takes every message, or raises the next of `failures` first. `sent` is what really left, in order.

    `tells` is what `left` answers for what has not gone: False as files do, None as SMTP and SendGrid do.
    """

    def __init__(self, failures: Iterable[MailError | None] = (), *, tells: bool | None = None) -> None:
        self.sent: list[OutgoingMail] = []
        self.attempts: list[OutgoingMail] = []
        self.failures = list(failures)
        self.tells = tells

    def send(self, mail: OutgoingMail) -> Receipt:
        """Keep the message, or raise what the test asked for (after an unknown outcome it has left all the same)."""
        self.attempts.append(mail)
        failure = self.failures.pop(0) if self.failures else None
        if failure is None or isinstance(failure, MailOutcomeUnknown):
            self.sent.append(mail)
        if failure is not None:
            raise failure
        return Receipt(provider_message_id=f"fake-{mail.message_id}")

    def left(self, mail_id: UUID) -> bool | None:
        """Answer like a back end that knows (`tells=False`) or one that doesn't (`tells=None`)."""
        if self.tells is None:
            return None
        return any(mail.message_id == mail_id for mail in self.sent)

    def forget(self, mail_ids: Collection[UUID]) -> None:
        """Forget what was sent, as a folder of files does."""
        for mails in (self.sent, self.attempts):
            mails[:] = [mail for mail in mails if mail.message_id not in mail_ids]
