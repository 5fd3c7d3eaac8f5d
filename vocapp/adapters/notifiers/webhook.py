"""A webhook for programs, signed as Standard Webhooks 1.0.0 says (standardwebhooks.com).

webhook-id: evt_018f…          the same in every attempt, and for every receiver
webhook-timestamp: 1774000000  of this attempt
webhook-signature: v1,BASE64   HMAC-SHA256 of `id.timestamp.body`; two while a secret is replaced
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from vocapp.adapters.notifiers.kinds import Kind, Means
from vocapp.adapters.notifiers.news import Never, News, Route
from vocapp.adapters.notifiers.posting import deliver, encode

PREFIX = "whsec_"
SECRET_BYTES = 32


class WebhookNotifier:
    def __init__(self, means: Means) -> None:
        self._allowed = means.allowed

    def tell(self, news: News, route: Route) -> None:
        """Post the document, signed for this attempt."""
        body = encode(news, lambda one: one.document)
        deliver(route, body, signed(news.id, body, route.secrets, at=route.at), allowed=self._allowed)


KIND = Kind(WebhookNotifier, signs=True, for_machines=True)


def signed(message_id: str, body: bytes, keys: Sequence[str], *, at: datetime) -> dict[str, str]:
    """Return the three headers. Raises Never where a secret can't be one."""
    stamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), stamp.encode(), body))
    signatures = [base64.b64encode(hmac.digest(_bytes_of(key), content, hashlib.sha256)).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }


def make_secret() -> str:
    """Return a new secret: `whsec_` and 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _bytes_of(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise Never("its secret can't be read") from error
