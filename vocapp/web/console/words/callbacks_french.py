"""Who calls back, and when: the words of its settings in French. Spaces as in `french.py`."""

from __future__ import annotations

from typing import Any

CALLBACKS: dict[str, Any] = {
    "calls": "Rappels promis",
    "calls_help": "Après une réponse mécontente, la page de remerciement propose un rappel, seulement quand quelqu’un "
                  "est là pour le faire. Chaque promesse prend une place, et il n’y en a jamais plus que de places.",
    "calls_none": "Aujourd’hui, rien n’est proposé aux clients\u00a0: personne n’est indiqué pour rappeler.",
    "calls_who": "Qui rappelle",
    "agents": "Conseillers présents chaque jour",
    "agents_help": "0\u00a0: aucun rappel n’est proposé.",
    "calls_per_hour": "Rappels par conseiller et par heure",
    "calls_per_hour_help": "Ceux qui peuvent être promis, de 1 à 60\u202f; vide, c’est 4.",
    "absences": "Absences",
    "absences_help": "Une par ligne\u00a0: premier jour, dernier jour, combien de conseillers. "
                     "Par exemple «\u00a02026-08-03 2026-08-14 2\u00a0».",
    "calls_when": "Quand",
    "week_help": "Par exemple «\u00a0{example}\u00a0». Vide\u00a0: personne ce jour-là.",
    "week_days": {"mon": "Lundi", "tue": "Mardi", "wed": "Mercredi", "thu": "Jeudi", "fri": "Vendredi",
                  "sat": "Samedi", "sun": "Dimanche"},
    "holidays": "Jours fériés",
    "holidays_help": "Personne ne rappelle ces jours-là.",
    "calendars": {"fr": "France", "fr-alsace-moselle": "France, Alsace et Moselle", "none": "Aucun"},
    "closed": "Autres jours sans personne",
    "closed_help": "Un par ligne, par exemple «\u00a02026-12-24\u00a0».",
    "calls_places": "Les lieux qui ont leurs propres horaires (fixés par l’API) ne proposent que ce qui tombe dedans.",
    "promised_next": "Ce qui est promis",
    "promised_none": "Rien n’est promis pour les jours à venir.",
    "promised_of": "{n} sur {room}",
    "promised_over": "plus que l’équipe ne peut faire",
    "slot": "Moment",
    "slot_taken": "Promis",
}  # fmt: skip

CALLBACK_ERRORS = {
    "hours": "Écrivez les heures comme {example}, dans l’ordre\u202f; une heure au moins par semaine.",
    "days": "Écrivez chaque jour comme 2026-12-24, un par ligne.",
    "absences": "Écrivez chaque absence comme 2026-08-03 2026-08-14 2, une par ligne, la fin après le début.",
}
