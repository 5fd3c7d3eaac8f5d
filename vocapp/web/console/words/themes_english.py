"""Themes: the words of their pages in the settings."""

from __future__ import annotations

from typing import Any

THEMES: dict[str, Any] = {
    "themes_title": "Themes",
    "themes_help": "What comments are about, found by words. Those that ship hold for everybody; add your own, or put "
                   "your words in the place of one of them.",
    "own_themes": "Your themes",
    "no_themes": "No theme of your own",
    "no_themes_help": "Add what your customers write about and the themes that ship do not know: a department, a "
                      "service, a workshop.",
    "shipped_themes": "Themes that ship",
    "theme_replaces": "In place of one that ships",
    "theme_is_ended": "No longer looked for",
    "theme_counts": {"one": "{n} word", "many": "{n} words"},
    "theme_in": {"fr": "in French", "en": "in English"},
    "theme_in_other": "in “{tag}”",
    "add_theme": "Add a theme",
    "new_theme": "New theme",
    "back_to_themes": "All themes",
    "edit_theme": "Change the theme {name}",
    "theme_key": "Key",
    "theme_key_help": "Small letters without accents, digits and _, such as workshop. Exports and the API name it; it "
                      "never changes afterwards.",
    "theme_name": "Name",
    "theme_words": "Words to look for",
    "theme_words_help": "One a line. “workshop” finds “workshops” too, whatever the accents and capitals; “refund*” "
                        "finds all that begins so; “customer service” finds these words in a row.",
    "theme_except": "What is not about it",
    "theme_except_help": "Optional: words in a row that are not about the theme, although one of its words stands "
                         "there, such as “online store” for the store.",
    "theme_from_now": "A change holds for what is written from then on. For the rest, have it looked for everywhere.",
    "try_title": "Try it",
    "try_text": "A comment",
    "try_text_help": "Copy a comment, or write one. It is not kept.",
    "try_text_optional": "Optional: a comment to try. It is not kept.",
    "try_themes": "Which themes does this find?",
    "try_theme": "Try without saving",
    "try_found": "Themes found",
    "try_nothing": "No theme is found in it.",
    "try_verbatims": "Of the last {looked_at} comments, {carry} would carry this theme. As of now, {carried} do.",
    "try_no_verbatims": "There is no comment yet to try it on.",
    "try_examples": "For example",
    "again_title": "What was written before",
    "again_help": "A change holds from then on only. You can have the themes of today looked for in all comments that "
                  "are here: filters, figures and exports follow, published months do not.",
    "again_want": "Look everywhere",
    "again_going": "Being looked for: {looked_at} responses of {total} so far.",
    "again_done": "Looked for last {when}: in {looked_at} responses, of which {changed} have other themes now.",
    "remove_theme": "Remove this theme",
    "remove_theme_help": "It is not looked for in what is written from now on. What was counted stays.",
    "restore_theme": "Go back to the theme that ships",
    "restore_theme_help": "Your words are replaced by those of the theme that ships.",
    "end_theme": "Look for it no longer",
    "end_theme_help": "This theme is not looked for in what is written from now on. You can go back to it.",
    "theme_whys": {
        "no_word": "there is no word in it.",
        "star_inside": "a * stands at the end, after the beginning of a word.",
        "beginning": "at least three letters stand before a *.",
        "star": "what is not about it is written out, without a *.",
        "long": "60 characters at most, without control characters.",
    },
}  # fmt: skip

THEMES_TAB = {"themes": "Themes"}
THEMES_DONE = {"themes_wanted": "It begins: a few minutes for thousands of responses."}
THEMES_ACTIONS = {"themes.rebuilt": "Themes looked for everywhere"}
THEMES_ERRORS = {
    "theme_words": "Write at least one word, in one language at least.",
    "theme_name": "One line of 60 characters at most.",
    "theme_key": "1 to 40 small letters without accents, digits and _, beginning with a letter.",
    "theme_taken": "There is a theme of this key already. Change that one, or choose another key.",
    "too_many_themes": "You have {most} themes already: remove one first.",
}
THEMES_FIELDS = {"version": "version"}
