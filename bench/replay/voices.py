"""Scores of two earlier tools, told with their days, and the figures that must be read back from them.

`nps` is a file of 14,224 scores over nineteen months; `marketplace` the reviews of the shop, each at the state its
customer lives in. Both go in as past answers, and come back by month and by place.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.replay.figures import Figure
from bench.replay.rows import DataMissing, Rows
from bench.replay.rows import read as read_marketplace
from tests.rig.http import HttpClient
from tests.rig.product import Product
from tests.rig.waiting import wait_until

BATCH = 1000
COUNTRY = "brazil"
LATE = "delivered_at after estimated_at = yes"
SETTLED_SECONDS = 120.0
WITHIN = 0.00006
"""What the API rounds away: it gives four places."""
FEWEST = 10
CONTENT = 4
"""A CSAT from here on is one of the two best."""


@dataclass(frozen=True, slots=True)
class Voices:
    scores: tuple[dict[str, str], ...]
    expected: dict[str, Any]
    """What was computed from the files apart from us."""
    marketplace: Rows


def read(folder: Path) -> Voices:
    """Read the files below the folder of all data. Raises DataMissing."""
    scores, expected = folder / "nps/nps_survey_20k.csv", folder / "EXPECTED.json"
    missing = [str(path) for path in (scores, expected) if not path.exists()]
    if missing:
        raise DataMissing(", ".join(missing))
    with scores.open(newline="", encoding="utf-8") as file:
        rows = tuple(csv.DictReader(file))
    return Voices(rows, json.loads(expected.read_text()), read_marketplace(folder / "commerce/olist"))


def tell(product: Product, voices: Voices, *, say: Callable[[str], None]) -> list[Figure]:
    """Tell everything twice, and return what must be and what is."""
    say(f"{len(voices.scores)} scores of an earlier tool …")
    nps = _open(product, "nps", "UTC", "nps")
    found = [*_told_twice(nps, [_score(row, number) for number, row in enumerate(voices.scores)], "NPS")]
    found += _of_nps(nps, voices.expected["nps_20k"])
    say(f"{len(voices.marketplace.reviews)} reviews, each at its place …")
    reviews = _open(product, "reviews", "America/Bahia", "csat")  # three hours behind, all year, as the file is read
    _make_places(reviews, voices.marketplace)
    found += _told_twice(reviews, [_review(one) for one in voices.marketplace.reviews], "CSAT")
    found += _of_csat(reviews, voices)
    say("what goes with a low score …")
    found += _of_drivers(reviews)
    for workspace in ("nps", "reviews"):
        told = product.command("counters", "rebuild", "--verify", "--workspace", workspace, check=False)
        found.append(
            Figure(f"counters of {workspace} rebuild --verify", "clean", "clean" if "clean" in told else "differences")
        )
    return found


def _open(product: Product, key: str, timezone: str, metric: str) -> HttpClient:
    product.command("workspace", "create", key, "--name", key, "--timezone", timezone, "--language", "en")
    secret = product.command("apikey", "create", "--name", "replay", "--workspace", key).strip()
    api = HttpClient(product.base_url, key=secret, seconds=120)
    survey = {
        "key": "asked_before",
        "title": "Asked before",
        "default_language": "en",
        "questions": [{"key": metric, "type": metric, "text": "How was it?"}],
    }
    api.put("/api/v1/surveys/asked_before", survey).expect(201)
    api.post("/api/v1/surveys/asked_before/publish").expect(200)
    return api


def _make_places(api: HttpClient, rows: Rows) -> None:
    api.put(f"/api/v1/places/{COUNTRY}", {"name": "Brasil", "kind": "brand"}).expect(201)
    for state in sorted({order.state for order in rows.orders}):
        api.put(f"/api/v1/places/{state}", {"name": state, "kind": "region", "parent": COUNTRY}).expect(201)


def _score(row: Mapping[str, str], number: int) -> dict[str, Any]:
    return {
        "id": f"row {number}",
        "survey": "asked_before",
        "answered_at": row["surveyed_at"],
        "customer": {"external_id": row["id"]},
        "answers": {"nps": int(row["score"])},
    }


def _review(review: Any) -> dict[str, Any]:
    return {
        "id": review.event_id,
        "survey": "asked_before",
        "answered_at": review.answered_at,
        "customer": {"external_id": review.order.customer},
        "place": review.order.state,
        "event": "order.delivered",
        "properties": review.properties,
        "answers": {"csat": review.score},
    }


def _told_twice(api: HttpClient, documents: Sequence[dict[str, Any]], name: str) -> Iterable[Figure]:
    for time, expected in (("", (len(documents), 0, 0)), ("again: ", (0, len(documents), 0))):
        seen = Counter[str]()
        for first in range(0, len(documents), BATCH):
            batch = {"past_answers": documents[first : first + BATCH]}
            reply = api.post("/api/v1/past-answers", batch).expect(200).json()
            seen.update({"accepted": reply["accepted"], "duplicates": reply["duplicates"]})
            seen["refused"] += len(reply["refused"])
        told = (seen["accepted"], seen["duplicates"], seen["refused"])
        yield Figure(f"{time}{name} told: accepted, duplicates, refused", expected, told)


def _of_nps(api: HttpClient, expected: Mapping[str, Any]) -> list[Figure]:
    found = api.get("/api/v1/metrics/nps", group_by="month").expect(200).json()
    months = {one["key"]: one for one in found["groups"]}
    return [
        *_nps_is("NPS of all", expected["all"], found, 0.006),  # written with two places there
        Figure("NPS: months", sorted(expected["by_month"]), sorted(months)),
        *(
            figure
            for month, values in expected["by_month"].items()
            for figure in _nps_is(f"NPS {month}", values, months.get(month, {}), WITHIN)
        ),
    ]


def _nps_is(name: str, expected: Mapping[str, Any], seen: Mapping[str, Any], within: float) -> list[Figure]:
    counts = ("promoters", "passives", "detractors")
    return [
        Figure(
            f"{name}: responses, promoters, passives, detractors",
            [expected["n"], *(expected[one] for one in counts)],
            [seen.get("responses"), *(seen.get(one) for one in counts)],
        ),
        Figure(name, expected["nps"], seen.get("nps"), within=within),
    ]


def _of_csat(api: HttpClient, voices: Voices) -> list[Figure]:
    expected, reviews = voices.expected["olist"], voices.marketplace.reviews
    whole = api.get("/api/v1/metrics/csat", place=COUNTRY).expect(200).json()
    figures = [
        Figure("CSAT of the country: responses", expected["reviews"], whole["responses"]),
        Figure("CSAT of the country: by score", expected["score_counts"], whole["counts"]),
        Figure("CSAT of the country: top 2, %", expected["csat_4_5_pct"], whole["top2"], within=WITHIN),
        Figure("CSAT of the country: mean", expected["mean"], whole["mean"], within=WITHIN),
    ]
    for group, key_of in (("place", lambda one: one.order.state), ("month", lambda one: one.answered_at[:7])):
        scores: dict[str, list[int]] = defaultdict(list)
        for review in reviews:
            scores[key_of(review)].append(review.score)
        reply = api.get("/api/v1/metrics/csat", group_by=group).expect(200).json()
        seen = {one["key"]: one for one in reply["groups"]}
        same = sum(_same(given, seen.get(key)) for key, given in scores.items())
        figures += [
            Figure(f"CSAT by {group}: the same {group}s", sorted(scores), sorted(seen)),
            Figure(f"CSAT by {group}: counts, top 2 and mean", len(scores), same),
        ]
    return figures


def _of_drivers(api: HttpClient) -> list[Figure]:
    """What goes with a low score: from dates that nobody explained, late delivery must come first."""
    asked = {"survey": "asked_before", "metric": "csat"}
    api.post("/api/v1/metrics/drivers", {**asked, "from": "2016-01-01"}).expect(202)

    def read() -> dict[str, Any]:
        found: dict[str, Any] = api.get("/api/v1/metrics/drivers", **asked).expect(200).json()
        return found

    wait_until(lambda: not read()["wanted"], SETTLED_SECONDS, every=0.5, what="the drivers are looked for")
    found = read()
    first = found["drivers"][0] if found["drivers"] else {}
    gap = first.get("difference", {"value": 0.0, "interval": {"low": 0.0, "high": 0.0}})
    low, high = gap["interval"]["low"], gap["interval"]["high"]
    return [
        Figure("drivers: what comes first", LATE, f"{first.get('factor')} = {first.get('level')}"),
        Figure(
            f"drivers: its interval, {low:+.1f} to {high:+.1f} points, is above zero and around its difference",
            "yes",
            "yes" if 0 < low < gap["value"] < high else "no",
        ),
        Figure("drivers: with it, low scores of how many", [80, 158], [first.get("low"), first.get("n")]),
    ]


def _same(given: Sequence[int], seen: Mapping[str, Any] | None) -> bool:
    """Say whether a figure is what its scores make it; of too few, that nothing is claimed."""
    if seen is None or {key: n for key, n in seen["counts"].items() if n} != Counter(str(one) for one in given):
        return False
    if len(given) < FEWEST:
        return seen["top2"] is seen["mean"] is seen["interval"] is None
    top = 100 * sum(one >= CONTENT for one in given) / len(given)
    mean = sum(given) / len(given)
    low, high = seen["interval"]["low"], seen["interval"]["high"]
    return abs(seen["top2"] - top) < WITHIN and abs(seen["mean"] - mean) < WITHIN and low <= seen["top2"] <= high
