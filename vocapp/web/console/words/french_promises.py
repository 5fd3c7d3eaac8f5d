"""The console in French: why a callback is urgent, when to try again, what was promised. Spaces as in `french.py`."""

from __future__ import annotations

from typing import Any

PROMISES: dict[str, Any] = {
    # why it is urgent
    "why_priority": "Pourquoi cette priorité",
    "why_priority_help": "{severity} × {value} × {age} = {priority}, de 1 à 27. Plus c’est haut, plus c’est pressé.",
    "factors": {"severity": "Gravité", "value": "Client", "age": "Attente"},
    "priority_because": {
        "words": "des propos très négatifs derrière une note correcte",
        "low": "une note basse",
        "lowest": "une des notes les plus basses",
        "urgent_words": "des mots qui n’attendent pas",
        "lost": "une commande perdue",
        "valued_turning": "une note bien plus basse qu’avant",
        "asks_for_help": "le client demande de l’aide",
        "late": "une commande en retard",
        "refunded": "une commande remboursée",
        "repeated_contacts": "plusieurs demandes en peu de temps",
        "contradiction": "les mots contredisent la note",
        "other": "une de vos propres règles",
        "usual": "peu de commandes, ou client encore peu connu",
        "regular": "un client régulier",
        "best": "un de vos meilleurs clients",
        "in_time": "l’échéance n’est pas passée",
        "overdue": "l’échéance est passée",
        "long_overdue": "l’échéance est passée depuis plus d’une journée de travail",
    },
    # when to try again, and where nobody calls
    "next_attempt": "Prochain essai, aux heures du client\u00a0:",
    "next_attempt_short": "prochain essai\u00a0: {when}",
    "no_calls": {"do_not_call": "Ce client ne veut pas être appelé",
                 "declined": "Ce client ne souhaite pas de rappel à ce sujet",
                 "wrong_number": "Ce numéro n’est pas celui du client"},
    "no_call_help": "écrivez-lui, ou voyez-le en magasin. Le rappel peut aussi être conclu avec sa cause.",
    "mail_result": "Après lui avoir écrit",
    "outcomes_in_writing": {"reached": "A répondu", "no_answer": "Pas de réponse"},
}  # fmt: skip
