"""What was at the root of it, from a list of two levels, and what was done about it: so that causes can be counted.

    {"causes": [{"key": "delivery", "label": {"fr": "Livraison", "en": "Delivery"},
                 "causes": [{"key": "late", "label": {"fr": "En retard", "en": "Late"}}]}],
     "remedies": [{"key": "refund", "label": {"fr": "Remboursement", "en": "Refund"}}]}

A cause of the list is kept as `delivery.late`. What other tools and earlier years call a cause stays what it is: a text
of its own, counted by itself. A workspace that sets nothing has the list below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self, TypeAlias

Label: TypeAlias = Mapping[str, str]
"""By language; one of them at least."""

MOST: Final = 40
"""Groups, causes of one, remedies: more than that nobody chooses from."""
LONGEST_LABEL: Final = 80
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


class Choice(NamedTuple):
    key: str
    label: Label

    def said(self, language: str) -> str:
        """Return its label in a language, or in the one there is."""
        return self.label.get(language) or next(iter(self.label.values()))


class Group(NamedTuple):
    """Causes of one kind: the first level."""

    choice: Choice
    causes: tuple[Choice, ...]


def _group(key: str, french: str, english: str, **causes: tuple[str, str]) -> Group:
    inside = (*causes.items(), ("other", ("Autre", "Other")))
    return Group(
        Choice(key, {"fr": french, "en": english}),
        tuple(Choice(name, {"fr": labels[0], "en": labels[1]}) for name, labels in inside),
    )


ELSEWHERE: Final = _group(
    "elsewhere",
    "Autre outil",
    "Another tool",
    helpdesk=("Traité dans l’outil d’assistance", "Handled in the helpdesk"),
)
"""Of what was solved in another tool (`helpdesks.CAUSE`): said in words in a workspace's own list, too."""
UNSAID: Final = _group("other", "Autre", "Other", unsaid=("Non précisée", "Not said"))
"""Of erased people, where the cause was told in words that were theirs alone."""
UNSAID_CAUSE: Final = "other.unsaid"
_ALWAYS: Final = (ELSEWHERE, UNSAID)
CAUSES: Final[tuple[Group, ...]] = (
    _group(
        "delivery",
        "Livraison",
        "Delivery",
        late=("En retard", "Late"),
        lost=("Perdue", "Lost"),
        damaged=("Colis abîmé", "Parcel damaged"),
        incomplete=("Incomplète ou erronée", "Incomplete or wrong"),
        courier=("Comportement du livreur", "Courier’s conduct"),
    ),
    _group(
        "product",
        "Produit",
        "Product",
        faulty=("Défectueux", "Faulty"),
        quality=("Qualité décevante", "Poor quality"),
        description=("Ne correspond pas à la description", "Not as described"),
        size=("Taille ou modèle", "Size or model"),
        stock=("Indisponible", "Out of stock"),
    ),
    _group(
        "service",
        "Service client",
        "Customer service",
        slow=("Réponse tardive", "Slow to answer"),
        wrong=("Réponse fausse ou incomplète", "Wrong or incomplete answer"),
        rude=("Accueil", "Unfriendly"),
        repeat=("A dû tout répéter", "Had to repeat everything"),
    ),
    _group(
        "store",
        "Magasin",
        "Store",
        staff=("Accueil et conseil", "Welcome and advice"),
        wait=("Attente", "Waiting time"),
        premises=("Locaux", "Premises"),
    ),
    _group(
        "billing",
        "Prix et facturation",
        "Price and billing",
        price=("Prix ou promotion", "Price or offer"),
        invoice=("Facture ou débit", "Invoice or charge"),
        refund=("Remboursement en attente", "Refund pending"),
    ),
    _group(
        "website",
        "Site et application",
        "Website and app",
        ordering=("Commande difficile", "Hard to order"),
        account=("Compte ou connexion", "Account or login"),
        fault=("Panne", "Fault"),
    ),
    _group("us", "Notre enquête", "Our survey", scale=("S’est trompé de note", "Mistook the scale")),
    ELSEWHERE,
)
REMEDIES: Final[tuple[Choice, ...]] = tuple(
    Choice(key, {"fr": french, "en": english})
    for key, french, english in (
        ("explanation", "Explication", "Explanation"),
        ("apology", "Excuses", "Apology"),
        ("refund", "Remboursement", "Refund"),
        ("replacement", "Remplacement ou nouvel envoi", "Replacement or sent again"),
        ("repair", "Réparation", "Repair"),
        ("voucher", "Geste commercial", "Voucher"),
        ("correction", "Erreur corrigée", "Error corrected"),
        ("passed_on", "Transmis à l’équipe concernée", "Passed on to the team concerned"),
        ("nothing", "Rien n’était à faire", "Nothing was to be done"),
    )
)


@dataclass(frozen=True, slots=True)
class Resolutions:
    causes: tuple[Group, ...] = CAUSES
    remedies: tuple[Choice, ...] = REMEDIES

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read settings as JSON; what is not named keeps its default. Raises ValueError that names the key at fault."""
        for key in document:
            if key not in {"causes", "remedies"}:
                raise ValueError(f"{key}: no such setting; there are causes, remedies")
        found: dict[str, Any] = {}
        if "causes" in document:
            found["causes"] = tuple(
                Group(_choice(f"causes.{at}", item, more="causes"), _choices(f"causes.{at}.causes", item["causes"]))
                for at, item in enumerate(_list("causes", document["causes"]))
            )
            _check_keys("causes", [group.choice for group in found["causes"]])
        if "remedies" in document:
            found["remedies"] = _choices("remedies", document["remedies"])
        return cls(**found)

    def cause(self, code: str, language: str) -> str:
        """Return a cause in words, both levels; one that is not of the list speaks for itself."""
        first, _, second = code.partition(".")
        for group in (*self.causes, *_ALWAYS):
            if group.choice.key == first:
                for one in group.causes:
                    if one.key == second:
                        return f"{group.choice.said(language)} – {one.said(language)}"
        return code

    def group(self, key: str, language: str) -> str:
        """Return the first level of a cause in words; one that is not of the list speaks for itself."""
        return next((one.choice.said(language) for one in (*self.causes, *_ALWAYS) if one.choice.key == key), key)

    def remedy(self, code: str, language: str) -> str:
        """Return in words what was done; what is not of the list speaks for itself."""
        return next((one.said(language) for one in self.remedies if one.key == code), code.replace("_", " "))

    def has_cause(self, code: str) -> bool:
        return self.cause(code, "en") != code

    def has_remedy(self, code: str) -> bool:
        return any(one.key == code for one in self.remedies)


def _choices(key: str, value: Any) -> tuple[Choice, ...]:
    found = tuple(_choice(f"{key}.{at}", item) for at, item in enumerate(_list(key, value)))
    _check_keys(key, found)
    return found


def _list(key: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST:
        raise ValueError(f"{key}: a list of 1 to {MOST}")
    return value


def _choice(key: str, item: Any, *, more: str | None = None) -> Choice:
    wanted = {"key", "label", *([more] if more else [])}
    if not isinstance(item, Mapping) or set(item) != wanted:
        raise ValueError(f"{key}: an object with {', '.join(sorted(wanted))}")
    if not isinstance(item["key"], str) or not _KEY.fullmatch(item["key"]):
        raise ValueError(f"{key}.key: 1 to 40 of a-z, 0-9 and _, beginning with a letter")
    label = {"": item["label"]} if isinstance(item["label"], str) else item["label"]
    if not isinstance(label, Mapping) or not label or not all(map(_is_label, label.values())):
        raise ValueError(f"{key}.label: a text, or one for each language, of 1 to {LONGEST_LABEL} characters")
    return Choice(item["key"], {str(language): text.strip() for language, text in label.items()})


def _is_label(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text.strip()) <= LONGEST_LABEL and text.isprintable()


def _check_keys(key: str, choices: Sequence[Choice]) -> None:
    keys = [one.key for one in choices]
    if len(set(keys)) < len(keys):
        raise ValueError(f"{key}: each key once")
