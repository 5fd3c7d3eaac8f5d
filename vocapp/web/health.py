"""How the machine asks after us: alive, ready, and in figures."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vocapp.models import autocommit, database_now
from vocapp.services import erasure_list, halting, watching
from vocapp.services.checking import recording

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """This process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """The database answers; whether facts are being followed up is shown, and makes nothing unready."""
    try:
        with autocommit().connect() as connection:
            connection.execute(text("select 1"))
        behind = watching.seconds_behind(now=database_now())
    except (DBAPIError, PoolTimeout):
        return jsonify(status="unavailable", database="unreachable"), 503, {"Retry-After": "5"}
    late = behind > watching.LATE_SECONDS
    return jsonify(status="degraded" if late else "ok", database="ok", queue="late" if late else "ok")


@blueprint.get("/metrics")
def figures() -> ResponseReturnValue:
    """Prometheus' text: facts waiting and the age of the oldest, mail by outcome, alerts by status."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE)


@blueprint.errorhandler(DBAPIError)
@blueprint.errorhandler(PoolTimeout)
def _unavailable(_error: DBAPIError | PoolTimeout) -> ResponseReturnValue:
    return Response("the database cannot be reached\n", 503, content_type=CONTENT_TYPE)


class _Figures:
    def collect(self) -> Iterable[Metric]:
        now = database_now()
        yield GaugeMetricFamily(
            "vocapp_oldest_due_fact_seconds",
            "Age of the oldest fact that is due.",
            value=watching.seconds_behind(now=now),
        )
        for name, about, label, counts in (
            ("vocapp_open_facts", "Facts not followed up yet, by kind.", "kind", watching.open_facts()),
            ("vocapp_failed_facts", "Facts given up, by kind.", "kind", watching.failed_facts()),
            ("vocapp_invitations", "Invitations by status.", "status", watching.invitations()),
            ("vocapp_mails", "Invitations by mail, by outcome.", "outcome", watching.mails()),
            ("vocapp_mail_halted", "What stops the mail, by reason.", "reason", halting.count_halts(now=now)),
            ("vocapp_mail_reports", "Reports of the mail provider.", "outcome", watching.mail_reports()),
            ("vocapp_suppressions", "Suppressed addresses by reason.", "reason", watching.suppressions()),
            ("vocapp_alerts", "Alerts by status.", "status", watching.alerts()),
        ):
            family = GaugeMetricFamily(name, about, labels=[label])
            for key, n in counts.items():
                family.add_metric([key], n)
            yield family
        unfinished, late = erasure_list.unfinished(now=now)
        for name, about, value in (
            ("vocapp_unfinished_erasures", "Erasures asked for and not done.", unfinished),
            ("vocapp_late_erasures", "Of these, those of 20 days or more: the law gives a month.", late),
        ):
            yield GaugeMetricFamily(name, about, value=value)
        yield from _doctor(recording.list_kept())


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
