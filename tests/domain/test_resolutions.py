"""Causes of two levels and what was done: a list to choose from, and texts of earlier years beside it."""

from __future__ import annotations

import pytest

from vocapp.domain.resolutions import CAUSES, Resolutions


def test_a_cause_of_the_list_is_said_with_both_levels_and_any_other_as_it_is():
    usual = Resolutions()
    assert usual.cause("delivery.late", "fr") == "Livraison – En retard"
    assert usual.cause("delivery.late", "en") == "Delivery – Late"
    for text in ("delivery", "delivery.unheard_of", "Retard du transporteur", "a.b.c", "."):
        assert usual.cause(text, "fr") == text
    assert usual.remedy("refund", "fr") == "Remboursement"
    assert usual.remedy("sent_flowers", "en") == "sent flowers"


def test_every_group_leaves_room_for_what_is_in_no_list():
    assert all(group.causes[-1].key == "other" for group in CAUSES)


def test_a_workspace_has_its_own_words():
    ours = Resolutions.read(
        {
            "causes": [{"key": "lamp", "label": "Lampes", "causes": [{"key": "dark", "label": {"fr": "Sombre"}}]}],
            "remedies": [{"key": "bulb", "label": {"fr": "Ampoule", "en": "Bulb"}}],
        }
    )
    assert ours.cause("lamp.dark", "en") == "Lampes – Sombre"  # in the language there is
    assert ours.has_remedy("bulb")
    assert not ours.has_remedy("refund")
    assert Resolutions.read({"remedies": [{"key": "bulb", "label": "Ampoule"}]}).causes == CAUSES


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"cause": []}, "cause"),
        ({"causes": []}, "causes"),
        ({"causes": [{"key": "a", "label": "A"}]}, "causes.0"),
        ({"causes": [{"key": "A", "label": "A", "causes": [{"key": "b", "label": "B"}]}]}, "causes.0.key"),
        ({"causes": [{"key": "a", "label": "A", "causes": [{"key": "b", "label": ""}]}]}, "causes.0.causes.0.label"),
        ({"causes": [{"key": "a", "label": "A", "causes": [{"key": "b", "label": "B"}]}] * 2}, "causes"),
        ({"remedies": [{"key": "a", "label": {}}]}, "remedies.0.label"),
        ({"remedies": [{"key": "a", "label": {"fr": "a\nb"}}]}, "remedies.0.label"),
        ({"remedies": "refund"}, "remedies"),
        ({"remedies": [{"key": 1, "label": "x"}]}, "remedies.0.key"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(document, named):
    with pytest.raises(ValueError, match=f"^{named}: "):
        Resolutions.read(document)
