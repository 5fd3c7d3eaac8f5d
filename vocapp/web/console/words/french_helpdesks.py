"""The console in French: callbacks that live in another tool, too."""

from __future__ import annotations

from typing import Any

HELPDESKS: dict[str, Any] = {
    "lives_in": "Ce rappel est aussi suivi dans {tool}, sous la référence {reference}.",
    "lives_there": {"open": "Ouvert là-bas", "pending": "En attente là-bas", "solved": "Résolu là-bas",
                    "closed": "Clos là-bas", "reopened": "Rouvert là-bas"},
    "lives_open": "L’ouvrir dans {tool}",
    "tool_has_it": "Ce rappel est traité dans {tool}\u00a0: une fois résolu là-bas, il sera conclu ici. Son échéance "
                   "court toujours.",
    "tool_take_back": "Pour le traiter ici, remettez-le dans la file ou confiez-le à un collègue.",
    "in_tool": "dans {tool}, {reference}",
    "helpdesk_moves": {"external": "Mise à jour depuis un autre outil"},
    "helpdesk_resolutions": {"elsewhere": "dans un autre outil"},
}  # fmt: skip

SETTINGS: dict[str, Any] = {
    "tool": "Outil d’assistance relié",
    "tool_help": "Pour un webhook seulement\u00a0: le nom sous lequel l’outil s’identifie, comme Zendesk. Il est alors "
                 "informé de chaque étape d’un rappel, sauf des siennes. Vide\u00a0: seulement des ouvertures et des "
                 "retards.",
    "tool_says": "chaque étape, pour {tool}",
    "helpdesk_title": "Relier un outil d’assistance",
    "helpdesk_help": "Zendesk, Salesforce ou un autre outil est informé des rappels par un webhook, et signale à "
                     "cette adresse ce qu’ils deviennent chez lui\u00a0: un rappel résolu là-bas est conclu ici.",
    "helpdesk_address": "Adresse à appeler",
    "helpdesk_how": "Il lui faut une clé avec le droit «\u00a0{right}\u00a0». Le fichier docs/helpdesk.md décrit "
                    "l’envoi, avec un exemple pour Zendesk et un pour Salesforce.",
    "helpdesk_keys": "Créer une clé",
    "helpdesk_api": "Tous les champs de l’appel",
}  # fmt: skip
