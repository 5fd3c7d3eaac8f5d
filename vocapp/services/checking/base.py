"""What a check is: one promise, and the SQL that finds what breaks it. And what every check is given to look with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.types import Integer, String

from vocapp.domain import alerts
from vocapp.domain.contact_policy import PolicySettings
from vocapp.domain.questions import TYPES
from vocapp.domain.sentiment import CLEARLY
from vocapp.domain.value import ValueSettings
from vocapp.models import SurveyVersion, Workspace, db
from vocapp.models.feed import STREAMS
from vocapp.models.sql import Dialect, Statement
from vocapp.services import alert_rules, surveying
from vocapp.services.hearing_back import EVERYBODY

MOST_IDS = 5
GRACE = timedelta(seconds=300)
"""What is due or begun for less than this may still be on its way: a killed process costs up to two minutes."""
LOST = timedelta(hours=1)
"""A fact that was due this long ago is late even where somebody has just taken it up again."""
REMEMBERED = timedelta(days=29)
"""Facts that were followed up are forgotten after thirty days: whether something was announced can be seen so long."""
WEEKS_LOOKED_AT = timedelta(days=90)
"""A contact policy that was tightened since makes older weeks look wrong, and nothing can be done about them."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What breaks a promise in one workspace."""

    workspace_id: int
    n: int
    ids: tuple[str, ...]
    """Five at most, in their order: row ids, and never what a person is called or said."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the database: at whom, when, and all that the checks' SQL may name."""

    workspaces: dict[int, str]
    """Key by id."""
    now: datetime
    parameters: dict[str, Any]


class Check:
    """One promise. `sql` writes the statement that selects `workspace_id` and `id` (text) of all that breaks it.

    It may name the parameters of a `Look`: `workspaces` (to be read with `among`), `now`, `late`, `lost`…
    """

    def __init__(self, key: str, *, promise: str, advice: str, sql: Callable[[Dialect], str]) -> None:
        self.key = key
        self.promise = promise
        """A sentence that holds where nothing is wrong."""
        self.advice = advice
        """What an operator does where it doesn't."""
        self._statement = Statement(
            lambda d: _counted(sql(d)), {"workspace_id": Integer(), "id": String(), "n": Integer()}
        )

    def find(self, look: Look) -> list[Wrong]:
        """Return what breaks the promise, by workspace."""
        found: dict[int, tuple[int, list[str]]] = {}
        for workspace_id, row_id, n in self._statement.run(db.session.connection(), **look.parameters):
            found.setdefault(workspace_id, (n, []))[1].append(row_id)
        return [Wrong(workspace_id, n, tuple(ids)) for workspace_id, (n, ids) in sorted(found.items())]


def among(d: Dialect, column: str = "workspace_id") -> str:
    """Write the condition that a row belongs to one of the workspaces that are looked at."""
    return f"{column} in {d.values('workspaces', 'int')}"


def as_text(d: Dialect, expression: str) -> str:
    """Write a row's id as text."""
    return f"cast({expression} as text)" if d.postgresql else expression


def differs(d: Dialect, left: str, right: str) -> str:
    """Write the comparison for which a null is a value like any other."""
    return f"{left} is distinct from {right}" if d.postgresql else f"{left} is not {right}"


def questions(d: Dialect) -> str:
    """Write the table of the questions of every published version: `q`."""
    return d.rows(
        "questions",
        "q",
        workspace_id="int",
        survey_key="text",
        survey_version="int",
        question="text",
        place="int",
        metric="text",
        counted_as="text",
    )


def prepare(*, workspace_ids: Sequence[int] | None, now: datetime, grace: timedelta = GRACE) -> Look:
    """Read what the checks need to know beforehand: settings, surveys, tables of the domain. None: every workspace."""
    query = select(Workspace).order_by(Workspace.id)
    found = list(
        db.session.scalars(query if workspace_ids is None else query.where(Workspace.id.in_(list(workspace_ids))))
    )
    names = {one.id: one.key for one in found}
    effort_since = _effort_since()
    if workspace_ids is None:
        names[EVERYBODY] = "-"
    return Look(
        workspaces=names,
        now=now,
        parameters={
            "workspaces": list(names),
            "now": now,
            "late": now - grace,
            "lost": now - max(LOST, grace),
            "behind": now - max(GRACE, grace),
            "remembered": now - REMEMBERED,
            "weeks_from": now - WEEKS_LOOKED_AT,
            "policies": [_policy(one, now - grace) for one in found],
            "questions": [row for one in found for row in _questions(one.id)],
            "unhappy": [row for one in found for row in _unhappy(one, effort_since)],
            "clearly": CLEARLY,
            "moves": _MOVES,
            "actions": ["opened", *alerts.ACTIONS],
            "misses": alerts.MISSES_TO_GIVE_UP,
            "streams": list(STREAMS),
            "ledgers": [_ledger(one) for one in found],
        },
    )


def _counted(wrong: str) -> str:
    """Keep the first few of each workspace, and how many there are."""
    return f"""
        with wrong as ({wrong})
        select workspace_id, id, n from (
            select workspace_id, id, count(*) over (partition by workspace_id) as n,
                row_number() over (partition by workspace_id order by id) as place
            from wrong) as ranked
        where place <= {MOST_IDS} order by workspace_id, id
    """


def _policy(workspace: Workspace, late: datetime) -> dict[str, Any]:
    settings = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    return {
        "workspace_id": workspace.id,
        "cap": settings.cap,
        "days": settings.window_days,
        "left_before": late - settings.alert_grace,
    }


def _ledger(workspace: Workspace) -> dict[str, Any]:
    settings = ValueSettings.read(workspace.settings.get("value") or {})
    return {"workspace_id": workspace.id, "currency": settings.currency}


def _unhappy(workspace: Workspace, effort_since: datetime) -> list[dict[str, Any]]:
    """Return what makes a signal by itself under the rules in force, and since when: scores, clearly negative words.

    A rule that looks at more than one score can't be asked here; nor can what was decided under earlier rules.
    """
    rules = alert_rules.load(workspace_id=workspace.id, settings=workspace.settings)
    own = alert_rules.in_force_since(workspace_id=workspace.id, settings=workspace.settings)
    since = own or _EVER
    rows = [
        {
            "workspace_id": workspace.id,
            "metric": metric,
            "value": value,
            "since": effort_since if own is None and metric == "ces" else since,
        }
        for metric, value in rules.unhappy_scores()
    ]
    if alert_rules.heeds_negative_words(rules):
        rows.append({"workspace_id": workspace.id, "metric": "words", "value": 0, "since": since})
    return rows


def _effort_since() -> datetime:
    """Return from when on the rule about effort that ships has decided: it is younger than the others.

    It came together with the survey `apology`, which the first start of that version brought in. An installation with
    no survey older than that one has had the rule from its beginning.
    """
    first = select(func.min(SurveyVersion.published_at))
    since = db.session.scalar(first.where(SurveyVersion.key == _CAME_WITH_EFFORT))
    older = db.session.scalar(first)
    return since if since is not None and older is not None and older < since else _EVER


def unhappy(d: Dialect) -> str:
    """Write the table of what makes a signal by itself: `u`."""
    return d.rows("unhappy", "u", workspace_id="int", metric="text", value="int", since="timestamptz")


def _questions(workspace_id: int) -> list[dict[str, Any]]:
    versions = db.session.execute(
        select(SurveyVersion.key, SurveyVersion.version)
        .where(SurveyVersion.workspace_id == workspace_id)
        .order_by(SurveyVersion.key, SurveyVersion.version)
    ).all()
    rows = []
    for key, version in versions:
        survey = surveying.load_version(workspace_id=workspace_id, key=key, version=version)
        rows += [
            {
                "workspace_id": workspace_id,
                "survey_key": key,
                "survey_version": version,
                "question": question.key,
                "place": place,
                "metric": TYPES[question.type].metric,
                "counted_as": TYPES[question.type].counted_as,
            }
            for place, question in enumerate(survey.questions)
        ]
    return rows


_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_CAME_WITH_EFFORT = "apology"
_MOVES = [
    {"before": before, "action": action, "after": after}
    for action, table in alerts.MOVES.items()
    for before, after in table.items()
] + [
    {"before": "claimed", "action": "contact", "after": "claimed"},
    {"before": "new", "action": "claim", "after": "contacted"},
]
"""What the table of an alert's life allows; a miss leaves it claimed, and who comes back late is where they were."""
