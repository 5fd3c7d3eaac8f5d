"""The helpdesk of the soak: it takes signed webhooks, refuses a few, and knows afterwards what it was told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Self

from standardwebhooks.webhooks import Webhook

from tests.faults.stage import Stage
from tests.rig.receiver import Received, Receiver

OPENED = "alert.opened"
OUT_OF_ORDER = 503


class Desk(AbstractContextManager["Desk", None]):
    """`with Desk(stage) as desk:` is told of every alert of the workspace until the block ends."""

    def __init__(self, stage: Stage) -> None:
        self._receiver = Receiver().__enter__()
        hook = {"name": "Desk", "kind": "webhook", "target": self._receiver.url}
        made = stage.vocapp.api.request("POST", "/api/v1/notifiers", json_body=hook).expect(201).json()
        self._signs = Webhook(made["secret"])
        self._api, self._path = stage.vocapp.api, f"/api/v1/notifiers/{made['id']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._api.request("DELETE", self._path)
        self._receiver.__exit__(None, None, None)

    def refuse(self, times: int) -> None:
        """Answer so many of the next calls as a server does that is being restarted."""
        self._receiver.script += [OUT_OF_ORDER] * times

    def told_of(self, alerts: Collection[str]) -> tuple[list[str], str]:
        """Return what is wrong, and a word on what was received: each alert at least once, under one id."""
        wrong: list[str] = []
        ids: dict[str, set[str]] = defaultdict(set)
        calls = 0
        for got in list(self._receiver.received):
            if not self._is_signed(got):
                wrong.append(f"a message that is not signed as it should be: {got.headers}")
                continue
            document: dict[str, Any] = got.json
            if document["type"] == OPENED:
                calls += 1
                ids[document["data"]["alert"]["id"]].add(got.headers["webhook-id"])
        wrong += [f"the desk never heard of alert {alert}" for alert in alerts if not ids[alert]]
        wrong += [f"the desk heard of alert {alert} as {len(one)} events" for alert, one in ids.items() if len(one) > 1]
        shared = sum(map(len, ids.values())) - len(set().union(*ids.values()))
        wrong += [f"{shared} event ids stand for more than one alert"] if shared else []
        heard = sum(bool(ids[alert]) for alert in alerts)
        return wrong, f"the desk heard of {heard} alerts in {calls} signed calls"

    def _is_signed(self, got: Received) -> bool:
        """Ask the package itself for the signature: its verifier refuses what is older than five minutes."""
        at = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
        expected = self._signs.sign(got.headers["webhook-id"], at, got.body.decode())
        return expected in got.headers["webhook-signature"].split()
