"""The doctor's nightly look. It goes on at the next tick where the database is great: nobody's answer waits for it."""

from __future__ import annotations

import time

import structlog

from vocapp.jobs import job
from vocapp.models import database_now, snapshot, transaction
from vocapp.models.looking import looking
from vocapp.services.checking import base, recording
from vocapp.services.checking.examining import Finding, examine

BEGIN_SECONDS = 15.0
"""After this no further check is begun: others wait in this queue."""
LONGEST_SECONDS = 90.0
"""Less than a job may take."""

log = structlog.get_logger("vocapp.doctor")


@job
def check_up() -> None:
    """Look at the promises that were not looked at since last night, as many as there is time for."""
    with snapshot():
        now = database_now()
        due = recording.list_due(now=now)
    if not due:
        return
    begun = time.monotonic()
    findings: list[Finding] = []
    with looking():
        look = base.prepare(workspace_ids=None, now=now)
        for check in due:
            passed = time.monotonic() - begun
            if findings and passed > BEGIN_SECONDS:
                break
            findings += examine(look=look, seconds=LONGEST_SECONDS - passed, monotonic=time.monotonic, checks=[check])
    for one in findings:
        if one.status != "ok":
            log.error("promise broken", check=one.check.key, wrong=one.n, ids=one.ids, why_unknown=one.why_unknown)
    with transaction():
        recording.record(findings=findings, now=now)
