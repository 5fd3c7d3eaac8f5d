"""Ids of rows: UUIDv7, so that rows written together lie together."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Make an id that nobody can guess and that sorts by the time of its making."""
    return uuid7()
