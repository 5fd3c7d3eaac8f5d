"""Personal texts: sensible where a value is missing, harmless whatever the template or the value."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from vocapp.domain.personalisation import check, lacks_default, render, variables
from vocapp.domain.personalisation.filters import FILTERS

ZOE = {
    "customer": {"first_name": "Zoé", "attributes": {"tier": "gold", "since": "2024-03-01"}},
    "event": {
        "place": "lyon",
        "properties": {
            "order": 4711, "total": 49.9, "late": True, "items": [{"name": "Lit"}, {"name": "Bureau"}],
            "colours": ["rouge", "bleu"],
        },
    },
    "answers": {"nps": 3},
}  # fmt: skip


def plain(source, facts=ZOE):
    return render(source, facts, html=False)


@pytest.mark.parametrize(
    ("source", "known", "unknown"),
    [
        ("{{ customer.first_name | default: 'Bonjour' }}, votre avis", "Zoé, votre avis", "Bonjour, votre avis"),
        ("Bonjour{% if customer.first_name %} {{ customer.first_name }}{% endif %}.", "Bonjour Zoé.", "Bonjour."),
        ("{% if answers.nps <= 6 %}Désolés.{% else %}Merci.{% endif %}", "Désolés.", "Merci."),
        ("{% unless event.properties.late %}À l’heure{% endunless %}", "", "À l’heure"),
        ("{% case event.place %}{% when 'lyon' %}Lyon{% else %}Ailleurs{% endcase %}", "Lyon", "Ailleurs"),
        ("n° {{ event.properties.order }}", "n° 4711", "n° "),
        ("{{ event.properties.total }} €", "49.9 €", " €"),
        ("{{ event.properties.items[0].name | downcase }}", "lit", ""),
        ("{{ event.properties.colours }}", "rouge, bleu", ""),
        ("{{ event.properties.colours | join: ' et ' | capitalize }}", "Rouge et bleu", ""),
        ("{{ event.properties.colours | size }}", "2", "0"),
        ("{{ event.properties.late }}", "", ""),
        ("{{ event.properties.items }}", "", ""),
        ("{{ customer.attributes.since | date: '%d/%m/%Y' }}", "01/03/2024", ""),
        ("{{ event.properties.order | plus: 1 | divided_by: 0 | default: '?' }}", "?", "?"),
        ("{{ event.properties.total | times: 2 | round }}", "100", ""),
        ("{{ customer.first_name | upcase | append: '!' | prepend: '¡' | truncate: 4 }}", "¡ZO…", "¡!"),
        ("Accolades { seules }", "Accolades { seules }", "Accolades { seules }"),
    ],
)
def test_a_text_reads_well_with_and_without_its_values(source, known, unknown):
    assert check(source) == []
    assert plain(source) == known
    assert plain(source, {}) == unknown


def test_a_name_of_white_space_is_no_name():
    for name in ("", "  ", None, False, [], {}):
        assert plain("{{ customer.first_name | default: 'Bonjour' }}", {"customer": {"first_name": name}}) == "Bonjour"
    assert plain("{{ answers.nps | default: 'rien' }}", {"answers": {"nps": 0}}) == "0"


def test_values_are_data_and_never_templates_or_markup():
    for name in ("{{7*7}}", "{{ config }}", "{% for i in (1..9) %}x{% endfor %}", "<script>alert(1)</script>", "a & b"):
        facts = {"customer": {"first_name": name}}
        assert plain("{{ customer.first_name }}", facts) == name
        assert "<" not in render("{{ customer.first_name }}", facts, html=True)
    assert render("a & b", {}, html=True) == "a &amp; b"


def test_html_is_marked_as_safe_once_it_is_escaped():
    text = render("<b>{{ customer.first_name }}</b>", {"customer": {"first_name": "<i>"}}, html=True)
    assert isinstance(text, Markup)
    assert text == "&lt;b&gt;&lt;i&gt;&lt;/b&gt;"


def test_a_value_stays_on_its_line_so_that_it_begins_no_header():
    facts = {"customer": {"first_name": "Zoé\r\nBcc: a@b.test\u2028\x00"}}
    text = plain("{{ customer.first_name }}, votre avis", facts)
    assert text == "Zoé  Bcc: a@b.test  , votre avis"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ 7*7 }}", "unexpected"),
        ("{{ config }}", 'unknown root "config"'),
        ("{{ now }}", 'unknown root "now"'),
        ("{{ customer }}", "is not known"),
        ("{{ customer.email }}", "does not stand in a text"),
        ("{{ customer.external_id }}", "does not stand in a text"),
        ("{{ customer.attributes }}", "is not known"),
        ("{{ event.properties[answers.key] }}", "write the name of the variable out"),
        ('{{ x|attr("__class__") }}', "expected"),
        ("{{ customer.first_name | safe }}", 'unknown filter "safe"'),
        ("{{ (1..9) }}", "range"),
        ("{% if (1..999999999) contains 'x' %}{% endif %}", "range"),
        ("{% for i in event.properties.items %}x{% endfor %}", "unexpected tag 'for'"),
        ("{% assign a = 1 %}", "unexpected tag 'assign'"),
        ("{% capture a %}{% endcapture %}", "unexpected tag 'capture'"),
        ("{% include 'secrets' %}", "unexpected tag 'include'"),
        ("{% render 'secrets' %}", "unexpected tag 'render'"),
        ("{% tablerow i in (1..9) %}{% endtablerow %}", "unexpected tag"),
        ("{% increment a %}", "unexpected tag"),
        ("{% if customer.first_name %}", "endif"),
        ("Bonjour {{ customer.first_name", "expected"),
        ("{{ customer.first_name }}" * 1000, "at most 20000"),
        ("{% if answers.a %}" * 30 + "{% endif %}" * 30, "nesting"),
        ("{{ answers.a" + "[answers.a" * 3000 + "]" * 3000 + "}}", ""),
    ],
)
def test_what_a_text_may_not_do_is_said_and_not_done(source, words):
    faults = check(source)
    assert faults
    assert any(words in fault for fault in faults), faults
    started = time.thread_time()  # which others on the machine do not lengthen
    text = plain(source)
    assert time.thread_time() - started < 0.5
    assert "secrets" not in text
    assert "49" not in text


def test_a_broken_template_keeps_its_words():
    assert plain("Bonjour {{ customer.first_name | safe }}, merci.") == "Bonjour , merci."
    assert plain("Bonjour {% for i in (1..999999) %}ha{% endfor %}") == "Bonjour ha"


def test_the_longest_text_stays_within_its_limit():
    facts = {"customer": {"first_name": "x" * 1_000_000}}
    assert len(plain("{{ customer.first_name }}", facts)) == 10_000
    assert len(plain("{{ customer.first_name }}" * 20, facts)) <= 100_000
    grown = "{{ customer.first_name" + " | append: customer.first_name" * 300 + " }}"
    assert len(plain(grown, facts)) <= 10_000


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{ customer.first_name | default: 'x' }}", []),
        ("{{ answers.a }} {{ event.place }} {{ answers.a }}", ["answers.a", "event.place"]),
        ("{{ customer.first_name | upcase }}", ["customer.first_name"]),
        ("{{ customer.first_name | upcase | default: 'x' }}", []),
        ("{{ 'Bonjour ' | append: customer.first_name }}", ["customer.first_name"]),
        ("{% if customer.first_name %}{{ customer.first_name }}{% endif %}", []),
        ("{% if customer.first_name != blank and answers.nps > 6 %}{{ customer.first_name }}{% endif %}", []),
        ("{% if customer.first_name %}a{% else %}{{ customer.first_name }}{% endif %}", ["customer.first_name"]),
        ("{% if answers.a %}a{% elsif event.place %}{{ event.place }}{{ answers.a }}{% endif %}", ["answers.a"]),
        ("{% if answers.nps > 6 %}Merci{% endif %}", []),
        ("Bonjour", []),
    ],
)
def test_a_value_without_anything_in_its_place_is_named(source, names):
    assert lacks_default(source) == names


def test_variables_are_all_names_of_a_text():
    source = "{% if answers.nps > 6 %}{{ event.properties.items[0].name | append: customer.first_name }}{% endif %}"
    assert variables(source) == {"answers.nps", "event.properties.items.0.name", "customer.first_name"}
    assert variables("Bonjour") == frozenset()


_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=6,
)
_FACTS = st.fixed_dictionaries({}, optional={
    "customer": st.one_of(_VALUES, st.fixed_dictionaries({"first_name": _VALUES})),
    "event": st.one_of(_VALUES, st.fixed_dictionaries({"properties": st.fixed_dictionaries({"a": _VALUES})})),
    "answers": _VALUES,
})  # fmt: skip
_NAMES = st.sampled_from(["customer.first_name", "event.properties.a", "answers.nps", "config", "'x'", "3", "1.5"])
_CHAINS = st.lists(
    st.tuples(st.sampled_from([*FILTERS, "nothing"]), st.lists(_NAMES, max_size=2)).map(
        lambda pair: f" | {pair[0]}" + (f": {', '.join(pair[1])}" if pair[1] else "")
    ),
    max_size=4,
).map("".join)
_PIECES = st.one_of(
    st.text(max_size=6),
    st.tuples(_NAMES, _CHAINS).map(lambda pair: "{{ " + pair[0] + pair[1] + " }}"),
    st.tuples(_NAMES, st.sampled_from(["==", "<", ">=", "contains", "and"]), _NAMES).map(
        lambda three: "{% if " + " ".join(three) + " %}a{% else %}b{% endif %}"
    ),
    st.sampled_from(["{{", "}}", "{%", "%}", "{% if a %}", "{% endif %}", "{% raw %}", "{% else %}"]),
)


@settings(deadline=None, max_examples=300)
@given(source=st.lists(_PIECES, max_size=5).map("".join), facts=_FACTS)
def test_no_template_and_no_value_ever_raises(source, facts):
    assert isinstance(render(source, facts, html=False), str)
    assert "<" not in render(source, facts, html=True)
    if not check(source):
        lacks_default(source)
        variables(source)
