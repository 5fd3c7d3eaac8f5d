"""Everyday headers of customers' files are guessed, said, and never read by the guess."""

from __future__ import annotations

import pytest

from vocapp.domain.customer_columns import CONSENT, WHOLE_NAME, guess, guesses
from vocapp.services.intake_tables import CustomerTable, TableRefused


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("mail", "email"), ("E-Mail", "email"), ("Adresse e-mail", "email"), ("Courriel", "email"), ("emial", "email"),
        ("Prénom", "first_name"), ("firstname", "first_name"), ("Nom", "last_name"), ("Surname", "last_name"),
        ("N° client", "external_id"), ("customer id", "external_id"), ("Téléphone", "phone"), ("Mobile", "phone"),
        ("Full name", WHOLE_NAME), ("Langue", "locale"), ("Opt-in", CONSENT),
        ("email", None), ("loyalty_points", None), ("magasin", None), ("city", None), ("", None), ("note", None),
    ],
)  # fmt: skip
def test_an_everyday_header_is_guessed_and_any_other_is_not(header: str, meant: str | None) -> None:
    assert guess(header) == meant


def test_what_stands_there_already_is_not_guessed_again() -> None:
    assert guesses(["mail", "Courriel"], beside=["external_id"]) == {"mail": "email"}
    assert guesses(["mail", "name"], beside=["email", "first_name"]) == {}


def test_a_guess_changes_nothing_that_is_read() -> None:
    table = CustomerTable(["external_id", "mail", "Prénom", "attributes.nom", "consent.surveys", "opt-in"])
    assert table.guesses == {"mail": "email", "Prénom": "first_name"}
    read = table.read({"external_id": "c1", "mail": "ada@example.test", "Prénom": "Ada"})
    assert read == {"external_id": "c1", "attributes": {"mail": "ada@example.test", "Prénom": "Ada"}}


def test_a_first_line_that_is_not_enough_is_told_back_with_what_it_may_mean() -> None:
    with pytest.raises(TableRefused, match=r"read as id, mail, prenom\. Did you mean external_id for id, email for"):
        CustomerTable(["id", "mail", "prenom"])
    with pytest.raises(TableRefused, match=r"one column: commas, semicolons and tabs"):
        CustomerTable(["id|mail"])
