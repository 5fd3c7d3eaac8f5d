"""Passwords whose hash costs next to nothing: what makes one dear is no matter of those who only log in."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from vocapp.services import staff


def make_passwords_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash and verify in a thousandth of the time, until the end of `monkeypatch`."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(staff, "_hasher", cheap)
    monkeypatch.setattr(staff, "_nobodys_hash", lambda: cheap.hash("nobody"))
