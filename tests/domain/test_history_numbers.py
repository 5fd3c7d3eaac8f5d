"""Numbers of a spreadsheet: read by the mark that is named, and else only where there is one way to read them."""

from __future__ import annotations

import pytest

from vocapp.domain.history_numbers import read_number


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("12,5", None, 12.5), ("12.5", None, 12.5), ("1234", None, 1234), ("-0,125", None, -0.125),
        ("1234,567", None, 1234.567),
        ("1,234", ",", 1.234), ("1,234", ".", 1234), ("1.234,5", ",", 1234.5), ("1 234 567,8", ",", 1234567.8),
        ("-1,234.50", ".", -1234.5), ("1\u202f234", ",", 1234), ("7", ".", 7),
    ],
)  # fmt: skip
def test_a_number_is_read_in_the_one_way_there_is(cell: str, decimal: str | None, number: float) -> None:
    assert read_number(cell, decimal) == number


@pytest.mark.parametrize(
    ("cell", "decimal", "why"),
    [
        ("1,234", None, "two ways"), ("-12.500", None, "two ways"), ("1,23,4", None, "no number"),
        ("x", None, "no number"),
        ("1.234,5", ".", "before its decimals"), ("12,34", ".", "before its decimals"),
        ("", ",", "before its decimals"),
    ],
)  # fmt: skip
def test_what_reads_in_two_ways_or_in_none_is_refused(cell: str, decimal: str | None, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_number(cell, decimal)
