"""What became of a message: which of two words stands, and which codes mean that an address is dead."""

from __future__ import annotations

from itertools import permutations

import pytest

from vocapp.domain.delivery import further, graver, is_dead_address, status_code

KINDS = (
    "processed",
    "deferred",
    "delivered",
    "blocked",
    "dropped",
    "bounced",
    "complained",
    "unsubscribed",
    "unwanted",
)


def test_the_order_in_which_things_are_heard_does_not_matter() -> None:
    for told in permutations(KINDS, 4):
        ends = set()
        for heard in (told, told[::-1], told * 3):
            standing: str | None = None
            for kind in heard:
                standing = further(standing, kind)
            ends.add(standing)
        assert len(ends) == 1


def test_a_complaint_says_that_it_arrived_and_a_bounce_that_it_did_not() -> None:
    assert further("processed", "complained") == "delivered"
    assert further("processed", "unwanted") == "dropped"
    assert further("bounced", "delivered") == "bounced"
    assert further("delivered", "bounced") == "bounced"


def test_of_two_reasons_the_graver_stands() -> None:
    assert graver(None, "bounce") == "bounce"
    assert graver("complaint", "bounce") == "complaint"
    assert graver("bounce", "complaint") == "complaint"
    assert graver("bounce", "manual") == "bounce"


@pytest.mark.parametrize("code", ["5.1.1", "5.1.0", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.0.0", "5.2.1", "5.4.4"])
def test_a_dead_address_is_dead(code: str) -> None:
    assert is_dead_address(status_code(f"550 {code} gone"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "code", ["4.1.1", "4.2.2", "4.4.1", "4.7.1", "2.0.0", "5.1.7", "5.1.8", "5.2.2", "5.2.3", "5.3.4", "5.4.1", "5.5.0",
             "5.6.0", "5.7.1", "5.7.26", "5.7.515"]
)  # fmt: skip
def test_what_may_pass_is_no_dead_address(code: str) -> None:
    assert not is_dead_address(status_code(code))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "no code", "6.1.1", "15.1.1x", "5.1", "5.1.1.1.1x" * 0])
def test_what_is_no_code_is_none(text: str) -> None:
    assert status_code(text) is None
