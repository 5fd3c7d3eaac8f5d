"""An alert as those see it who see some places: by what was said and done there, and by nothing of elsewhere.

A customer who is unhappy at two places has one alert, so that they are called once. Its place's team calls; that more
was said elsewhere makes it more urgent, and that is all of it that they learn (docs/decisions/016).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from vocapp.domain import urgency
from vocapp.domain.alerts import OPEN
from vocapp.domain.urgency import Reason
from vocapp.models import Alert, AlertMove, Event, Response, Signal, db
from vocapp.services.ageing import urgency_of
from vocapp.services.counting import scores_given


class _Told(NamedTuple):
    """One signal of an alert."""

    response_id: UUID
    event: str | None
    """By which id the event was told; None: it is a response."""
    place: str | None
    kinds: list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """What of an alert is for those who ask."""

    responses: list[UUID]
    """The oldest first."""
    events: list[str]
    """By the ids by which they were told."""
    kinds: list[str]
    severity: int
    """How bad it is by these alone."""
    elsewhere: frozenset[str]
    """What was told at other places, as its history names it: ids of responses, and of events."""

    def history_of(self, moves: Iterable[AlertMove]) -> list[AlertMove]:
        """Leave out of an alert's history what was told elsewhere."""
        return [one for one in moves if (one.details.get("response") or one.details.get("event")) not in self.elsewhere]

    def reason_of(self, alert: Alert, history: Sequence[AlertMove]) -> str:
        """Return the scores or kinds that make it what it is; of the lines that are theirs, where these do not."""
        if not self.elsewhere:
            return alert.reason
        given = [one.details["reason"] for one in history if one.details.get("reason") and one.details.get("kinds")]
        return alert.reason if alert.reason in given else next(reversed(given), "")

    def reasons_of(self, alert: Alert) -> tuple[Reason, ...]:
        """Return why an alert has its priority."""
        severe, *others = urgency_of(alert).reasons(alert.value_figure, self.kinds)
        if self.severity < alert.severity:
            severe = severe._replace(because="elsewhere")
        return severe, *others


def parts_of(*, workspace_id: int, alerts: Sequence[Alert], places: Collection[str] | None) -> dict[UUID, Part]:
    """Return by alert what of it was told at these places; None: everywhere. In one statement, or two."""
    told: dict[UUID | None, list[_Told]] = defaultdict(list)
    rows = db.session.execute(
        select(Signal.alert_id, Signal.response_id, Event.key, Signal.place, Signal.kinds)
        .outerjoin(Event, (Event.workspace_id == Signal.workspace_id) & (Event.id == Signal.event_id))
        .where(Signal.workspace_id == workspace_id, Signal.alert_id.in_([one.id for one in alerts]))
        .order_by(Signal.raised_at, Signal.response_id)
    )
    for row in rows:
        told[row[0]].append(_Told(*row[1:]))
    severities = _severities(workspace_id, told, places) if places is not None else {}
    return {one.id: _part(one, told[one.id], places, severities.get(one.id)) for one in alerts}


def _part(alert: Alert, told: Sequence[_Told], places: Collection[str] | None, severity: int | None) -> Part:
    own = [one for one in told if places is None or not _is_elsewhere(one, places)]
    kinds = {kind for one in own for kind in one.kinds}
    return Part(
        [one.response_id for one in own if one.event is None],
        [one.event for one in own if one.event is not None],
        alert.kinds if severity is None else [kind for kind in alert.kinds if kind in kinds],
        alert.severity if severity is None else severity,
        frozenset(one.event or str(one.response_id) for one in told if one not in own),
    )


def _is_elsewhere(one: _Told, places: Collection[str]) -> bool:
    return one.place not in places


def _severities(
    workspace_id: int, told: Mapping[UUID | None, Sequence[_Told]], places: Collection[str]
) -> dict[UUID | None, int]:
    """Return how bad is what was told at these places, by alert: of those that something of elsewhere joined."""
    mixed = {alert_id: some for alert_id, some in told.items() if any(_is_elsewhere(one, places) for one in some)}
    if not mixed:
        return {}
    own = {alert_id: [one for one in some if not _is_elsewhere(one, places)] for alert_id, some in mixed.items()}
    ids = [one.response_id for some in own.values() for one in some]
    query = select(Response).where(Response.workspace_id == workspace_id, Response.id.in_(ids))
    scores = {response.id: scores_given(response) for response in db.session.scalars(query)}
    return {
        alert_id: max((urgency.severity(one.kinds, scores.get(one.response_id, {})) for one in some), default=1)
        for alert_id, some in own.items()
    }


def is_called_elsewhere(*, workspace_id: int, customer_id: UUID, places: Collection[str] | None) -> bool:
    """Say whether a customer who was unhappy at these places is to be called by the team of another one."""
    if places is None:
        return False
    query = (
        select(Alert.id)
        .join(Signal, (Signal.workspace_id == Alert.workspace_id) & (Signal.alert_id == Alert.id))
        .where(
            Alert.workspace_id == workspace_id,
            Alert.customer_id == customer_id,
            Alert.status.in_(OPEN),
            Signal.place.in_(list(places)),
            or_(Alert.place.is_(None), Alert.place.not_in(list(places))),
        )
    )
    return db.session.scalar(query.limit(1)) is not None
