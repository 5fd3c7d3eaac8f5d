"""How somebody would try another workspace's segments, and ask a rule of its customers."""

from __future__ import annotations

from tests.web.attacking import Attack, get, send

EVERYBODY = {"known": "customer.external_id"}
SEGMENTS: dict[str, list[Attack]] = {
    "api.list_segments": [get("/segments", 200), get("/segments", 400, cursor="{segments_cursor}")],
    # a key is each workspace's own: A makes its own segment, and B's stays
    "api.put_segment": [send("PUT", "/segments/{segment}", {"name": "Mine", "when": EVERYBODY}, 201)],
    "api.get_segment": [get("/segments/{segment}")],
    "api.list_segment_members": [get("/segments/{segment}/members")],
    "api.preview_segment": [
        send("POST", "/segments/preview", {"when": EVERYBODY}, 200),
        send("POST", "/segments/preview", {"when": {"==": [{"var": "customer.external_id"}, "{customer}"]}}, 200),
    ],
}
