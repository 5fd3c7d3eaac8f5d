"""Les thèmes : les mots de leurs pages de réglages.

Invisible spaces are escapes: U+202F before `;`, `!`, `?`, U+00A0 before `:` and inside « ».
"""

from __future__ import annotations

from typing import Any

THEMES: dict[str, Any] = {
    "themes_title": "Thèmes",
    "themes_help": "Ce dont parlent les commentaires, reconnu à des mots. Les thèmes fournis valent pour tous\u202f; "
                   "ajoutez les vôtres, ou remplacez-en un par vos propres mots.",
    "own_themes": "Vos thèmes",
    "no_themes": "Vous n’avez pas encore ajouté de thème",
    "no_themes_help": "Ajoutez ce dont vos clients parlent et que les thèmes fournis ne connaissent pas\u00a0: un "
                      "rayon, un service, un atelier.",
    "shipped_themes": "Thèmes fournis",
    "theme_replaces": "Remplace un thème fourni",
    "theme_is_ended": "N’est plus recherché",
    "theme_counts": {"one": "{n} mot", "many": "{n} mots"},
    "theme_in": {"fr": "en français", "en": "en anglais"},
    "theme_in_other": "en «\u00a0{tag}\u00a0»",
    "add_theme": "Ajouter un thème",
    "new_theme": "Nouveau thème",
    "back_to_themes": "Tous les thèmes",
    "edit_theme": "Modifier le thème {name}",
    "theme_key": "Clé",
    "theme_key_help": "Minuscules sans accent, chiffres et «\u00a0_\u00a0», comme atelier. Les exports et l’API la "
                      "nomment\u202f; elle ne change plus ensuite.",
    "theme_name": "Nom",
    "theme_words": "Mots à reconnaître",
    "theme_words_help": "Un par ligne. «\u00a0atelier\u00a0» trouve aussi «\u00a0ateliers\u00a0», sans tenir compte "
                        "des accents ni des majuscules\u202f; «\u00a0rembours*\u00a0» trouve tout ce qui commence "
                        "ainsi\u202f; «\u00a0service client\u00a0» trouve ces mots à la suite.",
    "theme_except": "Ce qui n’en parle pas",
    "theme_except_help": "Facultatif\u00a0: des suites de mots où il n’est pas question du thème, bien qu’un de ses "
                         "mots s’y trouve, comme «\u00a0boutique en ligne\u00a0» pour le magasin.",
    "theme_from_now": "Un changement vaut pour ce qui sera écrit ensuite. Pour le reste, faites "
                      "«\u00a0Rechercher partout\u00a0».",
    "try_title": "Essayer",
    "try_text": "Un commentaire",
    "try_text_help": "Recopiez un commentaire, ou écrivez-en un. Il n’est pas conservé.",
    "try_text_optional": "Facultatif\u00a0: un commentaire à essayer. Il n’est pas conservé.",
    "try_themes": "Quels thèmes y trouve-t-on\u202f?",
    "try_theme": "Essayer sans enregistrer",
    "try_found": "Thèmes trouvés",
    "try_nothing": "Aucun thème n’y est trouvé.",
    "try_verbatims": "Des {looked_at} derniers commentaires, {carry} porteraient ce thème. Aujourd’hui, {carried} le "
                     "portent.",
    "try_no_verbatims": "Il n’y a pas encore de commentaire sur lequel l’essayer.",
    "try_examples": "Par exemple",
    "again_title": "Ce qui a été écrit avant",
    "again_help": "Un changement ne vaut que pour la suite. Vous pouvez faire rechercher les thèmes d’aujourd’hui dans "
                  "tous les commentaires déjà reçus\u00a0: filtres, chiffres et exports suivent, les mois publiés non.",
    "again_want": "Rechercher partout",
    "again_going": "Recherche en cours\u00a0: {looked_at} réponses vues sur {total}.",
    "again_done": "Dernière recherche terminée {when}\u00a0: {looked_at} réponses vues, {changed} portent d’autres "
                  "thèmes.",
    "remove_theme": "Retirer ce thème",
    "remove_theme_help": "Il n’est plus recherché dans ce qui sera écrit. Ce qui a été compté le reste.",
    "restore_theme": "Revenir au thème fourni",
    "restore_theme_help": "Vos mots sont remplacés par ceux du thème fourni.",
    "end_theme": "Ne plus le rechercher",
    "end_theme_help": "Ce thème fourni n’est plus recherché dans ce qui sera écrit. Vous pourrez y revenir.",
    "theme_whys": {
        "no_word": "il n’y a là aucun mot.",
        "star_inside": "un * se place à la fin, après le début d’un mot.",
        "beginning": "il faut au moins trois lettres avant un *.",
        "star": "ce qui n’en parle pas s’écrit en entier, sans *.",
        "long": "60 caractères au plus, sans caractère de contrôle.",
    },
}  # fmt: skip

THEMES_TAB = {"themes": "Thèmes"}
THEMES_DONE = {"themes_wanted": "La recherche commence\u00a0: quelques minutes pour des milliers de réponses."}
THEMES_ACTIONS = {"themes.rebuilt": "Thèmes recherchés partout"}
THEMES_ERRORS = {
    "theme_words": "Écrivez au moins un mot, dans une langue au moins.",
    "theme_name": "Une ligne de 60 caractères au plus.",
    "theme_key": "De 1 à 40 minuscules sans accent, chiffres et «\u00a0_\u00a0», en commençant par une lettre.",
    "theme_taken": "Un thème porte déjà cette clé. Modifiez-le, ou choisissez-en une autre.",
    "too_many_themes": "Vous avez déjà {most} thèmes\u00a0: retirez-en un d’abord.",
}
THEMES_FIELDS = {"version": "version"}
