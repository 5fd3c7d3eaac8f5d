"""How somebody would try another workspace’s responses and verbatims, their tags, and the searches its staff keep."""

from __future__ import annotations

from uuid import UUID

from tests.builders import House
from tests.said import lay_out
from tests.web.attacking import Attack, act, get, see, send
from vocapp.models import Verbatim
from vocapp.services.verbatims import tagging, views

VERBATIMS: dict[str, list[Attack]] = {
    "api.list_responses": [
        get("/responses", 200),
        get("/responses", 200, survey="{survey}"),
        get("/responses", 200, place="{place}"),
        get("/responses", 200, customer="{customer}"),
        get("/responses", 400, cursor="{responses_cursor}"),
    ],
    "api.get_response": [get("/responses/{response}")],
    "console.responses": [see("responses", 200, survey="{survey}"), see("responses", 200, place="{place}")],
    "api.list_verbatims": [
        get("/verbatims", 200),
        get("/verbatims", 200, q="inadmissible"),
        *(get("/verbatims", 200, **{name: f"{{{name}}}"}) for name in ("survey", "place", "segment", "tag")),
        get("/verbatims", 400, cursor="{verbatims_cursor}"),
    ],
    "api.get_verbatim": [get("/verbatims/{verbatim}")],
    "api.list_tags": [get("/tags", 200)],
    "api.put_verbatim_tag": [send("PUT", "/verbatims/{verbatim}/tags/{tag}", None)],
    "api.delete_verbatim_tag": [send("DELETE", "/verbatims/{verbatim}/tags/{tag}", None)],
    "console.verbatims": [
        see("verbatims", 200),
        see("verbatims", 200, q="inadmissible"),
        *(see("verbatims", 200, **{name: f"{{{name}}}"}) for name in ("survey", "place", "segment", "tag")),
    ],
    "console.verbatim": [see("verbatims/{verbatim}")],
    "console.verbatim_tags": [see("verbatims/tags", 200, tag="{tag}", segment="{segment}")],
    "console.tag_verbatim": [act("verbatims/{verbatim}/tags", do="put", which="{tag}")],
    "console.tag_found": [act("verbatims/found/tags", do=do, which="{tag}", tag="{tag}") for do in ("put", "off")],
    "console.make_tag": [act("verbatims/tags", 422, place="{place}")],
    "console.change_tag": [act("verbatims/tags/{tag}", do=do, name="Mine") for do in ("rename", "by_hand", "remove")],
    "console.verbatims_file": [
        act("verbatims/file", 200, **{"as": "csv", "q": "inadmissible"}),
        act("verbatims/file", 200, **{"as": "csv", "tag": "{tag}"}),
    ],
    "console.save_view": [act("verbatims/views", 422, segment="{segment}")],
    "console.remove_view": [act("verbatims/views/{view}")],
}


def explored(house: House, user_id: UUID, secret: str) -> dict[str, str]:
    """Let a company's words be laid out, tagged by a rule and looked for under a name; return the names of these."""
    by, now = f"{secret}-owner", house.now
    lay_out(house)
    with house.writing():
        tag = tagging.make(workspace_id=house.id, name=secret, rule={"q": secret}, by=by, now=now)
        view = views.save(
            workspace_id=house.id, user_id=user_id, name=secret, filters={"q": secret}, shared=True, by=by, now=now
        )
        names = {"tag": str(tag.id), "view": str(view.id)}
    lay_out(house)
    return {**names, "verbatim": str(house.rows(Verbatim)[0].id)}
