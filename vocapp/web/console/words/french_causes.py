"""The console in French: what callbacks came to. Spaces as in `french.py`."""

from __future__ import annotations

from typing import Any

CAUSES: dict[str, Any] = {
    "report": "Bilan des rappels",
    "report_days": "du {since} au {until}",
    "period": "Période",
    "periods": {"7": "7 derniers jours", "30": "30 derniers jours", "90": "90 derniers jours", "365": "Un an"},
    "level": "Causes",
    "levels": {"cause": "En détail", "group": "Par famille"},
    "report_none": "Aucun rappel conclu sur cette période",
    "report_none_help": "Les causes, les délais et l’avis des clients apparaissent dès qu’un rappel est conclu.",
    "see_queue": "Voir les rappels",
    # les chiffres
    "report_figures": "En chiffres",
    "resolved_n": "Rappels conclus",
    "report_outcomes": {"spoken_to": "clients joints", "unreachable": "injoignables", "not_called": "non appelés",
                        "elsewhere": "dans un autre outil"},
    "opened_n": ("{n} rappel ouvert sur la période", "{n} rappels ouverts sur la période"),
    "still_open_n": ("{n} pas encore conclu", "{n} pas encore conclus"),
    "tried_in_time": "Premier appel dans les délais",
    "first_contact": "Délai avant de joindre le client",
    "resolution_time": "Délai avant de conclure",
    "nine_of_ten": "9 fois sur 10 en moins de {time}",
    "half": "1 fois sur 2 en moins de",
    "callbacks_n": ("{n} rappel", "{n} rappels"),
    "too_few_callbacks": ("{n} rappel\u00a0: il en faut 10 pour un résultat.",
                          "{n} rappels\u00a0: il en faut 10 pour un résultat."),
    "too_few_answers": ("{n} réponse\u00a0: il en faut 10 pour un résultat.",
                        "{n} réponses\u00a0: il en faut 10 pour un résultat."),
    "recovered": "Clients satisfaits après le rappel",
    "answers_of": ("{n} réponse", "{n} réponses"),
    "asked_n": ("pour {n} client interrogé", "pour {n} clients interrogés"),
    "content_before": "satisfaits à l’ouverture\u00a0: {n}",
    "opened_again": "Rappels rouverts",
    "change_of": "{metric}, en moyenne\u00a0: {before} à l’ouverture, {after} après",
    "report_help": "Les délais comptent les nuits et les jours fermés\u00a0: c’est l’attente du client. Un rappel "
                   "rouvert puis conclu de nouveau compte deux fois. «\u00a0Satisfaits\u00a0»\u00a0: 4 et 5 sur 5 à "
                   "l’enquête envoyée après le rappel. «\u00a0Premier appel dans les délais\u00a0» compte tous les "
                   "rappels arrivés à échéance sur la période, même ceux que personne n’a encore tentés. La vraie "
                   "valeur est dans l’intervalle 95 fois sur 100.",
    # les causes
    "pareto": "Ce qu’il faudrait régler d’abord",
    "cause": "Cause",
    "no_cause": "Sans cause",
    "callbacks_column": "Rappels",
    "share_column": "Part",
    "cumulative": "Cumul",
    "pareto_few": "Moins de 10 rappels conclus\u00a0: trop peu pour des pourcentages.",
    "low_to_high": "{low} à {high}",
    # qui a rappelé
    "by_team": "Par équipe",
    "by_agent": "Par personne",
    "by_agent_mine": "Vos rappels",
    "team_column": "Équipe",
    "agent_column": "Personne",
    "central_team": "Équipe centrale",
    "nobody_named": "Sans nom",
    "in_time_short": "Dans les délais",
    "first_contact_short": "Client joint en",
    "resolution_short": "Conclu en",
    "recovered_short": "Satisfaits après",
    "opened_again_short": "Rouverts",
    "half_help": "Délais\u00a0: médianes. Un tiret\u00a0: moins de 10, trop peu pour un résultat.",
}  # fmt: skip
