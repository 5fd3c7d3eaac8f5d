"""The console in French: customers, and one of them as a whole. Invisible spaces as in `french.py`."""

from __future__ import annotations

from typing import Any

CUSTOMERS: dict[str, Any] = {
    "all_customers": "Voir tous les clients",
    "all_sentiments": "Tous les tons",
    "all_personas": "Toutes les personas",
    "older_customers": "Clients plus anciens",
    "no_customers": "Aucun client pour l’instant",
    "no_customers_help": "Les clients arrivent avec les événements, par l’API, ou d’un fichier avec la commande "
                         "«\u00a0vocapp customers import\u00a0».",
    "contact_says": {
        "allowed": "On peut lui écrire.",
        "quiet_hours": "On pourra lui écrire {when}\u00a0: ce sont les heures calmes.",
        "later": "On pourra lui écrire de nouveau {when}\u00a0: {reason}.",
        "never": "On ne peut pas lui écrire\u00a0: {reason}.",
    },
    "cap_because": ("{n} message cette semaine, c’est assez", "{n} messages cette semaine, c’est assez"),
    "when_says": {"today": "aujourd’hui à {time}", "tomorrow": "demain à {time}", "weekday": "{day} à {time}",
                  "day": "le {day}"},
    "sent_week": ("{n} message sur 7 jours", "{n} messages sur 7 jours"),
    "all_scores": "Toutes les notes",
    "because": "Pourquoi",
    "expects": "Ce qui compte pour cette persona",
    "no_persona": "Pas encore assez de réponses pour en proposer une.",
    "no_older": "Rien de plus ancien.",
    "older_story": "Plus ancien",
    "newest_again_story": "Revenir au plus récent",
    "text_version": "texte {version}",
    "consent_sources": {"checkout": "à la commande", "api": "API", "import": "fichier", "survey": "dans une enquête",
                        "unsubscribe": "lien de désinscription", "preferences": "page de préférences",
                        "demo": "démonstration"},
    "attribute_names": {"buys_for": "Achète pour", "gift_for": "Offre à", "gift_occasion": "Occasion",
                        "buys_again": "Pense revenir", "lifecycle_stage": "Étape", "orders_count": "Commandes",
                        "average_basket": "Panier moyen", "lifetime_value": "Valeur à ce jour",
                        "discount_share": "Part en promotion", "matters_most": "Compte le plus",
                        "store_reason": "Raison de la visite", "city": "Ville", "favourite_store": "Magasin préféré",
                        "home_store": "Magasin habituel"},
    "known_from": "connu depuis le {day}",
    "property_names": {"order_number": "Commande", "total": "Montant", "store_name": "Magasin",
                       "product_name": "Produit", "gift_wrap": "Paquet cadeau", "shipping_method": "Livraison",
                       "coupon": "Code de réduction", "order_count": "Nombre de commandes", "channel": "Canal",
                       "subject": "Sujet", "agent_name": "Conseiller", "plan_name": "Formule",
                       "renews_on": "Renouvellement le",
                       "currency": "Devise", "promised_on": "Promis le", "late_days": "Jours de retard"},
    "property_values": {"channel": {"web": "site web", "store": "magasin", "phone": "téléphone", "email": "e-mail"}},
}  # fmt: skip
