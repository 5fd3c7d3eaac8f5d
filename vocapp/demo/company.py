"""The invented retailer: where it sells, what it sells, who works there, and what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NAME: Final = "Maison Lumen"
BRAND: Final = "lumen"
REGIONS: Final = {"lumen_ouest": "Région Ouest", "lumen_nord": "Région Nord", "lumen_uk": "United Kingdom"}


@dataclass(frozen=True, slots=True)
class Store:
    key: str
    name: str
    region: str
    city: str
    late: float
    """The share of its deliveries that are late."""
    trouble: float = 0.06
    """The share of deliveries and visits that go wrong in another way."""
    mood: int = 0
    """How much better or worse people feel here than elsewhere."""

    @property
    def british(self) -> bool:
        return self.region == "lumen_uk"

    @property
    def timezone(self) -> str:
        return "Europe/London" if self.british else "Europe/Paris"


STORES: Final = (
    Store("nantes", "Nantes, rue Crébillon", "lumen_ouest", "Nantes", 0.07),
    Store("rennes", "Rennes, rue Le Bastard", "lumen_ouest", "Rennes", 0.08),
    Store("bordeaux", "Bordeaux, cours de l’Intendance", "lumen_ouest", "Bordeaux", 0.10),
    Store("angers", "Angers, rue Lenepveu", "lumen_ouest", "Angers", 0.06),
    Store("lille", "Lille, rue de Béthune", "lumen_nord", "Lille", 0.22),
    Store("amiens", "Amiens, rue des Trois-Cailloux", "lumen_nord", "Amiens", 0.20),
    Store("reims", "Reims, rue de Vesle", "lumen_nord", "Reims", 0.18),
    # the one that does badly
    Store("rouen", "Rouen, rue du Gros-Horloge", "lumen_nord", "Rouen", 0.27, trouble=0.24, mood=-2),
    Store("london", "London, Marylebone", "lumen_uk", "London", 0.12),
    Store("bristol", "Bristol, Park Street", "lumen_uk", "Bristol", 0.09),
    Store("leeds", "Leeds, Briggate", "lumen_uk", "Leeds", 0.13),
    Store("edinburgh", "Edinburgh, George Street", "lumen_uk", "Edinburgh", 0.08),
)

PRODUCTS: Final = (
    ("la lampe Ondine", "the Ondine lamp", 89.0),
    ("la suspension Halo", "the Halo pendant", 139.0),
    ("le lampadaire Vigie", "the Vigie floor lamp", 219.0),
    ("les rideaux Brume", "the Brume curtains", 74.5),
    ("le fauteuil Crique", "the Crique armchair", 349.0),
    ("la table Estran", "the Estran table", 459.0),
    ("le service Galet", "the Galet tableware", 64.9),
    ("le vase Dune", "the Dune vase", 42.0),
    ("les bougies Sillage", "the Sillage candles", 24.9),
    ("le plaid Lande", "the Lande throw", 59.0),
)

CALLERS: Final = {False: ("nora@lumen.test", "hugo@lumen.test"), True: ("amy@lumen.test",)}
"""Who calls back, by whether the store is British."""

ADVISERS: Final = {False: ("Nora", "Hugo", "Salomé"), True: ("Amy", "Jack")}

SUBJECTS: Final[Mapping[str, tuple[str, str]]] = {
    "late": ("Une livraison en retard", "A late delivery"),
    "damaged": ("Un article abîmé", "A damaged item"),
    "wrong_item": ("Un article manquant", "A missing item"),
    "product": ("Un produit défectueux", "A faulty product"),
    "refund": ("Un remboursement", "A refund"),
    "exchange": ("Un échange", "An exchange"),
    "invoice": ("Une facture", "An invoice"),
}

CAUSES: Final[Mapping[str, str]] = {
    "late": "delivery.late",
    "carrier": "delivery.courier",
    "damaged": "delivery.damaged",
    "wrong_item": "delivery.incomplete",
    "product": "product.faulty",
    "price": "billing.price",
    "service_bad": "service.slow",
    "store_bad": "store.staff",
    "relation_bad": "service.repeat",
    "polite_but_unhappy": "product.quality",
}
"""What was at the root of it (`domain/resolutions.py`), by what the customer said it was about."""
