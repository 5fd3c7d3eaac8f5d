"""How somebody would try another workspace's segments, and ask a rule of its customers."""

from __future__ import annotations

from tests.web.attacking import Attack, act, get, see, send

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
    "console.segments": [see("segments", 200)],
    "console.segment": [see("segments/{segment}")],
    "console.segment_moves": [see("segments/{segment}/moves")],
    "console.segment_file": [act("segments/{segment}/members.csv")],
    "console.new_segment": [see("segments/new", 200)],
    "console.edit_segment": [see("segments/{segment}/edit")],
    "console.change_segment": [act("segments/{segment}/edit", do="save")],
    "console.make_segment": [
        act("segments/new", 422, do="save", key="{segment}", **{"g0.r0.field": "place.key", "g0.r0.how": "known"})
    ],
    # what ships is everybody's; what is another workspace's is none of it
    "console.take_ready_made": [
        act("ready-made/{segment}"),
        *(act(f"ready-made/{kind}", 303, which="{segment}") for kind in ("segments", "surveys")),
    ],
    "console.count_segment": [
        act(
            "segments/count",
            200,
            **{"g0.r0.field": "customer.external_id", "g0.r0.how": "is", "g0.r0.value": "{customer}"},
        )
    ],
}
