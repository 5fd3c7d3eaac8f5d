"""The soak from its beginning to its end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from bench.replay.playing import listed as listed_by_api
from tests.faults.people import PAGE, stories
from tests.faults.scenario import Told
from tests.faults.soak import memory
from tests.faults.soak.desk import Desk
from tests.faults.soak.load import EVERY_UNHAPPY, Load
from tests.faults.soak.storm import Storm
from tests.faults.stage import NO_RESTS, Stage
from tests.journeys.story import publish

TEAM = "team@example.test"
CALM_SHARE = 0.1
"""Of the responses: given at the end while nobody dies, to see what memory does."""
MOST_SECONDS_BEHIND = 300
LEAST_CALM_FOR_MEMORY = 500


@dataclass(frozen=True)
class Size:
    responses: int = 10_000
    seconds: float = 480.0
    seed: int = 40


def soak(stage: Stage, size: Size) -> Told:
    """Let the storm blow while everybody answers; then a calm lap."""
    publish(stage.vocapp.api, PAGE)
    stories(stage)
    stage.policy(**NO_RESTS)
    body = {"alert_recipients": [TEAM]}
    stage.vocapp.api.request("PATCH", "/api/v1/settings", json_body=body).expect(200)
    load = Load(stage, size.responses)
    load.arrive()
    with Desk(stage) as desk:
        stormed, seconds, grown, blown = _let_it_blow(stage, size, load, desk)
        heard = _look(stage, load, desk)
    unhappy = len(range(0, size.responses, EVERY_UNHAPPY))
    unknown = stage.one("select count(*) from invitations where status = 'unknown'")
    held = ", ".join(f"{role} {first:.0f}→{last:.0f}" for role, (first, last) in sorted(grown.items()))
    books = stage.books
    return Told(
        f"{size.responses} responses, {unhappy} unhappy, {len(load.mailed)} mails ({unknown} unknown),"
        f" {stormed:.0f} s; {blown}."
        f" {books.turned_away} requests turned away, the longest wait {books.longest_away:.1f} s;"
        f" {heard}, the team was mailed twice of {_told_twice(stage)}. MB: {held}",
        seconds,
    )


def _let_it_blow(
    stage: Stage, size: Size, load: Load, desk: Desk
) -> tuple[float, float, dict[str, tuple[float, float]], str]:
    """Return the seconds of the storm, those until all was followed up, what memory did, and what has blown."""
    calm_from = round(size.responses * (1 - CALM_SHARE))
    began = time.monotonic()
    mailing = threading.Thread(target=load.mail, args=(size.seconds,))
    with Storm(stage, desk, size.seed) as storm:
        mailing.start()
        load.run(load.asked[:calm_from], 0, size.seconds)
        mailing.join()
    stormed = time.monotonic() - began
    stage.books.wrong += storm.wrong
    seconds = stage.settle(600)
    assert seconds < MOST_SECONDS_BEHIND, f"{seconds:.0f} s behind at the end"
    grown = _calm_lap(stage, load, calm_from)
    return stormed, seconds, grown, f"{sum(storm.blows.values())} blows (seed {size.seed}): {storm.told}"


def _calm_lap(stage: Stage, load: Load, calm_from: int) -> dict[str, tuple[float, float]]:
    rest = load.asked[calm_from:]
    warm = len(rest) * 3 // 10
    load.run(rest[:warm], calm_from, 0)
    stage.settle(300)
    before = memory.held(stage)
    load.run(rest[warm:], calm_from + warm, 0)
    stage.settle(300)
    grown = memory.growth(before, memory.held(stage))
    if len(rest) >= LEAST_CALM_FOR_MEMORY:
        stage.books.wrong += memory.faults_of(grown)
    return grown


def _look(stage: Stage, load: Load, desk: Desk) -> str:
    """Look at what only the soak can know: everybody answered, one signal each of those who are unhappy, and the team
    was told of them by mail and by webhook. Returns what the desk heard, in words."""
    answered = {customer: nps for (customer, _), nps in stage.books.completed.items()}
    scores = [answered.get(person["external_id"]) for person in load.asked]
    assert None not in scores, f"{scores.count(None)} people were never thanked"
    if load.unsure:
        stage.books.note(f"{load.unsure} submissions were answered 503, and their answers were kept")
    asked = [person["external_id"] for person in load.asked]
    of_those_asked = (
        " a join customers c on (c.workspace_id, c.id) = (a.workspace_id, a.customer_id) where c.external_id = any(%s)"
    )
    alerts = {str(row["id"]) for row in stage.rows("select a.id from alerts" + of_those_asked, asked)}
    unhappy = sum(score is not None and score <= 6 for score in scores)
    listed = len({alert["id"] for alert in listed_by_api(stage.vocapp.api, "/api/v1/alerts")} & alerts)
    told = len({mail.vocapp_id for mail in stage.peer.received if mail.to == TEAM})
    if not unhappy == len(alerts) == listed == told:
        stage.books.note(f"{unhappy} unhappy, {len(alerts)} alerts, {listed} of them listed, the team told of {told}")
    signals = stage.one("select count(*) from signals" + of_those_asked, asked)
    if signals != unhappy:
        stage.books.note(f"{unhappy} unhappy, and {signals} signals")
    wrong, heard = desk.told_of(alerts)
    stage.books.wrong += wrong
    return f"{signals} signals, {heard}"


def _told_twice(stage: Stage) -> int:
    told = [mail.vocapp_id for mail in stage.peer.received if mail.to == TEAM]
    return len(told) - len(set(told))
