"""The console in French: switching a survey on and off."""

from __future__ import annotations

from typing import Any

SWITCHING: dict[str, Any] = {
    "switch_titles": {"on": "En service", "off": "Mettre en service"},
    "switch_what": "Une fois en service, elle partira d’elle-même, par e-mail\u00a0: {trigger}.",
    "switch_whom": "À qui\u00a0: au client de l’événement, s’il a une adresse e-mail et si vos règles de contact le "
                   "permettent (consentement, repos, plafond, heures calmes).",
    "switch_whom_resolved": "À qui\u00a0: au client dont le rappel vient d’être conclu, si vos règles de contact le "
                            "permettent.",
    "switch_from_now": "Seuls comptent les événements reçus ensuite.",
    "switch_never_came": "Aucun événement {event} n’est arrivé récemment\u00a0: vérifiez que vos outils l’envoient.",
    "switch_publishes": "La version {n} sera publiée, avec les mêmes questions. Qui a commencé à répondre finit dans "
                        "sa version.",
    "switch_publishes_draft": "Le brouillon sera publié tel quel\u00a0: ce sera la version 1.",
    "switch_draft_stays": "Votre brouillon modifié reste un brouillon.",
    "switch_off_means": "Si vous l’arrêtez, plus aucune invitation ne sera décidée. Celles qui sont déjà prévues "
                        "partiront encore, et qui a reçu un lien peut répondre.",
    "switch_by_rule": "Une règle d’alerte l’envoie déjà comme message d’excuses, qu’elle soit en service ou non.",
    "event_quoted": "«\u00a0{name}\u00a0»",
    "switch_on": "Mettre en service",
    "switch_off": "Arrêter",
    "switch_ask": "Un responsable ou un analyste de toute l’entreprise peut la mettre en service ou l’arrêter.",
    "once_on": "une fois en service\u00a0: {trigger}",
    "switch_done": {
        "survey_on": "L’enquête est en service.",
        "survey_off": "L’enquête est arrêtée.",
        "survey_switched_already": "Rien n’a changé\u00a0: c’était déjà fait.",
        "survey_switched_meanwhile": "Une autre version a été publiée entre-temps. Rien n’a changé\u00a0: relisez la "
                                     "page, puis recommencez.",
        "survey_switched_redrafted": "Le brouillon a été modifié entre-temps. Rien n’est publié\u00a0: relisez la "
                                     "page, puis recommencez.",
        "survey_not_switched": "Cette enquête ne peut pas être publiée telle quelle. Corrigez-la par l’API ou par la "
                               "commande «\u00a0survey\u00a0».",
    },
    "switch_actions": {"survey.switched_on": "Enquête mise en service", "survey.switched_off": "Enquête arrêtée"},
    "switch_audited": {"version": "version"},
}  # fmt: skip
