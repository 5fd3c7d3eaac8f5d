"""Les tableaux de bord ouverts par un lien : les mots de leur page de réglages."""

from __future__ import annotations

from typing import Any

LINKS: dict[str, Any] = {
    "links": "Tableaux de bord partagés",
    "links_help": "Un lien montre des chiffres à qui l’ouvre, sans compte\u00a0: chaque salarié peut le lire. Seuls "
                  "des mois entiers y paraissent, une fois pour toutes, sans aucun nom, et rien de ce qui concerne "
                  "moins de dix personnes.",
    "links_next": "Prochaine publication\u00a0: {day}.",
    "no_links": "Aucun lien",
    "no_links_help": "Créez-en un par public\u00a0: on retire alors l’un sans gêner les autres. Les mois passés "
                     "paraissent dans la minute qui suit le premier.",
    "add_link": "Créer un lien",
    "link_name": "Titre du tableau de bord",
    "link_name_help": "Il se lit en haut de la page.",
    "link_figures": "Chiffres montrés",
    "figure_names": {"nps": "NPS", "csat": "Satisfaction (CSAT)", "ces": "Facilité (CES)",
                     "themes": "Thèmes des commentaires"},
    "link_surveys": "Enquêtes montrées",
    "link_surveys_help": "Aucune cochée\u00a0: toutes, y compris celles à venir.",
    "all_surveys": "toutes les enquêtes",
    "link_place": "Partie de l’entreprise",
    "link_place_help": "Avec tout ce qui en dépend.",
    "link_until": "Dernier jour",
    "link_until_help": "Facultatif\u00a0: le lien ne s’ouvre plus ensuite.",
    "create_link": "Créer le lien",
    "the_link": "Lien à transmettre",
    "open_link": "Ouvrir",
    "link_made_by": "Créé par {who}",
    "link_ends": "jusqu’au {day}",
    "link_is_over": "Terminé",
    "link_is_revoked": "Retiré",
    "revoke_link": "Retirer",
    "revoke_link_of": "Retirer le lien {name}",
}  # fmt: skip

LINKS_TAB = {"links": "Tableaux partagés"}
LINKS_DONE = {
    "link_made": "Le lien est créé\u00a0: transmettez-le aux personnes concernées.",
    "link_made_before": "Ce lien existe déjà.",
    "link_revoked": "Le lien est retiré\u00a0: il n’ouvre plus rien.",
}
LINKS_ERRORS = {
    "link_day": "Écrivez un jour, comme 2027-03-31.",
    "link_ended": "Choisissez aujourd’hui ou un jour à venir.",
    "too_many_links": "Il y a trop de liens\u00a0: n’en gardez qu’un par public.",
}
LINKS_ACTIONS = {
    "public_link.created": "Lien de tableau de bord créé",
    "public_link.revoked": "Lien de tableau de bord retiré",
}
LINKS_FIELDS = {"surveys": "enquêtes", "figures": "chiffres", "ends_on": "dernier jour"}
