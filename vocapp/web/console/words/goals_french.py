"""Les objectifs : les mots de leur page de réglages."""

from __future__ import annotations

from typing import Any

GOALS: dict[str, Any] = {
    "goals_title": "Objectifs",
    "goals_help": "À partir de quelle valeur un chiffre vous convient. Les tableaux de bord le disent par un signe, "
                  "des mots et une couleur, et seulement quand c’est sûr\u00a0: l’intervalle entier compte, pas la "
                  "valeur seule.",
    "goal_verdicts": {"reached": "tout l’intervalle est du bon côté de l’objectif.",
                      "open": "l’objectif est dans l’intervalle\u00a0: il faut plus de réponses pour le dire.",
                      "missed": "tout l’intervalle est de l’autre côté."},
    "goal_names": {"nps": "Recommandation (NPS)", "csat": "Satisfaits (CSAT)", "ces": "Ont trouvé cela facile (CES)",
                   "answered": "Ont répondu, parmi les messages et liens remis", "completion": "Sont allés au bout",
                   "seconds": "Temps de réponse, au plus",
                   "retention": "Nouveaux clients d’un mois qui achètent de nouveau (rétention)"},
    "goal_bounds": {"points": "En points, de {low} à {high}.", "percent": "En pour cent, de {low} à {high}.",
                    "seconds": "En secondes, de {low} à {high}."},
    "goal_ships": "Si le champ est vide\u00a0: {value}.",
    "goal_none": "Si le champ est vide, il n’y en a pas.",
    "goals_opens": "L’ouverture des messages se règle avec les seuils des e-mails\u202f; la part des messages suivis "
                   "d’une réponse en dit plus.",
}  # fmt: skip

GOALS_TAB = {"goals": "Objectifs"}
GOALS_ERRORS = {"goal": "Un nombre de {low} à {high}, comme 70 ou 72,5."}
GOALS_FIELDS = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "answered": "taux de réponse",
                "completion": "allés au bout",
                "seconds": "temps de réponse (secondes)", "retention": "rétention"}  # fmt: skip
