"""The product as processes, with three workspaces: reviews are answered, people mailed, events tell by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.rig.http import HttpClient
from tests.rig.product import Product

ANSWERED, MAILED, TOLD = "olist", "olist_mail", "olist_events"
DELIVERED, PURCHASED, LATE = "order.delivered", "order.placed", "order.late"
LATE_DELIVERY = "delivered_late"
"""The ready-made rule that is switched on where events tell by themselves."""
SURVEY: dict[str, Any] = {
    "key": "olist_review",
    "title": {"pt": "A sua compra", "en": "Your purchase"},
    "default_language": "pt",
    "layout": "page",
    "questions": [
        {
            "key": "csat",
            "type": "csat",
            "required": True,
            "text": {"pt": "Está satisfeito com a compra?", "en": "Are you satisfied with your purchase?"},
        },
        {
            "key": "why",
            "type": "long_text",
            "text": {"pt": "Quer contar porquê?", "en": "Would you like to tell us why?"},
        },
    ],
    "thanks": {"pt": "Obrigado!", "en": "Thank you!"},
}
MAILED_SURVEY: dict[str, Any] = {
    **SURVEY,
    "trigger": {"event": DELIVERED, "delay": "PT0S", "hot_for": "P2D"},
    "invitation": {
        "subject": {"pt": "Como correu a sua compra?", "en": "How was your purchase?"},
        "body": {"pt": "Diga-nos em meio minuto.", "en": "Tell us in half a minute."},
    },
}
SEGMENT = "unhappy"
UNHAPPY: dict[str, Any] = {"name": "Unhappy", "when": {"<=": [{"var": "scores.csat"}, 2]}}
POLICY: dict[str, Any] = {
    "quiet_from": None,
    "quiet_to": None,
    "rest_any_days": 7,
    "rest_same_invited_days": 7,
    "rest_same_answered_days": 7,
}
"""No quiet hours, so that a replay at night is one by day; a rest of seven days."""


@dataclass(frozen=True, slots=True)
class Stage:
    product: Product
    answered: str
    """The API key of that workspace."""
    mailed: str
    told: str

    def machine(self, key: str) -> HttpClient:
        """Return a machine with this key; one for each thread."""
        return HttpClient(self.product.base_url, key=key, seconds=60)

    def stranger(self) -> HttpClient:
        """Return a person without a key."""
        return HttpClient(self.product.base_url, seconds=60)

    def counters_are_clean(self) -> bool:
        """Run `counters rebuild --verify` beside the product, in both workspaces."""
        return all(
            "clean" in self.product.command("counters", "rebuild", "--verify", "--workspace", workspace, check=False)
            for workspace in (ANSWERED, MAILED, TOLD)
        )


def prepare(product: Product) -> Stage:
    """Make the workspaces by the command line, their surveys and settings by the API."""
    for workspace in (ANSWERED, MAILED, TOLD):
        product.command(
            "workspace", "create", workspace, "--name", "Olist", "--timezone", "America/Sao_Paulo", "--language", "pt"
        )
    stage = enter(product)
    for key, survey in ((stage.answered, SURVEY), (stage.mailed, MAILED_SURVEY), (stage.told, MAILED_SURVEY)):
        api = stage.machine(key)
        api.request("PATCH", "/api/v1/settings", json_body={"contact_policy": POLICY}).expect(200)
        api.put(f"/api/v1/surveys/{survey['key']}", survey).expect(201)
        api.post(f"/api/v1/surveys/{survey['key']}/publish").expect(200)
    stage.machine(stage.answered).put(f"/api/v1/segments/{SEGMENT}", UNHAPPY).expect(201)
    _switch_on(stage.machine(stage.told))
    return stage


def enter(product: Product) -> Stage:
    """Come to workspaces that stand, with new keys made by the command line."""
    return Stage(product, answered=_key(product, ANSWERED), mailed=_key(product, MAILED), told=_key(product, TOLD))


def _switch_on(api: HttpClient) -> None:
    """Let a delivery after its promised day tell by itself."""
    rules = api.get("/api/v1/alert-rules").expect(200).json()
    for rule in rules["alerts"]:
        if rule["key"] == LATE_DELIVERY:
            rule["active"] = True
    api.put("/api/v1/alert-rules", rules).expect(200)


def _key(product: Product, workspace: str) -> str:
    return product.command("apikey", "create", "--name", "replay", "--workspace", workspace).strip()
