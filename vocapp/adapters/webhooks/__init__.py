"""Requests to addresses that somebody typed in: where they may go (`targets.py`), and how they are made (`posting.py`).

target = read_target("https://hooks.example.com/T1")         # no network
check(target, allowed=…)                                     # when it is kept: the name is looked up
post(target, body, headers, allowed=…, seconds=10)           # looked up again, and only that address is called
"""

from vocapp.adapters.webhooks.posting import Answer, Unreachable, post
from vocapp.adapters.webhooks.targets import Target, TargetRefused, check, read_target

__all__ = ["Answer", "Target", "TargetRefused", "Unreachable", "check", "post", "read_target"]
