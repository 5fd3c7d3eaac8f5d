"""Personal texts: Liquid over what is known of the customer, the event and the answers, and nothing else.

A survey's author writes templates, so templates are not trusted: no loops, no assignments, no includes, no clock, and
filters that cannot make much out of little. What a template costs is therefore bounded by its length. A text with a
missing value still reads well; a text that cannot be rendered loses its Liquid and keeps its words.
"""

from vocapp.domain.personalisation.checking import Flaw, check, default_wanted, flaws, lacks_default, variables
from vocapp.domain.personalisation.rendering import render
from vocapp.domain.personalisation.setting import well_set

__all__ = ["Flaw", "check", "default_wanted", "flaws", "lacks_default", "render", "variables", "well_set"]
