"""A group beside everybody else, and a median with its interval."""

from __future__ import annotations

from random import Random

from vocapp.domain.crossing import Scored, crossed, median_of


def test_each_group_is_set_against_those_who_do_not_belong_to_it():
    answers = [
        *(Scored(10, {"persona": ["loyal"], "segment": ["all", "best"]}) for _ in range(60)),
        *(Scored(2, {"persona": ["hurried"], "segment": ["all"]}) for _ in range(40)),
        *(Scored(8, {"persona": [], "segment": ["all", "rare"]}) for _ in range(5)),
    ]
    found = {(one["by"], one["key"]): one for one in crossed("nps", answers)}
    assert list(found) == [
        ("persona", "loyal"),
        ("persona", "hurried"),
        ("segment", "all"),
        ("segment", "best"),
        ("segment", "rare"),
    ]
    loyal = found["persona", "loyal"]
    assert (loyal["value"], loyal["n"], loyal["others"]["n"]) == (100.0, 60, 45)
    assert loyal["apart"]["clear"]
    assert loyal["apart"]["value"] > 180
    assert found["segment", "all"]["apart"] is None, "nobody is left beside it"
    assert found["segment", "rare"]["value"] is None
    shares = crossed("csat", [Scored(5 if n % 2 else 1, {"persona": ["a"]}) for n in range(20)])
    assert (shares[0]["value"], shares[0]["others"]["n"]) == (50.0, 0)


def test_a_median_lies_in_its_interval_which_holds_the_truth_as_often_as_it_says():
    assert median_of([3.0] * 9)["median"] is None
    # the published ranks for 25 values at 95 %: from the 8th to the 18th
    found = median_of([float(n) for n in range(1, 26)])
    assert (found["median"], found["interval"]["low"], found["interval"]["high"]) == (13.0, 8.0, 18.0)
    chance, held = Random(5), 0
    for _ in range(400):
        values = [chance.expovariate(1 / 60) for _ in range(chance.choice((10, 40, 300)))]
        found = median_of(values)
        held += found["interval"]["low"] <= 60 * 0.6931 + 0.05 and found["interval"]["high"] >= 60 * 0.6931 - 0.05
    assert held >= 0.94 * 400
