"""Segments: who belongs together by a rule over what is known of each.

`variables` is the table of what a rule may look at, `bounds` what its numbers keep to, `portraits` writes down what it
sees of one person, `reading` takes a definition. The same rule is asked in Python of one person's facts, and in SQL of
all portraits (`models/rule_sql.py`); a property test holds the two together.
"""

from vocapp.domain.segments.bounds import Bounds, check_bounds, out_of_bounds
from vocapp.domain.segments.portraits import Portrait, portrait_of
from vocapp.domain.segments.reading import ROOTS, Segment, SegmentSet, check_rule, read, read_set
from vocapp.domain.segments.variables import (
    COLUMNS,
    VARIABLES,
    Variable,
    age_in_days,
    find_variable,
    keeps_to_record,
    looks_at_time,
    microseconds,
)

__all__ = [
    "COLUMNS",
    "ROOTS",
    "VARIABLES",
    "Bounds",
    "Portrait",
    "Segment",
    "SegmentSet",
    "Variable",
    "age_in_days",
    "check_bounds",
    "check_rule",
    "find_variable",
    "keeps_to_record",
    "looks_at_time",
    "microseconds",
    "out_of_bounds",
    "portrait_of",
    "read",
    "read_set",
]
