"""The figures: what must be, by the rows; what is, by the product."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from bench.replay.playing import Played, Told
from bench.replay.reading import STREAMS, Seen, unhappy_of, without_clock
from bench.replay.rows import UNHAPPY, Rows

RESTED = frozenset({"rest_any", "rest_same_survey_invited", "rest_same_survey_answered"})


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    expected: Any
    seen: Any
    within: float = 0.0
    """How far a share or a mean may be off: what the API rounds away."""

    @property
    def holds(self) -> bool:
        if isinstance(self.expected, float) and isinstance(self.seen, int | float):
            return math.isclose(self.expected, self.seen, rel_tol=0, abs_tol=self.within or 1e-9)
        return bool(self.expected == self.seen)


def of_first_play(rows: Rows, played: Played) -> list[Figure]:
    """What was answered while the rows were told for the first time."""
    people, reviews = len(rows.customers), len(rows.reviews)
    return [
        Figure("customers made", {201: people}, played.customers),
        Figure("purchases accepted", _all_new(len(rows.orders)), played.purchases),
        Figure("invitations by purchases", 0, played.invited_by_purchases),
        Figure("deliveries accepted", _all_new(reviews), played.deliveries),
        Figure("invited by link", {201: reviews}, played.invited),
        Figure("outcomes of orders accepted", _all_new(len(rows.orders)), played.by_events),
        Figure("links, all different", reviews, len({url for _, url in played.links.values()})),
    ]


def of_second_play(rows: Rows, first: Played, second: Played) -> list[Figure]:
    """What was answered when the same rows were told again."""
    people, reviews = len(rows.customers), len(rows.reviews)
    return [
        Figure("again: customers", {200: people}, second.customers),
        Figure("again: purchases, all duplicates", Told(duplicates=len(rows.orders)), second.purchases),
        Figure("again: deliveries, all duplicates", Told(duplicates=reviews), second.deliveries),
        Figure("again: invitations", {200: reviews}, second.invited),
        Figure(
            "again: the same ids and links", reviews, sum(second.links[key] == first.links[key] for key in first.links)
        ),
        Figure("again: deliveries by mail, all duplicates", Told(duplicates=reviews), second.mailed),
        Figure("again: outcomes, all duplicates", Told(duplicates=len(rows.orders)), second.by_events),
    ]


def of_state(rows: Rows, seen: Seen) -> list[Figure]:
    """What stands in the product once everything is done."""
    return [
        *_of_responses(rows, seen),
        *_of_alerts(rows, seen),
        *_of_mail(rows, seen),
        *_of_events_alone(rows, seen),
        *_of_export(rows, seen),
        Figure("counters rebuild --verify", "clean", "clean" if seen.counters_are_clean else "differences"),
    ]


def of_stillness(before: Seen, after: Seen, changed: dict[str, int]) -> list[Figure]:
    """What the second play left as it was; `changed` counts the lines behind the cursors kept from before."""
    same = {stream: _timeless(before, stream) == _timeless(after, stream) for stream in STREAMS}
    return [
        Figure("again: documents unchanged", dict.fromkeys(STREAMS, True), same),
        Figure("again: lines new in the export", dict.fromkeys(STREAMS, 0), changed),
        Figure("again: CSAT unchanged", before.csat, after.csat),
        Figure(
            "again: by events alone, nothing more",
            (before.told.lines, len(before.not_asked)),
            (after.told.lines, len(after.not_asked)),
        ),
    ]


def table(figures: Sequence[Figure]) -> str:
    """Write every figure with what was expected and what was seen."""
    wide = max(len(figure.name) for figure in figures)
    return "\n".join(
        f"{'holds' if figure.holds else 'FAILS':<6} {figure.name:<{wide}}  {_show(figure.seen)}"
        + ("" if figure.holds and figure.within == 0 else f"  (expected {_show(figure.expected)})")
        for figure in figures
    )


def verdict(figures: Sequence[Figure]) -> str:
    """Say it in one line."""
    wrong = [figure.name for figure in figures if not figure.holds]
    if not wrong:
        return f"replay: all {len(figures)} figures hold"
    return f"replay: FAILED, {len(wrong)} of {len(figures)} figures do not hold: {'; '.join(wrong)}"


def _of_responses(rows: Rows, seen: Seen) -> list[Figure]:
    responses = seen.responses
    happy = sum(n for score, n in rows.scores.items() if int(score) >= 4)
    given = {review.event_id: (review.score, review.comment or None) for review in rows.reviews}
    kept = {one["context"]["event_id"]: (one["scores"]["csat"], one["answers"].get("why")) for one in responses}
    return [
        Figure("responses, completed", len(rows.reviews), sum(one["status"] == "completed" for one in responses)),
        Figure("scores and comments as they were given", len(given), sum(kept.get(key) == given[key] for key in given)),
        Figure(
            "answers that are the score",
            len(given),
            sum(one["answers"]["csat"] == one["scores"]["csat"] for one in responses),
        ),
        Figure("CSAT by score, counted", rows.scores, {key: n for key, n in seen.csat["counts"].items() if n}),
        Figure("CSAT by score, exported", rows.scores, _sums(str(one["scores"]["csat"]) for one in responses)),
        Figure("CSAT top 2, %", 100 * happy / len(rows.reviews), seen.csat["top2"], within=0.005),
        *(
            Figure(
                f"mean where {'late' if late else 'not late'}, of {len(rows.scores_where(late=late))}",
                mean(rows.scores_where(late=late)),
                _mean(one["scores"]["csat"] for one in responses if one["context"]["properties"]["late"] is late),
            )
            for late in (True, False)
        ),
        Figure("comments scored", rows.commented, sum(one["sentiment"] is not None for one in responses)),
    ]


def _of_alerts(rows: Rows, seen: Seen) -> list[Figure]:
    signals: dict[str, list[str]] = defaultdict(list)
    for alert in seen.alerts:
        for move in alert["history"]:
            for kind in move["kinds"] if move["action"] in {"opened", "joined"} else ():
                signals[kind].append(move["response"])
    # The rows do not tell how a text reads: what the model found is shown apart, and must be what it claims to be.
    verbatim = signals["negative_verbatim"]
    behind = {one["id"] for one in seen.responses if one["scores"]["csat"] > UNHAPPY and _is_negative(one)}
    signalled = [response_id for alert in seen.alerts for response_id in alert["responses"]]
    return [
        Figure("low_csat signals", len(rows.unhappy), len(set(signals["low_csat"]))),
        Figure(
            "alerts with a low_csat", rows.unhappy_customers, sum("low_csat" in one["kinds"] for one in seen.alerts)
        ),
        Figure("negative_verbatim signals, behind a better score", len(verbatim), len(behind.intersection(verbatim))),
        Figure("signals in alerts, each once", len(rows.unhappy) + len(verbatim), len(set(signalled))),
        Figure(
            "customers with one open alert each",
            len(seen.alerts),
            len({one["customer"]["external_id"] for one in seen.alerts}),
        ),
    ]


def _of_mail(rows: Rows, seen: Seen) -> list[Figure]:
    first = Counter(one["decisions"][0]["status"] for one in seen.invitations)
    refused = [one for one in seen.invitations if one["decisions"][0]["status"] != "scheduled"]
    reasons = _sums(one["reason"] if one["reason"] in RESTED else f"not a rest: {one['reason']}" for one in refused)
    again = len(rows.reviews) - rows.reviewers
    return [
        Figure("e-mail: decided", len(rows.reviews), len(seen.invitations)),
        Figure("e-mail: accepted", rows.reviewers, first["scheduled"]),
        Figure("e-mail: refused", again, len(refused)),
        Figure("e-mail: refused for a rest", again, sum(n for reason, n in reasons.items() if reason in RESTED)),
        Figure("e-mail: sent", rows.reviewers, sum(one["status"] == "sent" for one in seen.invitations)),
    ]


def _of_events_alone(rows: Rows, seen: Seen) -> list[Figure]:
    """What the events alone would have told of those who turned out to be unhappy when they were asked."""
    missed = {order.id for order in rows.missed}
    reviewed = [review for review in rows.reviews if review.order.id in missed]
    right = sum(review.score <= UNHAPPY for review in reviewed)
    alerts = seen.told.state.values()
    alerted = {event.partition(":")[2] for alert in alerts for event in alert["events"]}
    scores = [(one["context"]["properties"]["order"], one["scores"]["csat"]) for one in seen.responses]
    unhappy = [order for order, score in scores if score <= UNHAPPY]
    held = sum(order in alerted for order in unhappy)
    saved = sum(one["reason"] == "by_event" for one in seen.not_asked)
    return [
        Figure("events alone: orders late or never delivered, in alerts", len(missed), len(alerted)),
        Figure("events alone: alerts opened", len({order.customer for order in rows.missed}), len(alerts)),
        Figure(
            "events alone: of all scores of 1 and 2 they hold, %",
            _percent(right, len(rows.unhappy)),
            _percent(held, len(unhappy)),
            within=0.005,
        ),
        Figure(
            "events alone: precision, % of those asked who gave 1 or 2",
            _percent(right, len(reviewed)),
            _percent(held, sum(order in alerted for order, _ in scores)),
            within=0.005,
        ),
        Figure("events alone: mails saved", sum(order.late for order in rows.orders), saved),
    ]


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _of_export(rows: Rows, seen: Seen) -> list[Figure]:
    figures = [
        Figure("export: customers", len(rows.customers), len(seen.exports["customers"].state)),
        Figure("export: events", len(rows.orders) + len(rows.reviews), len(seen.exports["events"].state)),
        Figure("export: consents", len(rows.customers), len(seen.exports["consents"].state)),
        Figure(
            "export: streams in order, no line twice", len(STREAMS), sum(one.in_order for one in seen.exports.values())
        ),
    ]
    unhappy = unhappy_of(seen.exports["customers"].state.values())
    joined = [one for one in seen.exports["memberships"].state.values() if one["status"] == "joined"]
    figures += [
        Figure("segment: members as profiles have them", unhappy, sorted(seen.members)),
        Figure("export: memberships, replayed", unhappy, sorted(one["customer"]["external_id"] for one in joined)),
    ]
    for stream, served in seen.served.items():
        exported = _timeless(seen, stream)
        got = {key: without_clock(document) for key, document in served.items()}
        same = sum(exported.get(key) == document for key, document in got.items())
        figures.append(Figure(f"export: {stream} as GET says", max(len(got), len(exported)), same))
    return figures


def _is_negative(response: dict[str, Any]) -> bool:
    return bool(response["sentiment"]) and response["sentiment"]["label"] == "negative"


def _timeless(seen: Seen, stream: str) -> dict[str, dict[str, Any]]:
    return {key: without_clock(document) for key, document in seen.exports[stream].state.items()}


def _all_new(n: int) -> Told:
    return Told(accepted=n)


def _sums(keys: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(keys).items()))


def _mean(values: Iterable[int]) -> float | None:
    found = list(values)
    return mean(found) if found else None


def _show(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, Told):
        return f"{value.accepted} accepted, {value.duplicates} duplicates, {value.refused} refused"
    if isinstance(value, dict):
        shown = ", ".join(f"{key}: {_show(item)}" for key, item in value.items())
        return shown if len(shown) <= 100 else f"{shown[:100]}…"
    if isinstance(value, list):
        return f"{len(value):,} of them"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
