"""The console in French: the first page until the first answer comes."""

from __future__ import annotations

from typing import Any

BEGINNINGS: dict[str, Any] = {
    "beginnings": "Pour commencer",
    "beginnings_help": "Aucune enquête n’a encore été remplie ici. Voici ce qu’il faut pour recevoir une première "
                       "réponse.",
    "beginnings_wait": "Aucune enquête n’a encore été remplie ici. Les chiffres et les rappels apparaîtront dès la "
                       "première réponse.",
    "needs_later": "Les rappels apparaîtront ici dès que des clients auront répondu.",
    "step_done": ", fait",
    "step_to_do": ", à faire",
    "step_data": "Faire arriver vos clients et leurs événements",
    "step_data_state": {
        (False, False): "Une commande livrée, une visite\u00a0: chaque événement nomme un client. Vos outils les "
                        "envoient par l’API.",
        (True, False): "Des clients sont là\u202f; il manque les événements (commande livrée, visite…).",
        (False, True): "Des événements sont là\u202f; il manque les clients.",
        (True, True): "Des clients et des événements sont arrivés.",
    },
    "step_key": "Créer une clé",
    "step_other_key": "Voir les clés",
    "step_docs": "Lire la documentation de l’API",
    "step_survey": "Mettre une enquête en service",
    "step_survey_help": "Choisissez-en une, relisez son aperçu, puis mettez-la en service sur sa page.",
    "step_survey_none": "Commencez par une enquête toute prête.",
    "step_see_surveys": "Voir les enquêtes",
    "step_choose_surveys": "Choisir une enquête",
    "step_sender": "Dire de qui viennent les messages",
    "step_sender_help": "Le nom et l’adresse que vos clients verront. Envoyez-vous un message d’essai.",
    "step_set_sender": "Régler l’expéditeur",
    "step_brand": "Donner votre nom, votre couleur, votre logo",
    "step_brand_help": "Pour que l’enquête ressemble à votre maison.",
    "step_set_brand": "Régler la marque",
    "step_team": "Inviter vos collègues",
    "step_team_help": "Ceux qui rappelleront les clients, et ceux qui liront les chiffres.",
    "step_invite": "Ajouter un collègue",
}  # fmt: skip
