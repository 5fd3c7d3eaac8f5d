"""What `/metrics` says: how the work stands, from the database and the queue, and how long requests take.

What counts whole tables is kept for a while, the longer the longer it took: a scrape every few seconds must not become
the largest piece of work of a large database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from flask import Flask, current_app
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from vocapp.adapters import queue_watch
from vocapp.config import EXTENSION, Settings
from vocapp.models import database_now
from vocapp.services import erasure_list, halting, watching
from vocapp.services.checking import recording
from vocapp.web import latency

KEPT_SECONDS = 15.0
MOST_OF_THE_TIME = 0.05
"""No more than this share of one processor goes into counting, however large the tables."""

Counts = Mapping[str, int]


class Counted(NamedTuple):
    """A gauge with one label, and how to count it."""

    name: str
    about: str
    label: str
    ask: Callable[[], Counts]


AT_EVERY_SCRAPE = (
    Counted("vocapp_failed_facts", "Facts given up, by kind.", "kind", watching.failed_facts),
    Counted(
        "vocapp_mail_halted",
        "What stops the mail, by reason.",
        "reason",
        lambda: halting.count_halts(now=database_now()),
    ),
    Counted("vocapp_surveys_held", "Surveys that send nothing, by reason.", "reason", watching.surveys_held),
)
"""Found by small indexes, or in small tables."""
KEPT = (
    Counted("vocapp_open_facts", "Facts not followed up yet, by kind.", "kind", watching.open_facts),
    Counted("vocapp_invitations", "Invitations by status.", "status", watching.invitations),
    Counted("vocapp_mails", "Invitations by mail, by outcome.", "outcome", watching.mails),
    Counted("vocapp_mail_reports", "Reports of the mail provider.", "outcome", watching.mail_reports),
    Counted("vocapp_suppressions", "Suppressed addresses by reason.", "reason", watching.suppressions),
    Counted("vocapp_alerts", "Alerts by status.", "status", watching.alerts),
    Counted("vocapp_promises", "Callbacks promised by status.", "status", watching.promises),
)
"""Whole tables."""


class KeptCounts:
    """The counts of whole tables, made anew when old; whoever comes while somebody counts gets the old ones."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._counting = threading.Lock()
        self._found: list[Counts] | None = None
        self._good_until = 0.0

    def read(self) -> list[Counts]:
        """Return the counts in the order of `KEPT`."""
        if self._found is not None and (self._monotonic() < self._good_until or self._counting.locked()):
            return self._found
        with self._counting:
            if self._found is None or self._monotonic() >= self._good_until:
                began = self._monotonic()
                self._found = [one.ask() for one in KEPT]
                ended = self._monotonic()
                self._good_until = ended + max(KEPT_SECONDS, (ended - began) / MOST_OF_THE_TIME)
            return self._found


def write() -> bytes:
    """Return Prometheus' text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures())
    return generate_latest(registry)


class _Figures:
    def collect(self) -> Iterable[Metric]:
        now = database_now()
        yield GaugeMetricFamily(
            "vocapp_oldest_due_fact_seconds",
            "Age of the oldest fact that is due.",
            value=watching.seconds_behind(now=now),
        )
        yield from (_gauge(one, one.ask()) for one in AT_EVERY_SCRAPE)
        yield from (_gauge(one, counts) for one, counts in zip(KEPT, _kept(current_app).read(), strict=True))
        unfinished, late = erasure_list.unfinished(now=now)
        for name, about, value in (
            ("vocapp_unfinished_erasures", "Erasures asked for and not done.", unfinished),
            ("vocapp_late_erasures", "Of these, those of 20 days or more: the law gives a month.", late),
        ):
            yield GaugeMetricFamily(name, about, value=value)
        yield from _doctor(recording.list_kept())
        yield from _queues(current_app)
        yield from _requests(current_app)


def _gauge(one: Counted, counts: Counts) -> Metric:
    family = GaugeMetricFamily(one.name, one.about, labels=[one.label])
    for key, n in counts.items():
        family.add_metric([key], n)
    return family


def _doctor(kept: list[recording.Kept]) -> Iterable[Metric]:
    wrong = GaugeMetricFamily("vocapp_doctor_wrong", "What breaks a promise, by check, last night.", labels=["check"])
    for one in kept:
        if one.status != "unknown":
            wrong.add_metric([one.check.key], one.n)
    yield wrong
    unknown = sum(one.status == "unknown" for one in kept)
    yield GaugeMetricFamily("vocapp_doctor_unknown", "Checks that could not be made, or not yet.", value=unknown)
    looked_at = [one.looked_at.timestamp() for one in kept if one.looked_at is not None]
    yield GaugeMetricFamily(
        "vocapp_doctor_last_run_timestamp_seconds",
        "When the check that waited longest was last made; 0: never.",
        value=min(looked_at, default=0.0),
    )


def _queues(app: Flask) -> Iterable[Metric]:
    settings: Settings = app.extensions[EXTENSION]
    seen = queue_watch.look(settings.redis_url, list(app.config["VOCAPP_QUEUES"]))
    yield GaugeMetricFamily("vocapp_queue_reachable", "Redis answers: 1, or 0.", value=int(seen is not None))
    depth = GaugeMetricFamily("vocapp_queue_depth", "Jobs that wait, by queue.", labels=["queue"])
    workers = GaugeMetricFamily("vocapp_queue_workers", "Workers that gave a sign of life, by queue.", labels=["queue"])
    if seen is not None:
        for queue, n in seen.depths.items():
            depth.add_metric([queue], n)
            workers.add_metric([queue], sum(worker.queue == queue for worker in seen.workers))
    yield depth
    yield workers


def _requests(app: Flask) -> Iterable[Metric]:
    took = HistogramMetricFamily(
        "vocapp_http_request_duration_seconds",
        "How long requests took until the answer was handed over, by route.",
        labels=["route", "method"],
    )
    answered = CounterMetricFamily(
        "vocapp_http_requests", "Requests answered, by route and class of status.", labels=["route", "method", "status"]
    )
    latencies: latency.Latencies = app.extensions[latency.KEPT_AS]
    for one in latencies.read():
        took.add_metric([one.route, one.method], one.buckets, one.seconds)
        for status, n in one.statuses.items():
            answered.add_metric([one.route, one.method, status], n)
    yield took
    yield answered


def _kept(app: Flask) -> KeptCounts:
    counts: KeptCounts = app.extensions.setdefault("vocapp_kept_counts", KeptCounts())
    return counts
