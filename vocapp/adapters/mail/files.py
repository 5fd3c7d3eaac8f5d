"""Mail as files: each message whole, under its own name, for a laptop, a demo and the checks."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from uuid import UUID

from vocapp.adapters.mail.clock import now_utc
from vocapp.adapters.mail.outgoing import MailDeferred, OutgoingMail, Receipt
from vocapp.adapters.mail.wire import as_bytes

DRAFT_KEPT_SECONDS = 3600


class FilesMailer:
    """Writes `<message id>.eml` into one folder. The same message again changes nothing."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = now_utc) -> None:
        self._folder = folder
        self._drafts = folder / ".tmp"
        self._now = now
        self._ready = False

    def send(self, mail: OutgoingMail) -> Receipt:
        """Write the message. Raise MailDeferred if the disk would not have it."""
        target = self._path(mail.message_id)
        draft = self._drafts / f"{mail.message_id}.{secrets.token_hex(8)}"
        data = as_bytes(mail, sent_at=self._now())
        try:
            self._make_ready()
            if not target.exists():
                try:
                    with draft.open("xb") as file:
                        file.write(data)
                        file.flush()
                        os.fsync(file.fileno())
                    draft.replace(target)
                finally:
                    draft.unlink(missing_ok=True)
        except OSError as error:
            raise MailDeferred(f"the mail could not be written to the outbox folder: {error.strerror}") from error
        return Receipt(provider_message_id=target.name)

    def left(self, mail_id: UUID) -> bool | None:
        """Tell whether the file stands there."""
        return self._path(mail_id).exists()

    def forget(self, mail_ids: Collection[UUID]) -> None:
        """Delete the files, and drafts of attempts that were killed."""
        for mail_id in mail_ids:
            self._path(mail_id).unlink(missing_ok=True)
        wanted = {str(mail_id) for mail_id in mail_ids}
        for draft in self._drafts.iterdir() if self._drafts.exists() else ():
            if draft.name.partition(".")[0] in wanted:
                draft.unlink(missing_ok=True)

    def _path(self, mail_id: UUID) -> Path:
        return self._folder / f"{mail_id}.eml"

    def _make_ready(self) -> None:
        """Make the folders, and clear away the drafts of attempts that were killed: they hold people's addresses."""
        if self._ready:
            return
        self._drafts.mkdir(parents=True, exist_ok=True)
        oldest = time.time() - DRAFT_KEPT_SECONDS
        for draft in self._drafts.iterdir():
            if draft.stat().st_mtime < oldest:
                draft.unlink(missing_ok=True)
        self._ready = True
