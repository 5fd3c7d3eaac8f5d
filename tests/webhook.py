"""SendGrid as a caller of its event webhook: a key of its own, events as it writes them, bodies signed as it signs."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PATH = "/webhooks/sendgrid/events"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


@dataclass
class Signer:
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> str:
        return base64.b64encode(
            self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode()

    def headers(self, body: bytes, at: datetime) -> dict[str, str]:
        stamp = str(int(at.timestamp()))
        signed = self.private.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {SIGNATURE: base64.b64encode(signed).decode(), TIMESTAMP: stamp, "Content-Type": "application/json"}

    def post(self, client: Any, events: list[dict[str, Any]], at: datetime) -> Any:
        body = written(events)
        return client.post(PATH, data=body, headers=self.headers(body, at))


def written(events: list[dict[str, Any]]) -> bytes:
    """Write events as SendGrid does: CRLF between them, and behind the last."""
    return b"[" + b",\r\n".join(json.dumps(one, separators=(",", ":")).encode() for one in events) + b"]\r\n"


def told(event: str, mail_id: UUID | str | None, at: datetime, **more: Any) -> dict[str, Any]:
    """Make one event about a message; with `mail_id=None` it carries no argument of ours."""
    plain = {
        "event": event,
        "timestamp": int(at.timestamp()),
        "email": "ada@example.test",
        "sg_event_id": uuid4().hex,
        "sg_message_id": f"{uuid4().hex[:22]}.recvd-1.0",
        "smtp-id": "<x@geopod-ismtpd-1>",
        **({} if mail_id is None else {"vocapp_id": str(mail_id)}),
    }
    return {name: value for name, value in {**plain, **more}.items() if value is not None}
