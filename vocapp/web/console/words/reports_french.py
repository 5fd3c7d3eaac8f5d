"""Reports by mail: the words of their page in French.

Invisible spaces are escapes: U+202F before `;`, `!`, `?`, U+00A0 before `:` and inside « ».
"""

from __future__ import annotations

from typing import Any

REPORTS: dict[str, Any] = {
    "reports": "Rapports par e-mail",
    "by_mail": "le prestataire d’envoi",
    "returned_because": {"bounce": "l’adresse n’existe plus", "complaint": "signalé comme indésirable",
                         "unsubscribed": "désabonné", "unwanted": "désabonné"},
    "reports_help": "Les chiffres, trois commentaires à lire et ce qu’il y a à faire, à 8 h, heure locale\u00a0: "
                    "chaque lundi pour la semaine passée, le premier du mois pour le mois passé.",
    "reports_own": "Vos abonnements",
    "reports_none": "Vous n’êtes abonné à aucun rapport",
    "reports_none_help": "Un clic suffit, et un lien dans chaque message l’arrête.",
    "report_kinds": {"weekly": "Chaque lundi", "monthly": "Le premier du mois"},
    "report_everything": "Tout ce que je vois",
    "report_next": "Prochain envoi",
    "report_last": "Dernier envoi",
    "report_never": "aucun encore",
    "report_stop": "Arrêter",
    "report_stop_of": "Arrêter\u00a0: {kind}, {place}",
    "report_see": "Voir le rapport de la dernière période",
    "report_pdf_of": "Télécharger en PDF\u00a0: {report}",
    "report_languages": {"fr": "français", "en": "anglais"},
    "reports_subscribe": "S’abonner",
    "report_place": "Lieu",
    "report_place_help": "Avec tout ce qui en dépend.",
    "report_language": "Langue",
    "report_zone": "Fuseau horaire",
    "report_zone_help": "8 h dans ce fuseau, été comme hiver. Là où le lundi arrive avant la fin de la semaine de "
                        "l’entreprise ({zone}), dès qu’elle est finie\u00a0: votre abonnement indique l’heure.",
    "report_subscribe_weekly": "Recevoir chaque lundi",
    "report_subscribe_monthly": "Recevoir chaque mois",
    "reports_look": "Voir d’abord",
    "reports_look_help": "Le rapport tel qu’il partirait aujourd’hui, pour tout ce que vous voyez.",
    "report_preview_weekly": "Rapport de la semaine",
    "report_preview_monthly": "Rapport du mois",
    "reports_done": {
        "report_subscribed": "C’est noté\u00a0: le prochain rapport partira à la date indiquée.",
        "report_left": "C’est arrêté\u00a0: vous ne recevrez plus ce rapport.",
    },
}  # fmt: skip

REPORTS_ACTIONS = {"report.removed": "Rapport arrêté\u00a0: le message est revenu"}
REPORTS_FIELDS = {"report": "rapport", "returned": "parce que"}
