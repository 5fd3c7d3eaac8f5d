"""Les enseignes : les mots de leurs pages de réglages."""

from __future__ import annotations

from typing import Any

BRANDS: dict[str, Any] = {
    "brand": "La marque",
    "brand_help": "Ce que vos clients voient sur les pages des enquêtes et en tête de vos messages.",
    "brand_name": "Nom de la marque",
    "brand_name_help": "Vide, c’est le nom de l’espace.",
    "accent": "Couleur",
    "accent_help": "Comme #3546b8. Elle est foncée ou éclaircie autant qu’il le faut pour rester lisible.",
    "brand_open": "Nom, logo, couleur, expéditeur et ton de cette enseigne",
    "brand_of": "L’enseigne {name}",
    "brand_look_help": "Comment cette enseigne se présente à ses clients, dans tout ce qui en dépend\u00a0: enquêtes, "
    "messages, préférences et rappels. Les limites d’envoi et les désinscriptions valent pour toute l’entreprise.",
    "brand_empty_help": "Vide, c’est le nom de l’enseigne au-dessus ou de l’espace.",
    "logo_file_help": "PNG, JPEG ou WebP, {most}\u00a0ko au plus, de 16 à 2\u202f000 pixels de côté. Sans logo, le nom "
    "est écrit en toutes lettres\u202f; dans les messages aussi si c’est un WebP, qu’Outlook n’affiche pas.",
    "logo_remove": "Retirer le logo",
    "accent_as_is": "Lisible telle quelle, sur fond clair comme sur fond sombre.",
    "accent_shades": "Pour rester lisible, elle devient {light} sur fond clair et {dark} sur fond sombre.",
    "accent_contrast": "Contraste\u00a0: {light} sur fond clair, {dark} sur fond sombre\u202f; il en faut 4,5.",
    "brand_sender_help": "Pour les messages de cette enseigne. Vide, c’est l’expéditeur de l’espace.",
    "accent_shown": "La couleur choisie",
    "logo_url": "Logo",
    "logo_url_help": "L’adresse https d’une image PNG ou JPEG. SVG et WebP "
    "s’affichent dans les pages, pas dans les e-mails. Vide, le nom est écrit en toutes lettres.",
    "logo_upload": "Pour déposer un fichier, ouvrez un lieu de type Enseigne",
    "logo_shown": "Le logo",
    "voice": "Le ton",
    "voice_help": "Comment vous parlez à vos clients, là où aucune enseigne n’a réglé le sien.",
    "voice_open": "Tutoiement ou vouvoiement, signature, formules",
    "brand_voice_help": "Ce qui reste vide est comme pour l’enseigne au-dessus, sinon comme pour l’espace.",
    "formality": "Vous ou tu",
    "formality_help": "Pour tout ce que nous écrivons en votre nom, en français. Les textes de vos enquêtes restent "
    "tels que vous les avez écrits.",
    "formalities": {"formal": "Vouvoyer", "informal": "Tutoyer"},
    "as_above": "Comme au-dessus",
    "voice_in": "En {language}",
    "greeting": "Salutation",
    "greeting_help": "Comme «\u00a0Bonjour{% if customer.first_name %} {{ customer.first_name }}{% endif %},\u00a0». "
    "Pour les messages dont nous rédigeons le texte\u00a0: excuses, courriers, enquêtes sans texte.",
    "closing": "Formule de fin",
    "closing_help": "Comme «\u00a0À bientôt,\u00a0».",
    "signature": "Signature",
    "signature_help": "Qui signe, en quatre lignes au plus. Vide, c’est le nom.",
    "voice_thanks": "Remerciement",
    "voice_thanks_help": "À la fin des enquêtes qui n’en ont pas. La première ligne sert de titre.",
    "voice_variables": "Ces textes peuvent nommer {{ customer.first_name }}, {{ event.agent }}, {{ brand.name }}. "
    "Prévoyez ce qui se lit si la valeur manque, avec {% if customer.first_name %}…{% endif %}.",
    "voice_gap": "À prévoir\u00a0: ce qui se lit quand une valeur manque ({names}), comme indiqué plus bas.",
    "voice_whys": {
        "one_line": "une seule ligne, de {characters}\u00a0caractères au plus",
        "lines": "{lines}\u00a0lignes et {characters}\u00a0caractères au plus",
        "odd": "il contient un caractère de contrôle ou invisible",
        "identity": "la référence, l’adresse et le numéro d’un client n’y ont pas leur place ({name})",
        "unknown": "{name} n’existe pas\u202f; il y a customer.first_name, customer.last_name, event.name, "
        "event.place, event.agent et brand.name",
        "elsewhere": "{name} n’est pas connu de tous les messages\u202f; seul le remerciement peut le nommer",
        "filter": "le filtre {name} n’existe pas",
        "liquid": "sa syntaxe Liquid est incorrecte, il y manque peut-être une accolade ou un endif",
    },
    "advisers_named": "Le nom des conseillers à côté des chiffres",
    "advisers_help": "Un chiffre tiré de quelques réponses dit peu de la personne qui a servi.",
    "smallest": "Nombre de réponses pour nommer un conseiller",
    "smallest_help": "De {low} à {high}. Avec moins, personne n’est nommé à côté d’un chiffre.",
    "looks": "Ce que cela donne",
    "looks_help": "Tel que c’est enregistré, dans une de vos enquêtes.",
    "looks_more": "Voir toute l’enquête",
    "looks_try": "Voir avec ce formulaire",
    "looks_try_part": "{part}\u00a0: voir avec ce formulaire",
    "looks_try_help": "Pour voir un changement avant de l’enregistrer (sauf un nouveau logo)\u00a0: «\u00a0Voir avec "
    "ce formulaire\u00a0».",
    "looks_unfit": "Le formulaire contient quelque chose à corriger\u202f; «\u00a0Enregistrer\u00a0» dit quoi.",
    "looks_none": "Publiez une enquête pour voir ce que cela donne.",
}

BRAND_ERRORS = {"voice": "Ce texte ne convient pas\u00a0: {why}."}
BRAND_FIELDS = {
    "formality": "vous ou tu", "greeting": "salutation", "closing": "formule de fin", "signature": "signature",
    "thanks": "remerciement", "sender_name": "expéditeur", "sender_address": "adresse d’envoi",
}  # fmt: skip
