"""How the console's settings are attacked with what belongs to another workspace: part of the table of all doors."""

from __future__ import annotations

from tests.builders import House
from tests.web.attacking import Attack, act, get, see, send
from vocapp.models import Member
from vocapp.services import report_subscriptions, theming
from vocapp.services.staff import Scope

PAST = {
    "id": "{event}",
    "survey": "{survey}",
    "answered_at": "2025-03-10T09:00:00Z",
    "customer": {"external_id": "{customer}"},
    "answers": {"nps": 9},
}
SETTINGS: dict[str, list[Attack]] = {
    # the settings: a place's key is each workspace's own, a member's id opens nothing where they are none
    "console.settings": [see("settings", 200)],
    "console.save_settings": [act("settings", 422, name="x", timezone="{place}", default_language="fr")],
    "console.settings_places": [see("settings/places", 200)],
    "console.add_place": [
        act("settings/places", 303, name="Mine", kind="store", key="{place}"),
        act("settings/places", 422, name="Mine", kind="store", key="a-new", parent="{place}"),
    ],
    "console.settings_place": [see("settings/places/{place}")],
    "console.change_place": [act("settings/places/{place}", name="Mine", kind="store")],
    "console.settings_brand": [see("settings/places/{place}/brand")],
    "console.save_brand": [act("settings/places/{place}/brand", name="Mine")],
    "console.try_brand": [act("settings/places/{place}/brand/preview/mail", name="Mine")],
    "console.try_voice": [act("settings/voice/preview/mail", 200, formality="informal")],
    "console.settings_voice": [see("settings/voice", 200)],
    "console.save_voice": [act("settings/voice", 422, formality="{place}")],
    "console.settings_team": [see("settings/team", 200)],
    "console.add_member": [
        act("settings/team", 422, email="x@a.test", password="une longue phrase", role="agent", place="{place}"),
    ],
    "console.settings_member": [see("settings/team/{user_id}")],
    "console.change_member": [act("settings/team/{user_id}", role="viewer")],
    "console.set_member_calls": [act("settings/team/{user_id}/calls", languages="fr")],
    "console.disable_member": [act("settings/team/{user_id}/disable")],
    "console.enable_member": [act("settings/team/{user_id}/enable")],
    "console.set_member_password": [act("settings/team/{user_id}/password", password="une longue phrase")],
    "console.end_member_sessions": [act("settings/team/{user_id}/sessions")],
    "console.settings_links": [see("settings/links", 200)],
    "console.create_link": [
        act("settings/links", 422, name="x", figure="nps", place="{place}"),
        act("settings/links", 422, name="x", figure="nps", survey="{survey}"),
    ],
    "console.revoke_link": [act("settings/links/{key_id}/revoke"), act("settings/links/{alert}/revoke")],
    "console.settings_keys": [see("settings/keys", 200)],
    "console.create_key": [act("settings/keys", 422, name="", id="{key_id}")],
    "console.revoke_key": [act("settings/keys/{key_id}/revoke")],
    "console.settings_policy": [see("settings/policy", 200)],
    "console.save_policy": [act("settings/policy", 422, basis="{place}")],
    "console.settings_alerts": [see("settings/alerts", 200)],
    "console.switch_alert_rules": [act("settings/alerts", 303, active="{survey}")],
    "console.save_urgent_words": [act("settings/alerts/words", 303, **{"words-fr": "{survey}"})],
    "console.new_alert_rule": [see("settings/alerts/new", 200)],
    "console.add_alert_rule": [act("settings/alerts/new", 422, key="{survey}", name="n", when="{place}")],
    "console.settings_alert_rule": [see("settings/alerts/rules/{survey}")],
    "console.change_alert_rule": [act("settings/alerts/rules/{survey}", name="n", when="true")],
    "console.turn_thresholds": [act("settings/alerts/rules/{survey}/thresholds")],
    "console.remove_alert_rule": [act("settings/alerts/rules/{survey}/remove")],
    "console.settings_callbacks": [see("settings/callbacks", 200)],
    "console.save_callbacks": [act("settings/callbacks", 422, agents="{place}", mon="{place}")],
    "console.settings_handling": [see("settings/handling", 200)],
    "console.save_handing_out": [act("settings/handling/handing-out", 422, by="round_robin", teams="{place}")],
    "console.save_escalation": [act("settings/handling/escalation", 422, **{"after-0": "{place}"})],
    "console.save_overflow": [act("settings/handling/letters", 422, margin_minutes="{place}")],
    "console.settings_resolutions": [see("settings/resolutions", 200)],
    "console.settings_causes": [see("settings/resolutions/causes/{survey}")],
    "console.save_causes": [act("settings/resolutions/causes/{survey}", key="{survey}")],
    "console.new_causes": [see("settings/resolutions/new", 200)],
    "console.add_causes": [act("settings/resolutions/new", 422, key="{place}")],
    "console.remove_causes": [act("settings/resolutions/causes/{survey}/remove")],
    "console.settings_remedies": [see("settings/resolutions/remedies", 200)],
    "console.save_remedies": [act("settings/resolutions/remedies", 422, key_0="{place}")],
    "console.restore_resolutions": [act("settings/resolutions/usual", 303)],
    "console.settings_themes": [see("settings/themes", 200)],
    "console.try_themes": [act("settings/themes", 200, text="{survey}")],
    "console.look_again_for_themes": [act("settings/themes/again", 303)],
    "console.new_theme": [see("settings/themes/new", 200)],
    "console.add_theme": [act("settings/themes/new", 422, key="{place}", do="try")],
    "console.settings_theme": [see("settings/themes/of/{theme}")],
    "console.change_theme": [act("settings/themes/of/{theme}", **{"name-fr": "x", "words-fr": "mot"})],
    "console.end_theme": [act("settings/themes/of/{theme}/end")],
    "console.remove_theme": [act("settings/themes/of/{theme}/remove"), act("settings/themes/of/delivery/remove")],
    "console.settings_goals": [see("settings/goals", 200)],
    "console.save_goals": [act("settings/goals", 422, nps="{place}")],
    "console.settings_limits": [see("settings/mail-limits", 200)],
    "console.save_limits": [act("settings/mail-limits", 422, complained="{place}")],
    "console.settings_sender": [see("settings/sender", 200)],
    "console.save_sender": [act("settings/sender", 303, name="x")],
    "console.test_sender": [act("settings/sender/test", 303)],
    "console.settings_notifiers": [see("settings/notifiers", 200)],
    "console.save_quoted_in": [act("settings/notifiers", 303, quoted_in="{notifier}")],
    "console.new_notifier": [see("settings/notifiers/new", 200)],
    "console.add_notifier": [
        act("settings/notifiers/new", 422, name="n", kind="email", target="a@b.test", place="{place}"),
        act("settings/notifiers/new", 303, name="n", kind="email", target="a@b.test", id="{notifier}"),
    ],
    "console.settings_notifier": [see("settings/notifiers/{notifier}")],
    "console.change_notifier": [act("settings/notifiers/{notifier}", name="n", target="a@b.test")],
    "console.try_notifier": [act("settings/notifiers/{notifier}/test")],
    "console.pause_notifier": [act("settings/notifiers/{notifier}/pause")],
    "console.resume_notifier": [act("settings/notifiers/{notifier}/resume")],
    "console.replace_notifier_secret": [act("settings/notifiers/{notifier}/secret")],
    "console.replay_notices": [act("settings/notifiers/{notifier}/replay")],
    "console.remove_notifier": [act("settings/notifiers/{notifier}/remove")],
    "console.settings_journal": [see("settings/journal", 200, before="{audit_id}")],
    "console.account": [see("account", 200)],
    "console.change_own_password": [act("account/password", 422, current="{email}", password="une longue phrase")],
    "console.end_own_session": [act("account/sessions/{session_id}")],
    "console.end_other_sessions": [act("account/sessions", 303)],
    # one's own reports: a place and a subscription of others are none
    "console.reports": [see("reports", 200)],
    "console.subscribe_report": [act("reports", 422, kind="weekly", language="fr", place="{place}")],
    "console.leave_report": [act("reports/{subscription}/leave")],
    "console.report_pdf": [see("reports/monthly/pdf", place="{place}")],
    "console.report_preview_page": [see("reports/weekly", place="{place}")],
    "api.report_external": [
        send(
            "POST",
            "/alerts/external",
            {"alert": "{alert}", "id": "1", "tool": "T", "reference": "1", "status": "open", "at": "2026-03-10T09:00Z"},
        )
    ],
    # the same by the API
    "api.post_past_answers": [send("POST", "/past-answers", {"past_answers": [PAST]}, 200)],
    "api.list_values": [get("/values", 200), get("/values", 400, cursor="{responses_cursor}")],
    "api.get_value": [
        get("/metrics/value", 200),
        *(get("/metrics/value", 422, place="{place}", group_by=group) for group in ("place", "day")),
    ],
    "api.get_comparison": [
        get("/metrics/comparison", 422, place="{place}", survey="{survey}", group_by=group)
        for group in ("place", "region", "step", "month")
    ],
    "api.get_drivers": [get("/metrics/drivers", 422, survey="{survey}", place="{place}")],
    "api.want_drivers": [send("POST", "/metrics/drivers", {"survey": "{survey}"}, 422)],
    "api.get_cohorts": [get("/metrics/cohorts", 200)],
    "api.get_stages": [get("/metrics/stages", 200)],
    "api.get_promises": [get("/metrics/promises", 200)],
    "api.get_advisers": [
        get("/metrics/advisers", 200),
        get("/metrics/advisers", 422, place="{place}"),
        get("/metrics/advisers", 422, survey="{survey}"),
    ],
    "api.get_alert_metrics": [get("/metrics/alerts", 422, place="{place}", group_by="agent")],
    "api.get_alert_rules": [get("/alert-rules", 200)],
    "api.put_alert_rules": [
        send("PUT", "/alert-rules", {"alerts": [], "urgent_words": {"fr": ["{survey}"]}}, 200),
    ],
    "api.get_themes": [get("/themes", 200)],
    "api.put_themes": [
        send("PUT", "/themes", {"themes": [{"key": "own", "name": "Own", "words": {"fr": ["{survey}"]}}]}, 200),
    ],
    "api.get_theme_metrics": [
        get("/metrics/themes", 422, survey="{survey}"),
        *(get("/metrics/themes", 422, place="{place}", group_by=group) for group in ("place", "survey", "region")),
    ],
    "api.list_notifiers": [get("/notifiers", 200)],
    "api.create_notifier": [
        send("POST", "/notifiers", {"name": "n", "kind": "email", "target": "a@b.test", "place": "{place}"}, 422)
    ],
    "api.get_notifier": [get("/notifiers/{notifier}")],
    "api.change_notifier": [send("PATCH", "/notifiers/{notifier}", {"enabled": False})],
    "api.delete_notifier": [send("DELETE", "/notifiers/{notifier}", None)],
    "api.test_notifier": [send("POST", "/notifiers/{notifier}/test", None)],
    "api.replay_notices": [send("POST", "/notifiers/{notifier}/replay", None)],
    "api.replace_secret": [send("POST", "/notifiers/{notifier}/secret", None)],
}


def desk(name: str) -> dict[str, str]:
    """Return a notifier as it is set up by the API."""
    return {"name": name, "kind": "email", "target": f"{name}@b.test"}


def theme_of(house: House, key: str) -> str:
    """Have a theme of one's own, and return its key."""
    own = {"themes": [{"key": key, "name": key, "words": {"fr": [key]}}]}
    with house.writing():
        theming.put(workspace_id=house.id, definition=own, now=house.now, by=key)
    return key


def subscription_of(house: House) -> str:
    """Subscribe the first of the staff to a report; return its id."""
    with house.writing():
        return str(
            report_subscriptions.subscribe(
                scope=Scope(house.id),
                user_id=house.rows(Member)[0].user_id,
                kind="weekly",
                language="fr",
                now=house.now,
            )
        )
