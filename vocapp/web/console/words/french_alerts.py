"""The console in French: what alerts are about, and what to say first."""

from __future__ import annotations

from typing import Any

ALERTS: dict[str, Any] = {
    "not_asked": "Personne n’a été interrogé\u00a0: ce qui s’est passé en dit assez.",
    "kinds": {
        "urgent_words": "Mots qui n’attendent pas",
        "lost": "Commande perdue",
        "detractor": "Recommandation basse",
        "low_csat": "Satisfaction basse",
        "high_effort": "Trop d’efforts",
        "valued_turning": "Bon client qui se détourne",
        "negative_verbatim": "Propos très négatifs",
        "contradiction": "Vérifier l’échelle",
        "asks_for_help": "Demande de l’aide",
        "late": "Commande en retard",
        "refunded": "Commande remboursée",
        "repeated_contacts": "Demandes répétées",
        "other": "Autre motif",
    },
    "say_sorry": {
        "urgent_words":
        "Commencez par ce qui lui est arrivé et ce dont il a besoin tout de suite\u202f; l’enquête attendra.",
        "lost": "Dites ce qu’est devenue la commande et ce que vous faites\u00a0: la renvoyer ou la rembourser.",
        "detractor": "Dites que vous êtes désolé, puis demandez ce qui a manqué. Laissez parler.",
        "low_csat": "Dites que vous êtes désolé de ce qui s’est passé, avec ses mots, sans vous justifier.",
        "high_effort": "Demandez où cela a bloqué, et faites cette étape à sa place.",
        "valued_turning": "Il était plus content avant\u00a0: demandez ce qui a changé.",
        "negative_verbatim": "La note était correcte, les mots ne le sont pas\u00a0: revenez sur ce qui a été écrit.",
        "contradiction":
        "Les mots sont aimables et la note la plus basse\u00a0: demandez comment il a lu l’échelle. La note reste.",
        "asks_for_help":
        "Il a répondu que vous pouvez encore l’aider\u00a0: demandez comment, et dites quand ce sera fait.",
        "late": "Annoncez le retard avant lui, avec le nouveau jour.",
        "refunded": "L’argent est rendu\u202f; demandez s’il manque encore quelque chose.",
        "repeated_contacts": "Lisez d’abord les demandes précédentes\u00a0: il ne doit pas tout raconter à nouveau.",
        "other": "Regardez d’abord ce qui s’est passé.",
    },
}  # fmt: skip
