"""Three verbatims of many: the strongest complaint that gives a reason, a praise, and the usual word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from vocapp.domain.quoting import Candidate, Tone, choose, cut

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)


def said(*texts: tuple[str, float], masked: int = 0) -> list[Candidate]:
    return [Candidate(at, text, feeling, NOW + timedelta(hours=at), masked) for at, (text, feeling) in enumerate(texts)]


def test_each_side_is_heard_once_and_the_usual_word() -> None:
    found = choose(
        said(
            ("Nul", -0.99),
            ("Colis arrivé avec huit jours de retard, personne ne répond", -0.95),
            ("Un peu de retard mais rien de grave", -0.4),
            ("Le livreur était très aimable et à l’heure", 0.9),
            ("Livraison avec du retard, une fois de plus", -0.5),
            ("Encore du retard sur la livraison du colis", -0.6),
            ("Couleur différente de celle de la photo du site", -0.55),
        )
    )
    assert [why for why, _ in found] == ["negative", "positive", "typical"]
    assert found[0][1].text.startswith("Colis arrivé")  # « Nul » gives no reason
    assert found[1][1].text.startswith("Le livreur")
    assert "retard" in found[2][1].text
    assert len({one.id for _, one in found}) == 3


def test_what_pleased_is_of_the_satisfied_and_what_did_not_of_the_unhappy() -> None:
    def told(text: str, feeling: float, score: float, tone: Tone) -> Candidate:
        return Candidate(text, f"{text} dit en quelques mots simples", feeling, NOW, 0, score, tone)

    middling = told("moyen", 0.95, 0.5, "passive")
    happy = told("parfait", 0.6, 1.0, "promoter")
    misread = told("misread", -0.5, 1.0, "promoter")
    stuck = told("bloqué", -0.9, 0.5, "detractor")
    worst = told("peluche", -0.1, 0.0, "detractor")
    ironic = told("bravo", 0.9, 0.0, "detractor")

    def chosen(*some: Candidate) -> dict[str, str]:
        return {why: str(one.id) for why, one in choose(some) if why != "typical"}

    assert chosen(middling, happy, misread, stuck, worst) == {"negative": "peluche", "positive": "parfait"}
    assert chosen(middling, misread, ironic) == {"positive": "moyen"}
    assert chosen(replace(misread, feeling=-0.8)) == {"negative": "misread"}
    assert chosen(ironic) == {}


def test_one_that_had_to_be_masked_comes_last() -> None:
    worst = Candidate("m", "Madame […] m’a raccroché au nez deux fois", -0.99, NOW, masked=1)
    found = choose([worst, *said(("Deux heures d’attente sans un mot d’excuse", -0.6))])
    assert found[0][1].masked == 0
    assert choose([worst])[0][1] is worst


def test_of_few_there_is_no_usual_word_and_of_none_nothing() -> None:
    assert choose([]) == []
    assert choose(said(("Tout à fait neutre comme avis", 0.0))) == []


def test_a_long_one_is_cut_between_words() -> None:
    assert cut("a b\n c") == "a b c"
    short = cut("mot " * 200)
    assert len(short) <= 281
    assert short.endswith("mot…")
