"""A word and its plural are one word to a search, in French and in English; different words stay different."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from vocapp.domain.wording import fold, stem, words_in

REVIEWS = Path(__file__).parents[3] / "shared" / "data" / "verbatims" / "playstore_reviews_fr.csv"
MISSPELT = {"dessu", "preci", "temp"}
"""Singulars of these reviews that are none: « dessus », « précis » and « temps » have no other."""

FRENCH = """
    photo/photos petit/petits petite/petites info/infos euro/euros essai/essais tuyau/tuyaux connexion/connexions
    appli/applis resto/restos burger/burgers rando/randos colis/colis prix/prix choix/choix avis/avis repas/repas
    cadeau/cadeaux bureau/bureaux bateau/bateaux noyau/noyaux joyau/joyaux matériau/matériaux landau/landaus
    cheval/chevaux journal/journaux local/locaux animal/animaux hôpital/hôpitaux canal/canaux commercial/commerciaux
    normal/normaux spécial/spéciaux général/généraux loyal/loyaux royal/royaux idéal/idéaux travail/travaux bail/baux
    vitrail/vitraux œil/yeux ciel/cieux monsieur/messieurs madame/mesdames
    jeu/jeux feu/feux lieu/lieux milieu/milieux cheveu/cheveux vœu/vœux neveu/neveux enjeu/enjeux bleu/bleus pneu/pneus
    bijou/bijoux caillou/cailloux chou/choux genou/genoux trou/trous clou/clous cou/cous
    heureux/heureuse heureuse/heureuses livré/livrée livrée/livrées déçu/déçue déçu/déçus déçue/déçues vendu/vendues
    clé/clés loi/lois emploi/emplois délai/délais détail/détails rail/rails menu/menus tissu/tissus individu/individus
    taxi/taxis kiwi/kiwis mari/maris ami/amis abri/abris crédit/crédits débit/débits profit/profits habit/habits
    esprit/esprits conflit/conflits produit/produits fruit/fruits lit/lits gratuit/gratuits inscrit/inscrite
    été/étés livraison/livraisons option/options question/questions version/versions remboursement/remboursements
    commande/commandes produit/produits carton/cartons vendeur/vendeurs vendeuse/vendeuses magasin/magasins
    vélo/vélos piano/pianos numéro/numéros promo/promos boulot/boulots tarif/tarifs euro/Euros banque/banques
    longue/longues taille/tailles pull/pulls jean/jeans surpris/surprise compris/comprise inclus/incluse
    mauvais/mauvaise
"""
ENGLISH = """
    photo/photos taxi/taxis hero/heroes box/boxes potato/potatoes bus/buses gas/gases quiz/quizzes glass/glasses
    dress/dresses delivery/deliveries company/companies shoe/shoes movie/movies cookie/cookies bonus/bonuses
    shelf/shelves knife/knives life/lives wife/wives leaf/leaves child/children woman/women man/men person/people
    foot/feet tooth/teeth mouse/mice app/apps store/stores refund/refunds size/sizes price/prices day/days key/keys
    watch/watches brush/brushes tax/taxes virus/viruses address/addresses parcel/parcels lens/lenses
"""
APART = "mais/mai fois/foi mois/moi prix/prie peux/peu plus/plu taxi/taxe petit/pet roux/roue temps/tempe cours/cour"


def _pairs(written: str) -> Iterator[tuple[str, str]]:
    for pair in written.split():
        one, many = pair.split("/")
        yield fold(one), fold(many)


def _apart(pairs: Iterator[tuple[str, str]], language: str) -> list[tuple[str, str]]:
    return [(one, many) for one, many in pairs if stem(one, language) != stem(many, language)]


def test_a_word_and_its_plural_meet() -> None:
    assert _apart(_pairs(FRENCH), "fr") == []
    assert _apart(_pairs(ENGLISH), "en") == []


def test_words_that_only_look_like_plurals_stay_themselves() -> None:
    assert len(_apart(_pairs(APART), "fr")) == len(APART.split())


@pytest.mark.skipif(not REVIEWS.is_file(), reason="the shared data is not beside this checkout")
def test_every_pair_of_singular_and_plural_in_the_reviews_meets() -> None:
    with REVIEWS.open(encoding="utf-8", newline="") as file:
        forms = {word.form for row in csv.DictReader(file) for word in words_in(row["content"])}
    pairs = [
        (one, one + end) for one in sorted(forms - MISSPELT) for end in "sx" if len(one) >= 4 and one + end in forms
    ]
    assert len(pairs) > 250
    assert _apart(iter(pairs), "fr") == []


def test_an_emoji_is_a_word_whatever_colours_or_joins_it() -> None:
    said = "Bof😡, 👍🏽 et ❤️ pour 👨\u200d👩\u200d👧 ; 🇫🇷 ★★ → 5 € © ½"
    assert [word.form for word in words_in(said)] == [
        "bof", "😡", "👍", "et", "❤", "pour", "👨", "👩", "👧", "🇫", "🇷", "★", "★", "5", "12",
    ]  # fmt: skip
    assert stem("😡", "fr") == stem("😡", "en") == "😡"
