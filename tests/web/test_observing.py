"""Each request has an id: our proxy's where it can be nothing else, else our own; told to whoever got an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.test import Client

from vocapp.logs import REQUEST_ID
from vocapp.web.latency import Latencies
from vocapp.web.observing import Observer

OURS = re.compile(r"[0-9a-f]{16}")
UUID = "0198c0de-0000-7000-8000-00000000c0de"


class Inside:
    """An application that answers as told, and remembers the id under which it was asked."""

    def __init__(self, status: str, body: Any = (b"",)) -> None:
        self.status, self.body = status, body
        self.seen: list[str | None] = []

    def __call__(self, _environ: Any, start_response: Any) -> Iterable[bytes]:
        self.seen.append(REQUEST_ID.get())
        if self.status == "raise":
            raise RuntimeError
        start_response(self.status, [])
        return self.body


def observed(inside: Inside, *, believes_ids: bool = True) -> tuple[Client, Latencies]:
    latencies = Latencies([], slots=1)
    return Client(Observer(inside, latencies, believes_ids=believes_ids)), latencies


@pytest.mark.parametrize(
    ("given", "believes", "kept"),
    [
        (UUID, True, True),
        ("0123456789abcdef" * 2, True, True),
        (UUID, False, False),
        ("ada@example.test", True, False),
        ("33611223399", True, False),
        (UUID + " ", True, True),  # HTTP itself takes white space off
        (UUID + "\tx", True, False),
        ("", True, False),
    ],
)
def test_only_what_can_be_nothing_but_an_id_is_taken_over(given: str, believes: bool, kept: bool) -> None:
    inside = Inside("503 Service Unavailable")
    client, _ = observed(inside, believes_ids=believes)
    reply = client.get("/", headers={"X-Request-ID": given.strip(" ")})
    assert reply.headers["X-Request-ID"] == inside.seen[0]
    assert (inside.seen[0] == given.strip(" ")) is kept
    assert kept or OURS.fullmatch(str(inside.seen[0]))
    assert REQUEST_ID.get() is None


def test_an_answer_counts_once_it_is_handed_over_whole_and_what_breaks_counts_as_500() -> None:
    client, latencies = observed(Inside("200 OK", (part for part in (b"a", b"b"))))
    reply = client.get("/")
    assert not list(latencies.read()), "it is still under way"
    assert reply.text == "ab"
    assert "X-Request-ID" not in reply.headers
    reply.close()
    assert next(latencies.read()).statuses == {"2xx": 1}
    client, latencies = observed(Inside("raise"))
    with pytest.raises(RuntimeError):
        client.get("/")
    assert next(latencies.read()).statuses == {"5xx": 1}
