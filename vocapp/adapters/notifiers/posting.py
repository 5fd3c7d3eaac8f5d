"""What the notifiers that post JSON share: how long it may be, and how an answer is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from vocapp.adapters import webhooks
from vocapp.adapters.notifiers.news import Gone, Later, Never, News, Route, ever_shorter
from vocapp.adapters.webhooks import TargetRefused, Unreachable
from vocapp.adapters.webhooks.targets import Network

LONGEST_BODY = 20_000
"""Bytes; Standard Webhooks asks for less than 20 kB."""


def encode(news: News, lay_out: Callable[[News], Mapping[str, Any]], *, longest: int = LONGEST_BODY) -> bytes:
    """Return a message as JSON, as much of it as there is room for. Raises Never where even the least is too long."""
    for one in ever_shorter(news):
        body = orjson.dumps(lay_out(one), option=orjson.OPT_UTC_Z)
        if len(body) <= longest:
            return body
    raise Never(f"the message has more than {longest} bytes")


def deliver(route: Route, body: bytes, headers: Mapping[str, str], *, allowed: Sequence[Network]) -> None:
    """Post JSON. Raises Later unless it was taken (2xx), Gone where nobody is there any more."""
    try:
        answer = webhooks.post(
            webhooks.read_target(route.target),
            body,
            {"Content-Type": "application/json", **headers},
            allowed=allowed,
            now=lambda: route.at,
        )
    except TargetRefused as refused:
        raise Later(f"not called: the address {refused}") from refused
    except Unreachable as error:
        raise Later(f"not reached: {error}") from error
    if answer.status == 410:
        raise Gone("answered 410: nobody is there any more")
    if not 200 <= answer.status < 300:
        raise Later(f"answered {answer.status}", answer.retry_after)
