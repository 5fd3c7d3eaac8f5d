"""Les seuils des e-mails : les mots de leur page de réglages."""

from __future__ import annotations

from typing import Any

_NAMES = {"unsubscribed": "désinscriptions", "complained": "signalements comme indésirable",
          "undelivered": "e-mails non remis", "opened": "e-mails ouverts"}  # fmt: skip

LIMITS: dict[str, Any] = {
    "limits_title": "Seuils des e-mails",
    "limits_help": "La page des e-mails, dans les tableaux de bord, signale ce qui est à surveiller et ce qui va trop "
                   "loin. Une enquête dont les désinscriptions ou les signalements dépassent sûrement le seuil suspend "
                   "ses envois d’elle-même. Les seuils sont en pour cent, de 0,01 à 100.",
    "limit_names": {"unsubscribed": "Désinscriptions, {what}", "complained": "Signalements comme indésirable, {what}",
                    "undelivered": "Non remis, {what}"},
    "limit_held": "Signalements comme indésirable, suspendent l’enquête à partir de",
    "limit_held_help": "Dès trois signalements, même si le hasard n’est pas exclu. En pour cent. Si le champ est "
                       "vide\u00a0: {value}.",
    "limit_from": "à surveiller à partir de",
    "limit_over": "trop élevé au-delà de",
    "limit_ships": "En pour cent. Si le champ est vide\u00a0: {value}.",
    "limits_opens": "Les ouvertures ne sont pas mesurées\u00a0: vocapp ne met pas d’image invisible dans ses e-mails. "
                    "Elles n’ont donc pas de seuil ici.",
}  # fmt: skip

LIMITS_TAB = {"limits": "Seuils des e-mails"}
LIMITS_ERRORS = {"limit": "Un nombre de {low} à {high}, comme 0,5.",
                 "limit_order": "Ce seuil doit être au moins égal au seuil de surveillance."}  # fmt: skip
LIMITS_FIELDS = {
    **_NAMES,
    "complained_held": "signalements qui suspendent une enquête",
    **{f"{key}_over": f"{name} (seuil dépassé)" for key, name in _NAMES.items()},
}
