"""À qui revient un rappel, ce qui se passe tant que personne ne s’en charge, et ses causes : les mots des réglages."""

from __future__ import annotations

from typing import Any

HANDLING: dict[str, Any] = {
    "handling_title": "Prise en charge des rappels",
    "handling_help": "À qui revient un rappel, ce qui se passe tant que personne ne le fait, et ce que le client "
                     "apprend alors.",
    # handing out
    "out_title": "Équipes",
    "out_help": "Chaque rappel revient au lieu le plus proche qui rappelle lui-même, sinon à l’équipe centrale.",
    "out_by": "Qui s’en charge",
    "out_ways": {"hand": "Chacun prend ce qu’il veut",
                 "round_robin": "Répartis à tour de rôle entre les présents"},
    "out_most": "Rappels en main par personne",
    "out_most_help": "À tour de rôle, personne n’en a davantage\u00a0: de 1 à 100\u202f; vide, 5.",
    "out_teams": "Lieux qui rappellent eux-mêmes",
    "out_teams_help": "Ils rappellent aussi pour tout ce qui se trouve au-dessous d’eux.",
    # escalation
    "steps_title": "Tant que personne n’appelle",
    "steps_help": "Cinq étapes au plus, chacune après la précédente\u202f; une étape vide suit celles qui sont "
                  "enregistrées. À chaque étape, les canaux concernés sont prévenus. Sans étape, un rappel en retard "
                  "attend.",
    "step_n": "Étape {n}",
    "step_after": "Minutes après l’échéance",
    "step_after_help": "Comptées quand quelqu’un est là\u00a0: 540 font une journée de neuf heures. Vide, l’étape "
                       "n’existe pas.",
    "step_to": "Le rappel passe alors",
    "step_targets": {"stay": "à personne d’autre\u00a0: il reste où il est", "above": "à l’équipe au-dessus",
                     "central": "à l’équipe centrale"},
    "step_tell": "Qui est prévenu en plus",
    "step_tell_help": "Une adresse par ligne, dix au plus.",
    # letters
    "letters_title": "Quand personne ne peut appeler à temps",
    "letters_help": "Quand il y a plus de rappels que de bras, les clients dont le tour ne viendra pas reçoivent un "
                    "message personnel, une seule fois\u00a0: nous les avons entendus, et voici comment être aidés. "
                    "Le rappel reste ouvert. Les règles de contact valent comme pour tout autre message. "
                    "Tant que la case n’est pas cochée, rien ne part.",
    "letters_no_way": "Rien ne part aujourd’hui\u00a0: le message n’aurait aucune aide à proposer. Indiquez une "
                      "adresse ou un numéro ci-dessous, une adresse de réponse (Expéditeur), ou qui rappelle "
                      "(Rappels promis).",
    "letters_on": "Écrire à ces clients",
    "letters_margin": "Minutes après l’échéance",
    "letters_margin_help": "À ce retard, le message part dans tous les cas\u202f; 540 font une journée\u202f; vide, "
                           "540. S’il est clair plus tôt que l’équipe n’y arrivera pas, il n’attend pas.",
    "letters_url": "Adresse de vos pages d’aide",
    "letters_url_help": "Une adresse sécurisée (https). Vide, elle n’est pas citée.",
    "letters_phone": "Numéro de téléphone",
    "letters_reply": "Le message précise aussi que les réponses sont lues, à l’adresse {address}.",
    "letters_no_reply": "Sans adresse de réponse (Expéditeur), le message n’invite pas à répondre.",
    "letters_times": "Il permet de choisir un créneau, s’il en reste.",
    "letters_no_times": "Aucun créneau ne peut être choisi\u00a0: personne n’est désigné pour rappeler "
                        "(Rappels promis).",
    # after the call
    "asking_title": "Après l’appel",
    "asking_on": "Les clients joints reçoivent ensuite un message qui demande si cela les a aidés\u00a0:",
    "asking_off": "Personne n’est interrogé après un appel.",
    "asking_help": "Sur une installation plus ancienne, cet envoi reste désactivé tant que la personne qui l’exploite "
                   "ne l’a pas activé (docs/operations.md, «\u00a0After the call\u00a0»).",
    # causes and remedies
    "resolutions_title": "Causes et gestes",
    "resolutions_help": "Celui qui clôt un rappel y choisit l’origine du problème et ce qui a été fait. On les compte, "
                        "pour réparer ce qui revient.",
    "causes_title": "Causes",
    "remedies_title": "Gestes",
    "edit_list": "Modifier\u00a0: {name}",
    "add_group": "Ajouter un groupe de causes",
    "new_group": "Nouveau groupe de causes",
    "group_name": "Nom du groupe",
    "cause_n": "Cause {n}",
    "remedy_n": "Geste {n}",
    "in_languages": {"fr": "En français", "en": "En anglais"},
    "choices_help": "Videz les deux noms pour en retirer un. Ce qui a été compté le reste, même après un changement de "
                    "nom. Avec une seule langue, l’autre affiche la même chose.",
    "back_to_resolutions": "Toutes les causes et tous les gestes",
    "remove_group": "Retirer ce groupe",
    "remove_group_open": "Retirer…",
    "remove_group_help": "Personne ne pourra plus le choisir. Les rappels clos avec lui le gardent.",
    "usual_title": "Revenir à la liste d’origine",
    "usual_open": "Repartir de zéro…",
    "usual_help": "Vos causes et vos gestes sont remplacés par ceux d’origine.",
}  # fmt: skip

HANDLING_ERRORS = {
    "step_later": "Chaque étape vient après la précédente.",
    "told": "L’une de ces adresses n’en est pas une, ou il y en a plus de dix.",
    "help_url": "Écrivez une adresse sécurisée (https).",
    "help_phone": "Écrivez un numéro de téléphone, par exemple +33 1 84 80 00 00.",
    "choice_name": "{most} caractères au plus, sans caractère de contrôle.",
    "choices": "Cette liste ne peut pas être enregistrée\u00a0: de 1 à {most} noms, et au moins une cause par groupe.",
    "no_choices": "Laissez-en au moins un.",
    "too_many_choices": "{most} au plus.",
    "last_causes": "C’est le dernier groupe\u00a0: gardez-le, ou ajoutez-en d’abord un autre.",
}
