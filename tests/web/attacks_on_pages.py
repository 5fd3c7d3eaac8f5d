"""How the console's pages of surveys and mails are attacked with what belongs to another workspace."""

from __future__ import annotations

from tests.web.attacking import Attack, act, see

PAGES: dict[str, list[Attack]] = {
    "console.mails": [see("mails", 200), see("mails", 200, survey="{survey}"), see("mails", 200, place="{place}")],
    "console.causes": [see("causes", 200), see("causes", 200, place="{place}")],
    "console.dashboards": [
        see("dashboards", 200),
        see("dashboards", 200, survey="{survey}", place="{place}", group="place"),
        see("dashboards", 200, 404, survey="{survey}", place="{place}", group="place", csv="compared"),
    ],
    "console.dashboard_figures": [
        see("dashboards/figures", 200),
        see("dashboards/figures", 200, survey="{survey}", place="{place}"),
    ],
    "console.dashboard_handling": [see("dashboards/handling", 200), see("dashboards/handling", 200, place="{place}")],
    "console.dashboard_mail": [
        see("dashboards/mail", 200, survey="{survey}"),
        see("dashboards/mail", 200, place="{place}"),
    ],
    "console.dashboard_value": [see("dashboards/value", 200), see("dashboards/value", 200, place="{place}")],
    "console.dashboard_advisers": [
        see("dashboards/advisers", 200, survey="{survey}", place="{place}", metric="csat"),
    ],
    "console.dashboard_causes": [
        see("dashboards/causes", 200, survey="{survey}"),
        see("dashboards/causes", 200, survey="{survey}", place="{place}"),
    ],
    "console.ask_for_drivers": [
        act("dashboards/causes", 303, survey="{survey}", metric="nps"),
        act("dashboards/causes", survey="{survey}", metric="nps", place="{place}"),
    ],
    "console.surveys": [see("surveys", 200)],
    "console.survey": [see("surveys/{survey}")],
    "console.resume_survey": [act("surveys/{survey}/resume")],
    "console.switch_survey": [act("surveys/{survey}/switch", on="yes", version="1")],
    "console.preview": [see("surveys/{survey}/preview")],
    "console.preview_part": [see("surveys/{survey}/preview/page")],
}
