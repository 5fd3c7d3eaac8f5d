"""What must be read again but not lie open in the database: webhook addresses, which are secrets, and signing secrets.

Encrypted under a key made of SECRET_KEY: a copy of the database alone gives none of them away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


class Unreadable(Exception):
    """It was sealed under another SECRET_KEY: it must be given again."""


def seal(text: str, *, secret: bytes) -> str:
    """Return a text sealed: another one at every call."""
    return _fernet(secret).encrypt(text.encode()).decode()


def unseal(sealed: str, *, secret: bytes) -> str:
    """Return what was sealed. Raises Unreadable."""
    try:
        return _fernet(secret).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("sealed under another SECRET_KEY") from error


def _fernet(secret: bytes) -> Fernet:
    key = hmac.digest(secret, b"vocapp sealing 1", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key))
