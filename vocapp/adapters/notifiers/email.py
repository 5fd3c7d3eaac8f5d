"""The team is told by mail: by the mailer by which everything goes."""

from __future__ import annotations

from vocapp.adapters.mail import MailBlocked, MailDeferred, MailError, MailOutcomeUnknown
from vocapp.adapters.notifiers.kinds import Kind, Means
from vocapp.adapters.notifiers.news import Halted, Later, Never, News, NotTold, Perhaps, Route


class EmailNotifier:
    def __init__(self, means: Means) -> None:
        self._mailer = means.mailer

    def tell(self, news: News, route: Route) -> None:
        """Send the mail that the news brings; it names its recipient itself."""
        try:
            if isinstance(news.mail, MailError):
                raise news.mail
            if news.mail is None or news.mail.to_address != route.target:
                raise ValueError("news without a mail to this recipient")
            self._mailer().send(news.mail)
        except MailError as error:
            raise _as_ours(error) from error


KIND = Kind(EmailNotifier, by_mail=True)


def _as_ours(error: MailError) -> NotTold:
    if isinstance(error, MailDeferred):
        return Later(error.detail, error.retry_after)
    if isinstance(error, MailBlocked):
        return Halted(error.detail)
    return Perhaps(error.detail) if isinstance(error, MailOutcomeUnknown) else Never(error.detail)
