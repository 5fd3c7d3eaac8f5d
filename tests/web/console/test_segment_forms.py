"""A rule as rows of a form, and back: whatever can't come back to the letter is shown as its text."""

from __future__ import annotations

import json
import random

import pytest
from werkzeug.datastructures import MultiDict

from tests.models.test_rule_sql import Rules
from vocapp.domain.rules import check
from vocapp.domain.segments import ROOTS
from vocapp.domain.segments.rows import rule_of, sketch_of
from vocapp.web.console.segments import forms

NPS, CSAT = {"<=": [{"var": "scores.nps"}, 6]}, {"known": "scores.csat"}
MONEY = {">=": [{"var": "value.basket_minor"}, 15_050]}
LIKES = "customer.attributes.likes"


def back(rule, *, by_list, language_has_comma=True):
    """Send the form of a kept rule as a browser would; gives the rule that is read from it."""
    form = forms.form_of(rule, currency="EUR", comma=language_has_comma)
    sent = MultiDict([("mode", form.mode), ("join", form.join), ("rule", form.text.replace("\n", "\r\n"))])
    for g, group in enumerate(form.groups):
        sent.add(f"g{g}.join", group.join)
        for r, row in enumerate(group.rows):
            at = f"g{g}.r{r}"
            sent.add(f"{at}.field", row.name)
            sent.add(f"{at}.was", row.name)
            sent.add(f"{at}.how", row.comparison)
            if row.chosen and (by_list or not row.typed):
                for one in row.chosen:
                    sent.add(f"{at}.choice", one)
            else:
                sent.add(f"{at}.value", row.typed)
    return form.mode, forms.read(forms.sent(sent), currency="EUR", kept=rule)


def test_every_rule_comes_back_as_it_was_whether_typed_or_chosen():
    draw, modes = Rules(random.Random(7)), []
    while len(modes) < 1500:
        rule = draw.condition(2)
        if check(rule, roots=ROOTS):
            continue
        for by_list in (True, False):
            mode, again = back(rule, by_list=by_list, language_has_comma=by_list)
            assert json.dumps(again) == json.dumps(rule)
        modes.append(mode)
    assert 150 < modes.count("rows") < 1400


@pytest.mark.parametrize(
    ("rule", "mode"),
    [
        (NPS, "rows"),
        (MONEY, "rows"),
        ({"and": [NPS]}, "text"),
        ({"and": [NPS, {"or": [CSAT, NPS]}, CSAT]}, "rows"),
        ({"or": [{"and": [NPS, CSAT]}, {"and": [CSAT, MONEY]}]}, "rows"),
        ({"and": [{"and": [NPS, CSAT]}, NPS]}, "text"),
        ({"!": {"and": [NPS, CSAT]}}, "text"),
        ({">=": [{"var": "value.basket_minor"}, 15_050.5]}, "rows"),
        ({"==": [{"var": LIKES}, "4"]}, "rows"),
        ({"==": [{"var": LIKES}, 4]}, "rows"),
        ({"==": [{"var": LIKES}, True]}, "rows"),
        ({"==": [{"var": LIKES}, ' "tea" ']}, "text"),
        ({"in": [{"var": LIKES}, ["a, b", "4", 4, False, "c"]]}, "rows"),
        ({"==": [{"var": "customer.first_name"}, " Ada"]}, "text"),
        ({"==": [{"var": "customer.first_name"}, ""]}, "text"),
        ({"==": [{"var": "consent.surveys"}, False]}, "rows"),
        ({"in": ["/south/", {"var": "place.path"}]}, "rows"),
        ({"<": [{"date": {"var": LIKES}}, {"date": "2026-03-01"}]}, "rows"),
        ({"<": [{"var": "scores.nps"}, {"var": "scores.csat"}]}, "text"),
        ({"and": [NPS] * 41}, "text"),
        (True, "text"),
    ],
)
def test_what_rows_can_say_and_what_they_cannot(rule, mode):
    assert not check(rule, roots=ROOTS)
    for by_list in (True, False):
        assert back(rule, by_list=by_list) == (mode, rule)


def test_rows_that_stand_side_by_side_are_one_group():
    sketch = sketch_of({"and": [NPS, CSAT, {"or": [NPS, CSAT]}, MONEY]})
    assert sketch is not None
    assert [(group.join, len(group.rows)) for group in sketch.groups] == [("and", 2), ("or", 2), ("and", 1)]
    assert rule_of(sketch) == {"and": [NPS, CSAT, {"or": [NPS, CSAT]}, MONEY]}


@pytest.mark.parametrize(
    ("how", "typed", "error"),
    [("at_most", "", "missing"), ("at_most", "six", "number"), ("at_most", "1e400", "number"),
     ("one_of", '7, "8', "number"),
     ("since", "2026-02-30", "value"), ("contains", "6", "value"), ("nonsense", "6", "")],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_said_beside_it(how, typed, error):
    sent = MultiDict([("g0.r0.field", "scores.nps"), ("g0.r0.how", how), ("g0.r0.value", typed)])
    form = forms.sent(sent)
    rule = forms.read(form, currency="EUR")
    if error in {"", "value"} and form.groups[0].rows[0].comparison == "at_least":
        return  # a comparison that the field does not have is replaced by one that it has
    assert rule is None
    assert form.groups[0].rows[0].error == error


def test_what_is_only_empty_is_not_marked_before_somebody_asks():
    form = forms.sent(MultiDict([("g0.r0.field", "scores.nps"), ("g0.r0.how", "at_most"), ("g0.r0.value", "")]))
    form.asked = False
    assert forms.read(form, currency="EUR") is None
    assert not form.is_marked
    form.asked = True
    assert form.is_marked


def test_what_was_typed_after_another_fact_was_chosen_stays():
    sent = MultiDict([("g0.r0.field", "value.basket_minor"), ("g0.r0.was", "scores.nps"), ("g0.r0.how", "at_least")])
    sent.add("g0.r0.value", "120,50")
    assert forms.sent(sent).groups[0].rows[0].typed == "", "it was said of the score"
    sent.add("g0.r0.typed", "3")
    assert forms.read(forms.sent(sent), currency="EUR") == {">=": [{"var": "value.basket_minor"}, 12_050]}
