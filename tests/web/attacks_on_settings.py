"""How the console's settings are attacked with what belongs to another workspace: part of the table of all doors."""

from __future__ import annotations

from tests.web.attacking import Attack, act, get, see, send

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
    "console.settings_team": [see("settings/team", 200)],
    "console.add_member": [
        act("settings/team", 422, email="x@a.test", password="une longue phrase", role="agent", place="{place}"),
    ],
    "console.settings_member": [see("settings/team/{user_id}")],
    "console.change_member": [act("settings/team/{user_id}", role="viewer")],
    "console.disable_member": [act("settings/team/{user_id}/disable")],
    "console.enable_member": [act("settings/team/{user_id}/enable")],
    "console.set_member_password": [act("settings/team/{user_id}/password", password="une longue phrase")],
    "console.end_member_sessions": [act("settings/team/{user_id}/sessions")],
    "console.settings_keys": [see("settings/keys", 200)],
    "console.create_key": [act("settings/keys", 422, name="", id="{key_id}")],
    "console.revoke_key": [act("settings/keys/{key_id}/revoke")],
    "console.settings_policy": [see("settings/policy", 200)],
    "console.save_policy": [act("settings/policy", 422, basis="{place}")],
    "console.settings_sender": [see("settings/sender", 200)],
    "console.save_sender": [act("settings/sender", 303, name="x")],
    "console.test_sender": [act("settings/sender/test", 303)],
    "console.settings_journal": [see("settings/journal", 200, before="{audit_id}")],
    "console.account": [see("account", 200)],
    "console.change_own_password": [act("account/password", 422, current="{email}", password="une longue phrase")],
    "console.end_own_session": [act("account/sessions/{session_id}")],
    "console.end_other_sessions": [act("account/sessions", 303)],
}

NOTIFIERS: dict[str, list[Attack]] = {
    "api.list_notifiers": [get("/notifiers", 200)],
    "api.create_notifier": [
        send("POST", "/notifiers", {"name": "n", "kind": "email", "target": "a@b.test", "place": "{place}"}, 422)
    ],
    "api.get_notifier": [get("/notifiers/{alert}")],
    "api.change_notifier": [send("PATCH", "/notifiers/{alert}", {"enabled": False})],
    "api.delete_notifier": [send("DELETE", "/notifiers/{alert}", None)],
    "api.test_notifier": [send("POST", "/notifiers/{alert}/test", None)],
    "api.replace_secret": [send("POST", "/notifiers/{alert}/secret", None)],
}
"""The same settings by the API."""
