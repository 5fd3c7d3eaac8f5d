"""Dashboards that a link opens: the words of their page in the settings."""

from __future__ import annotations

from typing import Any

LINKS: dict[str, Any] = {
    "links": "Shared dashboards",
    "links_help": "A link shows figures to whoever opens it, without an account: every employee may read it. Only "
                  "whole months appear there, once and for all, without a name, and nothing that is about fewer than "
                  "ten people.",
    "links_next": "Next publication: {day}.",
    "no_links": "No link",
    "no_links_help": "Make one for each audience: one can then be taken back without disturbing the others. Past "
                     "months appear within a minute of the first.",
    "add_link": "Make a link",
    "link_name": "Title of the dashboard",
    "link_name_help": "It stands at the top of the page.",
    "link_figures": "Figures shown",
    "figure_names": {"nps": "NPS", "csat": "Satisfaction (CSAT)", "ces": "Ease (CES)", "themes": "Themes of comments"},
    "link_surveys": "Surveys shown",
    "link_surveys_help": "None ticked: all, those to come as well.",
    "all_surveys": "all surveys",
    "link_place": "Part of the company",
    "link_place_help": "With all that is below it.",
    "link_until": "Last day",
    "link_until_help": "Optional: the link opens nothing afterwards.",
    "create_link": "Make the link",
    "the_link": "Link to pass on",
    "open_link": "Open",
    "link_made_by": "Made by {who}",
    "link_ends": "until {day}",
    "link_is_over": "Over",
    "link_is_revoked": "Taken back",
    "revoke_link": "Take back",
    "revoke_link_of": "Take back the link {name}",
}  # fmt: skip

LINKS_TAB = {"links": "Shared dashboards"}
LINKS_DONE = {
    "link_made": "The link is made: pass it on to whoever should read it.",
    "link_made_before": "This link exists already.",
    "link_revoked": "The link is taken back: it opens nothing any more.",
}
LINKS_ERRORS = {
    "link_day": "Write a day, such as 2027-03-31.",
    "link_ended": "Choose today or a day to come.",
    "too_many_links": "There are too many links: make one for each audience only.",
}
LINKS_ACTIONS = {
    "public_link.created": "Link to a dashboard made",
    "public_link.revoked": "Link to a dashboard taken back",
}
LINKS_FIELDS = {"surveys": "surveys", "figures": "figures", "ends_on": "last day"}
