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
        "usual": "peu de commandes, ou client encore peu connu",
        "regular": "un client régulier",
        "best": "un de vos meilleurs clients",
        "in_time": "l’échéance n’est pas passée",
        "overdue": "l’échéance est passée",
        "long_overdue": "l’échéance est passée depuis plus d’une journée de travail",
    },
}  # fmt: skip
