"""Whose link is this? Read before anything else, and answered by nobody's invitation where it is no link of ours.

A wrong link is then looked up and refused as a real one is whose person was erased: neither the page nor its time tells
that somebody was ever here. Nothing of what the caller wrote reaches the database.
"""

from __future__ import annotations

from uuid import UUID

from flask import Flask

from vocapp.domain.links import Purpose, read_token

NOBODYS = UUID(int=0)
"""An id that no invitation has."""


def invitation_of(app: Flask, purpose: Purpose, token: str) -> UUID:
    """Return the id of the invitation that a token was made for, or `NOBODYS`."""
    return read_token(app.config["SECRET_KEY"].encode(), purpose, token) or NOBODYS
