"""What the notifiers that post JSON share: how an answer is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from vocapp.adapters import webhooks
from vocapp.adapters.notifiers.news import Gone, Later, Never
from vocapp.adapters.webhooks import TargetRefused, Unreachable
from vocapp.adapters.webhooks.targets import Network

LONGEST_BODY = 20_000
"""Bytes; Standard Webhooks asks for less than 20 kB, Teams takes 28."""


def encode(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)


def deliver(url: str, body: bytes, headers: Mapping[str, str], *, allowed: Sequence[Network]) -> None:
    """Post JSON. Raises Later unless it was taken (2xx), Gone where nobody is there any more."""
    if len(body) > LONGEST_BODY:
        raise Never(f"the message has {len(body)} bytes, more than {LONGEST_BODY}")
    try:
        answer = webhooks.post(
            webhooks.read_target(url), body, {"Content-Type": "application/json", **headers}, allowed=allowed
        )
    except TargetRefused as refused:
        raise Later(f"not called: the address {refused}") from refused
    except Unreachable as error:
        raise Later(f"not reached: {error}") from error
    if answer.status == 410:
        raise Gone("answered 410: nobody is there any more")
    if not 200 <= answer.status < 300:
        raise Later(f"answered {answer.status}", answer.retry_after)
