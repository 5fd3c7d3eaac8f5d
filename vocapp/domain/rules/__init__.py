"""Rules: JsonLogic's shape, read strictly, so that one rule means the same in Python, in SQL and to its author.

Two-valued: a comparison with a missing value is false, whatever its operator, and so `!` of it is true. Nothing is
coerced: a boolean is no integer, `"4"` is no number, and a text is a date only through `date`. A rule is checked once,
when its definition is saved; after that `holds` never raises.

`checking` refuses what could not be meant, `evaluation` answers, `dates` reads dates, `thresholds` finds the figures
that may be turned, `syntax` is the shape they share.
"""

from vocapp.domain.rules.checking import Fault, check, escaped
from vocapp.domain.rules.dates import Moment, moment
from vocapp.domain.rules.evaluation import Facts, Reading, calculated, holds, reading_of
from vocapp.domain.rules.names import ODD, Roots, quoted
from vocapp.domain.rules.syntax import LARGEST_NUMBER, SMALLEST_NUMBER, arguments_of, name_of, variables
from vocapp.domain.rules.thresholds import Threshold, thresholds, with_threshold

__all__ = [
    "LARGEST_NUMBER",
    "ODD",
    "SMALLEST_NUMBER",
    "Facts",
    "Fault",
    "Moment",
    "Reading",
    "Roots",
    "Threshold",
    "arguments_of",
    "calculated",
    "check",
    "escaped",
    "holds",
    "moment",
    "name_of",
    "quoted",
    "reading_of",
    "thresholds",
    "variables",
    "with_threshold",
]
