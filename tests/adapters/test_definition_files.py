"""Files of definitions: line and reason of every fault, and never a traceback."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vocapp.adapters.definition_files import Document, FileFault, check_files

GOOD = """\
key: visit
title: {fr: Votre visite, en: Your visit}
default_language: fr
questions:
  - key: nps
    type: nps
    text:
      fr: Nous recommanderiez-vous ?
      en: Would you recommend us?
"""
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{here}: &{here} [{','.join([f'*{before}'] * 10)}]\n" for before, here in zip("abcdefgh", "bcdefghi", strict=True)
)
"""A billion laughs."""


def written(tmp_path, text, name="visit.yaml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults_of(path):
    return check_files([path]).faults


def only_fault(tmp_path, text, name="visit.yaml"):
    (fault,) = faults_of(written(tmp_path, text, name))
    return fault


def test_a_good_file_has_nothing_to_mend(tmp_path):
    path = written(tmp_path, GOOD)
    checked = check_files([path])
    assert checked == ([Document(path, yaml.safe_load(GOOD), checked.documents[0].lines)], [], [])
    assert (checked.documents[0].kind, checked.documents[0].key) == ("survey", "visit")


def test_a_fault_names_file_line_and_reason(tmp_path):
    path = written(tmp_path, GOOD.replace("      en: Would you recommend us?\n", "") + "    ask_when: true\n")
    first, second = sorted(faults_of(path), key=lambda fault: fault.line)
    assert (first.path, first.line, first.pointer) == (path, 7, "/questions/0/text")
    assert first.detail == 'no text in "en"'
    assert second.line == 9
    assert 'did you mean "ask_if"?' in second.detail
    assert str(first) == f'{path}:7: no text in "en" [/questions/0/text]'


def test_a_fault_deep_in_a_rule_is_found_on_its_line(tmp_path):
    rule = """\
    ask_if:
      and:
        - known: answers.why
        - ">":
            - var: answers.nps
            - 3
"""
    (first, second) = faults_of(written(tmp_path, GOOD + rule))
    assert (first.line, first.pointer) == (12, "/questions/0/ask_if/and/0/known")
    assert second.line == 14


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD + "  bad: [\n", 10, "this is not YAML"),
        (GOOD.replace("title: {", "title: {{"), 3, "from line 2"),
        ("key: a\n\tb: c\n", 2, "this is not YAML"),
        ("key: *nothing\n", 1, "undefined alias"),
        ("a: \x01\n", 1, "0x0001"),
        (GOOD + "key: other\n", 10, 'the key "key" stands twice, first in line 1'),
        (GOOD.replace("nps\n    text", "nps\n    type: csat\n    text"), 7, "stands twice, first in line 6"),
        (GOOD.encode("latin-1").replace(b"Your", "é".encode("latin-1")), 2, "not UTF-8"),
        (GOOD.encode("utf-16"), 1, "not UTF-8"),
        ("", 0, "nothing in this file"),
        ("# only a comment\n", 0, "nothing in this file"),
        ("- key: a\n", 1, "a mapping with key"),
        ("just a text\n", 1, "a mapping with key"),
        (GOOD.replace("key: nps", "key: a.b"), 5, '"a.b" is no key'),
        (GOOD.replace("type: nps", "type: nps\n    required: yes"), 7, 'not the text "yes"'),
        (GOOD.replace("key: nps", "key: !!python/object:os.system x"), 5, "tag"),
        (GOOD.replace("key: nps", "? [a, b]\n    : c\n    key: nps"), 5, "a key is one word"),
        (GOOD + "priority: " + "9" * 5000, 10, "number cannot be read"),
        (GOOD + "thanks: &a [*a]\n", 10, "nested too deep"),
        (GOOD + "thanks: " + "[" * 5000 + "]" * 5000, 10, "nested too deep"),
        (GOOD + "priority: 1e400\n", 10, "number cannot be read"),
        (GOOD + "priority: " + "9" * 4000, 10, "number cannot be read"),
        (GOOD + '1: a\n"1": b\n', 11, "stands twice"),
        (GOOD + "!!binary a: b\n", 10, "a key is one word"),
        (LAUGHS, 1, "too often"),
        ("x: '" + "a" * 1_000_001 + "'", 0, "more than 1,000,000 bytes"),
    ],
)
def test_what_is_not_even_yaml_is_a_fault_on_its_line(tmp_path, text, line, words):
    faults = faults_of(written(tmp_path, text))
    assert any(fault.line == line and words in fault.detail for fault in faults), faults


def test_json_is_read_with_its_lines(tmp_path):
    document = yaml.safe_load(GOOD)
    for indent in (2, "\t"):
        assert faults_of(written(tmp_path, json.dumps(document, indent=indent), "visit.json")) == []
    document["questions"][0]["type"] = "npss"
    text = json.dumps(document, indent=2)
    fault = only_fault(tmp_path, text, "visit.json")
    assert text.splitlines()[fault.line - 1].strip().startswith('"type"')


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("{\n  'key': 1}", 2, "this is not JSON"),
        ('{\n"key": "a",\n"key": "b"}', 3, 'the key "key" stands twice'),
        ('{"priority": NaN}', 0, "NaN is no number"),
        ('{"a": {"key": 1},\n"b": {"key": 1,\n"key": 2}}', 3, "stands twice"),
        ('{"key": "a", "priority": 1e400}', 1, "number cannot be read"),
        ('{"key": "\\ud83d"}', 1, "is no key"),
        ("[" * 100_000, 0, "nested too deep"),
        ('{"key": ' + "9" * 5000 + "}", 0, "this is not JSON"),
        ('{"key": "\\ud83d\\ude00"}', 1, '"😀" is no key'),
    ],
)
def test_what_is_not_json_is_a_fault(tmp_path, text, line, words):
    faults = faults_of(written(tmp_path, text, "visit.json"))
    assert any(fault.line == line and words in fault.detail for fault in faults), faults


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    (fault,) = faults_of(tmp_path / "nothing.yaml")
    assert fault.line == 0
    assert str(fault).startswith(f"{tmp_path / 'nothing.yaml'}: this file cannot be read")


def test_a_folder_stands_for_its_yaml_files_and_a_key_is_taken_once(tmp_path):
    written(tmp_path, GOOD)
    written(tmp_path, GOOD, "visit_again.yaml")
    written(tmp_path, "{", "schema.json")
    (fault,) = faults_of(tmp_path)
    assert fault.path.name == "visit_again.yaml"
    assert 'already a survey "visit"' in fault.detail


def test_several_documents_stand_in_one_file(tmp_path):
    second = GOOD.replace("key: visit", "key: other").replace("type: nps", "type: np")
    (fault,) = faults_of(written(tmp_path, f"{GOOD}---\n{second}"))
    assert fault.line == 16


def test_warnings_are_told_apart(tmp_path):
    warned = written(tmp_path, GOOD + "thanks: Merci {{ customer.first_name }}\n")
    broken = written(tmp_path, "key: 1\n", "z.yaml")
    checked = check_files([warned, broken])
    assert {fault.path for fault in checked.faults} == {broken}
    (warning,) = checked.warnings
    assert (warning.line, warning.severity) == (10, "warning")
    assert str(warning).startswith(f"{warned}:10: warning: ")


def test_kinds_are_told_by_their_keys(tmp_path):
    for value, kind in (({"questions": [], "personas": []}, "survey"), ({"personas": []}, "personas"), ([], "survey")):
        assert Document(tmp_path, value).kind == kind


def test_one_set_of_personas_is_in_force(tmp_path):
    personas = "personas: [{key: a, name: A, criteria: [{when: {known: answers.nps}, weight: 1, because: x}]}]\n"
    written(tmp_path, personas, "a.yaml")
    assert only_fault(tmp_path, f"---\n{personas}---\n{personas}---\n", "b.yaml").line == 4
    assert "already personas in" in faults_of(tmp_path)[0].detail


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    data=st.one_of(
        st.binary(max_size=60),
        st.text("key: []{}&*!|>-'\"\n\t #%@a1?,", max_size=60).map(str.encode),
        st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    ),
    suffix=st.sampled_from([".yaml", ".json"]),
)
def test_no_file_makes_a_traceback(tmp_path, data, suffix):
    found = faults_of(written(tmp_path, data, f"any{suffix}"))
    assert found
    assert all(isinstance(fault, FileFault) and fault.detail and str(fault) for fault in found)
