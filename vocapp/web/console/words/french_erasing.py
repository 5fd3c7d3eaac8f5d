"""Effacer une personne, en français."""

from __future__ import annotations

from typing import Any

ERASING: dict[str, Any] = {
    "erase": "Effacer cette personne",
    "erase_link": "Effacer les données de cette personne…",
    "erase_link_help":
        "Quand le client le demande. Vous verrez ce qui part et ce qui reste avant que rien ne se passe.",
    "erase_sure":
        "Vérifiez que c’est la bonne personne\u00a0: c’est définitif, personne ne pourra revenir en arrière.",
    "erase_goes": "Ce qui part, tout de suite",
    "erase_goes_list": [
        "le profil\u00a0: nom, adresse, téléphone, tout ce que l’on sait, notes, tonalité et persona",
        "les événements et leur contenu\u00a0: {events}",
        "les invitations, leurs liens et les messages gardés ici\u00a0: {invitations}",
        "les réponses, avec chaque mot écrit\u00a0: {responses}",
        "les rappels, avec leurs commentaires\u00a0: {alerts}\u202f; un rappel ouvert quitte la file",
        "les consentements\u00a0: {consents}",
        "les lignes refusées des fichiers importés",
    ],
    "erase_stays": "Ce qui reste",
    "erase_stays_list": [
        "les chiffres\u00a0: ce que cette personne y a compté y reste, à la semaine près, sans la personne",
        "les empreintes de l’adresse et de la référence, d’où l’on ne peut relire ni l’une ni l’autre",
        "un blocage\u00a0: rien ne part à cette adresse sans nouveau consentement, aucun fichier ne ramène la personne",
        "le fait qu’un effacement a été demandé, quand et par qui",
        "les messages déjà partis, dans les boîtes où ils sont arrivés",
    ],
    "erase_others":
        "Les autres systèmes qui lisent notre export sont prévenus de la suppression. Vos propres fichiers, "
        "et les sauvegardes faites avant aujourd’hui, restent entre vos mains.",
    "erase_confirm": "J’ai vérifié\u00a0: il s’agit bien de cette personne",
    "erase_must_confirm": "Cochez la case pour continuer.",
    "erase_keep": "Garder cette personne",
    "erased_said": "C’est fait\u00a0: les données de cette personne sont effacées.",
}  # fmt: skip
