"""What must be read again but not lie open: webhook addresses, signing secrets, and where readers of a list stand.

Encrypted under a key made of SECRET_KEY: a copy of the database alone gives no secret away. A place in a list is
sealed so that the same place looks the same (AES-SIV, RFC 5297): a text that is another one each time would tell as
little, but nobody could see that nothing has changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


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


def seal_place(place: bytes, *, secret: bytes, bound: bytes) -> bytes:
    """Return a place (some bytes) sealed, 16 bytes longer: always the same for what it is `bound` to."""
    return _siv(secret).encrypt(place, [bound])


def unseal_place(sealed: bytes, *, secret: bytes, bound: bytes) -> bytes:
    """Return the place that was sealed for this. Raises Unreadable."""
    try:
        return _siv(secret).decrypt(sealed, [bound])
    except (InvalidTag, ValueError) as error:
        raise Unreadable("not sealed for this, or under another SECRET_KEY") from error


def _siv(secret: bytes) -> AESSIV:
    return AESSIV(hmac.digest(secret, b"vocapp places 1", hashlib.sha512))


def _fernet(secret: bytes) -> Fernet:
    key = hmac.digest(secret, b"vocapp sealing 1", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key))
