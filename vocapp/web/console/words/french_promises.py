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
    # ce qui a été promis au client
    "promise_means": {"phone": "un appel", "email": "un e-mail", "store": "un rendez-vous sur place"},
    "promised_now": "Promis pour maintenant",
    "promised_short": "Promis {when}",
    "owed_short": "Des excuses sont dues",
    "promise_says": {
        "made": "Promis à ce client\u00a0: {how}, {when}. À tenir",
        "kept": "Promis\u00a0: {how}, {when}. Promesse tenue.",
        "missed": "Promis\u00a0: {how}, {when}. Promesse manquée\u00a0: des excuses partent par e-mail.",
        "apologised": "Promis\u00a0: {how}, {when}. Promesse manquée\u00a0: le client a reçu nos excuses.",
        "owed": "Promis\u00a0: {how}, {when}. Promesse manquée\u00a0: commencez par présenter nos excuses.",
    },
    "owed_because": {
        "cap": "Aucun e-mail ne pouvait partir\u00a0: la limite de la semaine est atteinte.",
        "own_limit": "Aucun e-mail ne pouvait partir\u00a0: le client a fixé sa limite.",
        "no_address": "Aucun e-mail ne pouvait partir\u00a0: pas d’adresse.",
        "no_consent": "Aucun e-mail ne pouvait partir\u00a0: pas d’accord du client.",
        "unsubscribed": "Aucun e-mail ne pouvait partir\u00a0: le client s’est désinscrit.",
        "objected": "Aucun e-mail ne pouvait partir\u00a0: le client s’y oppose.",
        "paused": "Aucun e-mail ne pouvait partir\u00a0: le client fait une pause.",
        "refused": "L’e-mail a été refusé.",
        "bounced": "L’e-mail n’est arrivé à personne.",
        "no_verdict": "Nul ne sait si l’e-mail est arrivé.", "worker_lost": "Nul ne sait si l’e-mail est arrivé.",
    },
    "promise_moves": {
        "promised": "Rappel promis au client", "declined": "Le client ne veut pas de rappel",
        "promise_kept": "Promesse tenue", "promise_missed": "Promesse manquée",
        "promise_cancelled": "Promesse annulée", "apologised": "Excuses présentées",
        "apology_owed": "Excuses à présenter de vive voix",
    },
    "word_kept": "Rappels promis",
    "kept_of": ("{n} tenu sur {{due}}", "{n} tenus sur {{due}}"),
    "too_few_for_share": "trop peu pour un pourcentage",
    "none_due": "aucun n’est arrivé à échéance",
    "word_kept_before": "avant\u00a0:",
    "outcomes_in_writing": {"reached": "A répondu", "no_answer": "Pas de réponse"},
}  # fmt: skip
