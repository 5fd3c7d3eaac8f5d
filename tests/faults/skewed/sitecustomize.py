"""Python reads this at its start where it stands on the path: a process whose clock is wrong by FAULTS_SKEW_SECONDS."""

from __future__ import annotations

import datetime as dt
import os
import time
from typing import Any

_SKEW = float(os.environ.get("FAULTS_SKEW_SECONDS", "0"))


class _Meta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _RIGHT)


_RIGHT = dt.datetime


class _Skewed(_RIGHT, metaclass=_Meta):
    def __new__(cls, *words: Any, **named: Any) -> dt.datetime:
        return _RIGHT(*words, **named)  # what is made is of the usual kind: C code knows no other

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
        return _RIGHT.now(tz) + dt.timedelta(seconds=_SKEW)

    @classmethod
    def utcnow(cls) -> dt.datetime:
        return _RIGHT.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(seconds=_SKEW)


if _SKEW:
    right_time = time.time
    time.time = lambda: right_time() + _SKEW
    dt.datetime = _Skewed  # type: ignore[misc]
