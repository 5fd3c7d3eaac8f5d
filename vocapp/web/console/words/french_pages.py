"""The console in French: its first page and its lists. Invisible spaces as in `french.py`."""

from __future__ import annotations

from typing import Any

PAGES: dict[str, Any] = {
    # the first page
    "home": "Accueil",
    "today": "Aujourd’hui",
    "answers_today": ("réponse aujourd’hui", "réponses aujourd’hui"),
    "yesterday": "hier\u00a0: {n}",
    "to_take": ("rappel à prendre", "rappels à prendre"),
    "overdue": ("rappel en retard", "rappels en retard"),
    "not_late_n": ("{n} dans les temps", "{n} dans les temps"),
    "late_n": ("{n} en retard", "{n} en retard"),
    "none_late": "aucun en retard",
    "mine": ("rappel à mon nom", "rappels à mon nom"),
    "open_n": ("{n} ouvert en tout", "{n} ouverts en tout"),
    "mails_today": ("mail parti aujourd’hui", "mails partis aujourd’hui"),
    "failed_n": ("{n} échec sur 7 jours", "{n} échecs sur 7 jours"),
    "needs_me": "Ce qui vous attend",
    "needs_team": "Ce qui attend l’équipe",
    "needs": {"mine": "Mes rappels en cours", "late": "En retard", "new": "À prendre, encore dans les temps",
              "failed": "Mails qui ne sont pas partis", "dead": "Suites abandonnées"},
    "needs_nothing": "Rien ne presse. C’est un bon moment pour lire ce que disent les clients.",
    "see_all": ("Voir le seul", "Voir les {n}"),
    "dead_n": ("{n} suite abandonnée après plusieurs essais.", "{n} suites abandonnées après plusieurs essais."),
    "dead_help": "Un message, une analyse ou une alerte n’a pas pu aboutir. Voir et relancer",
    "voices": "Ce que disent les clients",
    "last_days": "{n} derniers jours",
    "before": "avant\u00a0: {n}",
    "between": "entre {low} et {high}",
    "nps": "Recommandation (NPS)",
    "csat": "Satisfaits (CSAT)",
    "scores_n": ("{n} note", "{n} notes"),
    "too_few": ("{n} note\u00a0: il en faut 10 pour un résultat.", "{n} notes\u00a0: il en faut 10 pour un résultat."),
    "too_few_before": ("{n} note avant", "{n} notes avant"),
    "figures_help": "La vraie valeur est dans l’intervalle 95 fois sur 100. "
                    "«\u00a0Avant\u00a0» compte autant de jours, juste avant ceux-ci.",
    # the queue
    "score_and_priority": "Note, priorité",
    "filter_and_sort": "Filtrer et trier",
    "filters_chosen": ("{n} choix", "{n} choix"),
    "by_age": "Par ancienneté",
    "ages": {"all": "Tous", "late": "En retard", "in_time": "Dans les temps",
             "hour": "Moins d’1\u00a0h", "day": "Moins d’1\u00a0jour",
             "days": "1 à 3 jours", "older": "Plus de 3 jours"},
    # until when a callback stays with who took it
    "until_says": {"today": "jusqu’à {time}", "tomorrow": "jusqu’à demain, {time}", "weekday": "jusqu’à {day}, {time}",
                   "day": "jusqu’au {day}"},
    "hold_over": "délai écoulé",
    "hold_mine": "À vous {until}\u00a0: ensuite, ce rappel revient dans la file. Noter un appel ou rouvrir cette page "
                 "prolonge ce délai.",
    "hold_theirs": "Il lui est réservé {until}\u202f; sans nouvelle action de sa part, il revient ensuite dans la "
                   "file.",
    "first_again": "Revenir au début",
    # the mails
    "mails": "Envois",
    "mails_title": "Envois",
    "mails_help": "Chaque invitation, partie ou non, avec ce qui a été décidé et pourquoi.",
    "mail_status": "Décision",
    "mail_statuses": {"": "Toutes", "not_sent": "Non parties"},
    "why_not": "Raison",
    "all_reasons": "Toutes les raisons",
    "answered": {"completed": "Réponse reçue", "partial": "Réponse commencée"},
    "when": "Quand",
    "older_mails": "Envois plus anciens",
    "no_mails": "Aucun envoi pour l’instant",
    "no_mails_help": "Une invitation apparaît ici dès qu’un événement déclenche une enquête, même si elle n’est "
                     "pas envoyée.",
    "open_customer": "Ouvrir la fiche de {name}",
}  # fmt: skip
