"""One purpose has one name, whatever other tools call it."""

from __future__ import annotations

import pytest

from vocapp.domain.consent import SURVEYS, purpose


@pytest.mark.parametrize(
    "name", ["surveys", "Survey", "customer-feedback", "Voice of Customer", "NPS", " satisfaction_surveys ", "Enquêtes"]
)
def test_many_names_mean_surveys(name):
    assert purpose(name) == SURVEYS


@pytest.mark.parametrize(("name", "expected"), [("Marketing", "marketing"), ("e-mail offers", "e_mail_offers")])
def test_other_purposes_keep_their_name(name, expected):
    assert purpose(name) == expected
