"""The console in French: the queue that keeps itself up to date, the keys, the call."""

from __future__ import annotations

from typing import Any

CALLING: dict[str, Any] = {
    # the queue, live
    "fresh": "Ce rappel a changé entre-temps.",
    "refresh": "Actualiser",
    "stale": "Cette page ne se met plus à jour\u00a0: la connexion est coupée, ou votre session est finie.",
    "news_one": "Un nouveau rappel est arrivé.",
    "news_many": "{n} nouveaux rappels sont arrivés.",
    "news_gone": "Ce rappel n’est plus dans la liste\u00a0: un collègue s’en occupe.",
    "with_colleagues": ("{n} rappel est entre les mains de vos collègues.",
                        "{n} rappels sont entre les mains de vos collègues."),
    "see_all_open": "Voir tous les rappels ouverts",
    # what to say, in the customer's language
    "for_example": "Par exemple",
    "phrases": {
        "hello": "Bonjour {name}, je vous appelle de la part de {company}. Vous avez pris le temps de nous répondre "
                 "et j’ai lu chaque mot.",
        "hello_nameless": "Bonjour, je vous appelle de la part de {company}. Vous avez pris le temps de nous répondre "
                          "et j’ai lu chaque mot.",
        "hello_unasked": "Bonjour {name}, je vous appelle de la part de {company}. J’ai vu que tout ne s’est pas passé "
                         "comme prévu, et je préfère vous appeler moi-même.",
        "hello_unasked_nameless": "Bonjour, je vous appelle de la part de {company}. J’ai vu que tout ne s’est pas "
                                  "passé comme prévu, et je préfère vous appeler moi-même.",
        "sorry": "Je regrette ce qui s’est passé. Qu’est-ce qui vous a le plus gêné\u202f?",
        "ask": "Qu’est-ce qui réparerait la situation pour vous\u202f?",
        "end": "Voici ce que je fais maintenant, et quand vous aurez de mes nouvelles.",
    },
    # whose it is
    "assign_title": "Confier à un collègue",
    "assign": "Confier",
    "assign_help": "Ce rappel apparaît dans sa liste à faire, avec plus de temps pour commencer.",
    "given_to": "à {name}",
    "team_of": "Équipe de {place}",
    "escalated": ("Remonté {n} fois", "Remonté {n} fois"),
    # how it ended
    "via": "Comment vous l’avez contacté",
    "vias": {"phone": "Par téléphone", "email": "Par e-mail", "store": "Sur place"},
    "choose_one": "Choisir…",
    "causes_before": "Déjà employées",
    "remedy": "Ce qui a été fait",
    "remedy_help": "Ce que le client a obtenu.",
    "resolved_by": "Fait\u00a0: {remedy}",
    "note_down": "Noter l’appel",
    "note_down_mail": "Noter la réponse",
    "another_call": "Noter un autre appel",
    "another_mail": "Noter un autre message",
    "closing_note_add": "Ajouter une note de conclusion",
    "closing_note": "Note de conclusion",
    "closing_note_help": "Ce qui a été convenu avec le client. Facultatif.",
    "pass_on": "Passer la main",
    # keys
    "keys": (("j", "ligne suivante"), ("k", "ligne précédente"), ("Entrée", "ouvrir"), ("c", "prendre ce rappel"),
             ("n", "page suivante"), ("?", "afficher cette liste")),
    "keys_of_alert": "Sur la page d’un rappel",
    "keys_alert": (("c", "prendre ce rappel"), ("t", "téléphoner"), ("m", "écrire une note"),
                   ("1 à 4", "choisir le résultat, puis Entrée"), ("r", "choisir la cause"),
                   ("Ctrl Entrée", "conclure"), ("Échap", "quitter un champ"), ("q", "retour à la file")),
}  # fmt: skip
