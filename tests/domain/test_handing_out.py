"""Handing out: to who is there, speaks the language and knows the matter; evenly; and never more than one can hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.handing_out import Caller, Calls, HandingOut, choose

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

callers = st.lists(
    st.builds(
        Caller,
        name=st.sampled_from(["Ana", "Ben", "Cleo", "Dan"]),
        calls=st.builds(
            Calls,
            languages=st.sampled_from([(), ("fr",), ("en",), ("fr", "en")]),
            skills=st.sampled_from([(), ("detractor",), ("support.closed", "low_csat")]),
            away=st.booleans(),
        ),
        held=st.integers(0, 4),
        last_at=st.sampled_from([None, NOW, NOW - timedelta(hours=1)]),
    ),
    max_size=4,
    unique_by=lambda one: one.name,
)


@given(
    team=callers,
    language=st.sampled_from([None, "fr", "fr-CA", "en-GB", "de"]),
    about=st.sets(st.sampled_from(["detractor", "low_csat", "support.closed", "order.delivered"]), min_size=1),
    most_each=st.integers(1, 4),
)
def test_whoever_is_chosen_fits_and_nobody_who_fits_is_passed_over_for_one_who_holds_more(
    team, language, about, most_each
):
    def fits(one):
        speaks = not one.calls.languages or language is None or language[:2] in one.calls.languages
        knows = not one.calls.skills or about & set(one.calls.skills)
        return one.held < most_each and not one.calls.away and speaks and knows

    found = choose(team, language=language, about=about, most_each=most_each)
    fitting = [one for one in team if fits(one)]
    assert (found is None) == (not fitting)
    if found is not None:
        assert found in fitting
        specialists = [one for one in fitting if about & set(one.calls.skills)]
        assert found.held == min(one.held for one in specialists or fitting)


@given(n=st.integers(0, 40), size=st.integers(1, 4))
def test_what_all_fit_is_spread_evenly(n, size):
    team = {name: Caller(name, Calls(), 0, None) for name in ("Ana", "Ben", "Cleo", "Dan")[:size]}
    for number in range(n):
        found = choose(team.values(), language="fr", about={"detractor"}, most_each=100)
        team[found.name] = found._replace(held=found.held + 1, last_at=NOW + timedelta(seconds=number))
    loads = [one.held for one in team.values()]
    assert max(loads) - min(loads) <= 1


def test_of_the_teams_the_nearest_comes_first():
    assert HandingOut.read({"teams": ["brand", "store"]}).teams_of(("store", "region", "brand")) == ("store", "brand")
    assert HandingOut().teams_of(("store", "region")) == ()


@pytest.mark.parametrize(
    ("read", "document", "named"),
    [
        (HandingOut.read, {"team": []}, "team"),
        (HandingOut.read, {"teams": [1]}, "teams"),
        (HandingOut.read, {"by": "lot"}, "by"),
        (HandingOut.read, {"most_each": 0}, "most_each"),
        (Calls.read, {"languages": "fr"}, "languages"),
        (Calls.read, {"skills": ["x" * 65]}, "skills"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(read, document, named):
    with pytest.raises(ValueError, match=f"^{named}: "):
        read(document)
