"""What leads to a person is taken out of their words; the rest stays as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.masking import mask


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Écrivez-moi à zoe.k@example.test, merci", "zoe"),
        ("Rappelez-moi au 06 12 34 56 78 s’il vous plaît", "34"),
        ("Call +33 (0)6-12-34-56-78 tonight", "56"),
        ("Ma commande 2024-001234 n’est pas arrivée", "1234"),
        ("commande n° 4711 jamais reçue", "4711"),
        ("My order FR-1234-AB is lost", "1234"),
        ("Le colis est allé au 12 bis rue de la République au lieu de chez moi", "République"),
        ("It went to 221 Baker Street instead", "Baker"),
        ("J’ai vu Mme Durand, très aimable", "Durand"),
        ("Mr. Smith was rude", "Smith"),
        ("la vendeuse, madame Durand, est adorable", "Durand"),
        ("reçu par MME DURAND", "DURAND"),
        ("M Petit m’a bien conseillé", "Petit"),
        ("Mme de Villiers a tout réglé", "Villiers"),
        ("M. d’Ormesson était pressé", "Ormesson"),
        ("La carte 4970 1012 3456 7890 a été débitée deux fois", "3456"),
        ("voir https://exemple.test/moi?id=7", "exemple"),
    ],
)
def test_what_names_somebody_is_gone(text: str, gone: str) -> None:
    masked = mask(text)
    assert gone not in masked.text
    assert masked.n >= 1
    assert "[…]" in masked.text


@pytest.mark.parametrize(
    "text",
    [
        "Livré en 3 jours au lieu de 2, dommage.",
        "Client depuis 2019, jamais déçu : 10 sur 10 !",
        "20 % de remise promise, 15 obtenus",
        "Attente de 45 minutes à la caisse, puis 1 h au téléphone",
        "Prix passé de 19,90 € à 24,90 €",
    ],
)
def test_ordinary_figures_stay(text: str) -> None:
    assert mask(text) == (text, 0)


def test_known_names_go_whatever_their_accents_and_capitals() -> None:
    masked = mask("Zoraide et LE GOFF attendent ; Inès m’a mal reçue", ["Zoraïde", "Le Goff", "i.nes", "ines"])
    assert masked.text == "[…] et […] attendent ; […] m’a mal reçue"
    assert mask("Claude attend", ["Marie-Claude"]).text == "[…] attend"
    assert mask("Rosette est parfaite", ["Rose"]).n == 0  # a word that only begins so


def test_references_go_as_they_stand() -> None:
    assert mask("la commande order-a7 et le reste", references=["order-a7"]).text == "la commande […] et le reste"


@settings(max_examples=60)
@given(st.text(max_size=80), st.from_regex(r"[a-z]{3,8}@[a-z]{3,8}\.test", fullmatch=True), st.text(max_size=80))
def test_no_address_is_ever_left(before: str, address: str, after: str) -> None:
    assert address not in mask(f"{before} {address} {after}").text
