"""The doctor's nightly look. It goes on at the next tick where the database is great: nobody's answer waits for it."""

from __future__ import annotations

import time

import structlog

from vocapp.jobs import job
from vocapp.models import database_now, snapshot, transaction
from vocapp.models.looking import looking
from vocapp.services.checking import base, recording
from vocapp.services.checking.examining import Finding, examine

BEGIN_SECONDS = 5.0
"""After this no further check is begun: others wait in this queue."""
LONGEST_SECONDS = 20.0
"""No look takes longer: with one worker the sentiments wait for it, and they are promised within 40 seconds."""

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
            left = LONGEST_SECONDS - passed
            [found] = examine(look=look, seconds=left, monotonic=time.monotonic, checks=[check])
            if findings and found.status == "unknown":
                break  # it had what the others left of the time: at the next tick it comes first, and has all of it
            findings.append(found)
    for one in findings:
        if one.status == "wrong":
            log.error("promise broken", check=one.check.key, wrong=one.n, ids=one.ids)
        elif one.status == "unknown":
            log.warning("promise not looked at", check=one.check.key, why_unknown=one.why_unknown)
    with transaction():
        recording.record(findings=findings, now=now)
