"""A workspace that was made later takes of what ships what it wants; one that stands keeps its rules."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.rig.passwords import make_passwords_cheap
from tests.web.standing import PASSWORD, csrf_of, log_in, standing
from vocapp.config import CATALOGUE
from vocapp.models import AuditEntry, Workspace, database_now, db, transaction
from vocapp.services import catalogue, segmenting, staff, surveying, workspaces

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with standing(tmp_path_factory.mktemp("later")) as application, pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        yield application


@pytest.fixture
def workspace_id(app: Flask) -> int:
    key = f"later{next(_NUMBERS)}"
    with app.app_context(), transaction():
        made = workspaces.create(key=key, now=database_now())[0].id
        for role in ("owner", "agent"):
            staff.create(
                workspace_id=made, email=f"{role}@{key}.test", password=PASSWORD, role=role, place=None,
                now=database_now(),
            )  # fmt: skip
    return made


def said(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def take(client: Any, kind: str, which: str) -> Any:
    return client.post(f"/console/ready-made/{kind}", data={"csrf_token": csrf_of(client), "which": which})


def test_an_empty_workspace_is_offered_what_ships(app: Flask, workspace_id: int) -> None:
    with app.app_context():
        key = db.session.get_one(Workspace, workspace_id).key
    owner, agent = log_in(app, f"owner@{key}.test"), log_in(app, f"agent@{key}.test")
    page = said(owner.get("/console/segments").text)
    assert "Segments prêts à l’emploi" in page
    assert "Habitués mécontents" in page
    assert take(owner, "segments", "segment christmas_again").status_code == 303
    assert set(definitions(app, workspace_id)) == {"christmas_again"}
    assert "C’est ajouté" in (page := said(owner.get("/console/segments").text))
    assert "Segments prêts à l’emploi (4)" in page
    take(owner, "segments", "*")
    assert len(definitions(app, workspace_id)) == 5
    assert "prêts à l’emploi" not in owner.get("/console/segments").text

    assert "Commencez par une enquête prête à l’emploi" in said(owner.get("/console/surveys").text)
    take(owner, "surveys", "*")
    with app.app_context():
        published = surveying.published(workspace_id=workspace_id)
        assert len(published) == 12
        assert not any(one.trigger and one.trigger.active for one in published), "nothing goes out unasked"
        assert surveying.find_personas(workspace_id=workspace_id) is not None
        taken = db.session.query(AuditEntry).filter_by(workspace_id=workspace_id, action="ready_made.added").count()
        assert taken == 3
    assert "prêtes à l’emploi" not in owner.get("/console/surveys").text
    assert "prêts à l’emploi" not in agent.get("/console/segments").text
    assert take(agent, "segments", "*").status_code == 403
    assert take(owner, "customers", "*").status_code == 404


def test_a_rule_that_ships_otherwise_is_offered_and_not_put(app: Flask, workspace_id: int, tmp_path: Path) -> None:
    def ships(limit: int) -> Path:
        folder = tmp_path / str(limit)
        folder.mkdir(exist_ok=True)
        rule = f'{{"<=": [{{"var": "scores.nps"}}, {limit}]}}'
        (folder / "segments.yaml").write_text(f"segments: [{{key: unhappy, name: Unhappy, when: {rule}}}]")
        return folder

    def offered(limit: int) -> list[bool]:
        offers = catalogue.list_offers(workspace_id=workspace_id, catalogue=ships(limit), segments=True)
        return [one.renews for one in offers]

    with app.app_context(), transaction():
        given: dict[str, Any] = {"workspace_id": workspace_id, "by": "ada@here.test", "now": database_now()}
        assert offered(6) == [False]
        assert catalogue.take(catalogue=ships(6), names=["segment unhappy"], **given) == ["segment unhappy"]
        assert (offered(6), offered(5)) == ([], [True])
        assert catalogue.take(catalogue=ships(5), names=["segment unhappy"], **given) == ["segment unhappy"]
        segmenting.put(
            workspace_id=workspace_id, key="unhappy", now=database_now(),
            definition={"name": "Ours", "when": {"<=": [{"var": "scores.nps"}, 3]}},
        )  # fmt: skip
        assert offered(6) == [], "what somebody has changed is theirs"


def test_what_is_at_rest_takes_no_room(app: Flask, workspace_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segmenting, "MOST_SEGMENTS", 2)
    monkeypatch.setattr(segmenting, "MOST_KEPT", 4)

    def put(key: str, **fields: Any) -> None:
        definition = {"name": key, "when": {"known": "customer.email"}, **fields}
        segmenting.put(workspace_id=workspace_id, key=key, definition=definition, now=database_now())

    with app.app_context(), transaction():
        put("a")
        put("b")
        with pytest.raises(segmenting.SegmentRefused, match="put one of them to rest"):
            put("c")
        put("c", active=False)
        put("a", active=False)
        put("d")
        with pytest.raises(segmenting.SegmentRefused, match="put one of them to rest"):
            put("a")
        with pytest.raises(segmenting.SegmentRefused, match="take up one that is at rest"):
            put("e", active=False)


def definitions(app: Flask, workspace_id: int) -> dict[str, Any]:
    with app.app_context():
        return segmenting.list_definitions(workspace_id=workspace_id)


def test_all_of_the_catalogue_is_read(app: Flask) -> None:
    assert len(list(catalogue.definitions(CATALOGUE))) == 12 + 5 + 1
