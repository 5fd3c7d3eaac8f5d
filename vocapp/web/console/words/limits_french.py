"""Les seuils des e-mails : les mots de leur page de réglages."""

from __future__ import annotations

from typing import Any

_NAMES = {"unsubscribed": "désinscriptions", "complained": "signalements comme indésirable",
          "undelivered": "e-mails non remis", "opened": "e-mails ouverts"}  # fmt: skip

LIMITS: dict[str, Any] = {
    "limits_title": "Seuils des e-mails",
    "limits_help": "La page des e-mails, dans les tableaux de bord, signale ce qui est à surveiller et ce qui va trop "
                   "loin. Une enquête dont les désinscriptions ou les signalements dépassent à coup sûr le seuil "
                   "suspend ses envois d’elle-même. Les seuils sont en pour cent, de 0,01 à 100.",
    "limit_names": {"unsubscribed": "Désinscriptions, {what}", "complained": "Signalements comme indésirable, {what}",
                    "undelivered": "Non remis, {what}", "opened": "Ouverts, {what}"},
    "limit_held": "Signalements comme indésirable\u00a0: suspension à partir de",
    "limit_held_help": "Dès trois signalements, même si le hasard n’est pas exclu. En pour cent. Si le champ est "
                       "vide\u00a0: {value}.",
    "limit_from": "à surveiller à partir de",
    "limit_over": "trop élevé au-delà de",
    "limit_ships": "En pour cent. Si le champ est vide\u00a0: {value}.",
    "limit_under": "à surveiller au-dessous de",
    "limit_too_low": "trop bas au-dessous de",
    "opens_title": "Ouvertures",
    "opens_measure": "Mesurer les ouvertures des invitations",
    "opens_what": "Chaque invitation contient alors une image invisible. Quand le client affiche les images, SendGrid "
                  "apprend que ce message a été ouvert, quand et depuis quel appareil\u202f; vocapp garde "
                  "l’ouverture et, deux mois, sa date. C’est une façon d’observer les personnes\u00a0: par défaut, "
                  "rien n’est mesuré.",
    "opens_law": "Vos clients doivent en être informés, et en France leur accord préalable peut être nécessaire. La "
                 "page où chaque client voit ses choix et ses données le dit d’elle-même tant que vous mesurez\u202f; "
                 "dites-le aussi dans votre propre page de confidentialité.",
    "opens_count": "Les ouvertures faites par des machines, et annoncées comme telles, ne comptent jamais. Dans "
                   "SendGrid, le webhook doit transmettre les ouvertures.",
    "opens_not_here": "Ici, elles restent non mesurées\u00a0: il faut un envoi par SendGrid et son webhook signé.",
}  # fmt: skip

LIMITS_TAB = {"limits": "Seuils des e-mails"}
LIMITS_ERRORS = {"limit": "Un nombre de {low} à {high}, comme 0,5.",
                 "limit_below": "Ce seuil doit être au plus égal au seuil de surveillance.",
                 "limit_order": "Ce seuil doit être au moins égal au seuil de surveillance."}  # fmt: skip
LIMITS_FIELDS = {
    "measured": "ouvertures mesurées",
    **_NAMES,
    "complained_held": "signalements qui suspendent une enquête",
    **{f"{key}_over": f"{name} (seuil dépassé)" for key, name in _NAMES.items()},
}
