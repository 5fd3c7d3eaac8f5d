"""The catalogue that comes with a version: brought in once, followed while nobody edits it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from vocapp.config import CATALOGUE
from vocapp.models import transaction
from vocapp.services import bootstrap, segmenting, surveying, workspaces

SURVEY = """
key: visit
title: {{en: {title}}}
default_language: en
questions:
  - {{key: nps, type: nps, text: {{en: 'Would you recommend us?'}}}}
"""

AFTER = SURVEY.replace("visit", "after") + "trigger: {{event: alert.resolved}}\n"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    folder = tmp_path / "surveys"
    folder.mkdir()
    (folder / "visit.yaml").write_text(SURVEY.format(title="First"))
    return folder


def ensure(catalogue: Path, now: datetime) -> int:
    with transaction():
        bootstrap.ensure(catalogue=catalogue, now=now)
    return workspaces.get_workspace(key="default").id


def title(workspace_id: int) -> Any:
    found = surveying.find_published(workspace_id=workspace_id, key="visit")
    return found.title["en"] if found else None


def test_the_shipped_catalogue_is_brought_in_and_published(db: Any, now: datetime) -> None:
    workspace_id = ensure(CATALOGUE, now)
    surveys = surveying.list_drafts(workspace_id=workspace_id)
    assert {"post_delivery"} <= {survey.key for survey in surveys}
    assert all(survey.published_version == 1 and not survey.changed for survey in surveys)
    assert len(surveys) == 12
    assert surveying.find_personas(workspace_id=workspace_id) is not None


def test_of_the_shipped_surveys_only_two_are_sent_by_events(db: Any, now: datetime) -> None:
    workspace_id = ensure(CATALOGUE, now)
    versions = surveying.published_versions(workspace_id=workspace_id)
    names = surveying.trigger_names(workspace_id=workspace_id, versions=versions)
    assert names == {"order.delivered", "support.ticket_closed"}


def test_what_is_in_force_is_left_alone(db: Any, now: datetime, catalogue: Path) -> None:
    ensure(catalogue, now)
    db.session.rollback()
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _k, statement, *_: seen.append(statement))
    with transaction():
        bootstrap.ensure(catalogue=catalogue, now=now)
    assert len([one for one in seen if not one.lower().startswith("begin")]) <= 2


def test_a_survey_nobody_edited_follows_its_file(db: Any, now: datetime, catalogue: Path) -> None:
    workspace_id = ensure(catalogue, now)
    (catalogue / "visit.yaml").write_text(SURVEY.format(title="Second"))
    ensure(catalogue, now)
    assert title(workspace_id) == "Second"


def test_a_survey_somebody_edited_stays_as_they_left_it(db: Any, now: datetime, catalogue: Path) -> None:
    workspace_id = ensure(catalogue, now)
    drafted = surveying.find_draft(workspace_id=workspace_id, key="visit")
    assert drafted is not None
    with transaction():
        edited = {**drafted.draft, "title": {"en": "Ours"}}
        surveying.put_draft(workspace_id=workspace_id, key="visit", definition=edited, now=now)
        surveying.publish(workspace_id=workspace_id, key="visit", now=now)
    (catalogue / "visit.yaml").write_text(SURVEY.format(title="Second"))
    ensure(catalogue, now)
    assert title(workspace_id) == "Ours"


def test_who_belongs_to_a_segment_is_not_changed_by_an_upgrade_but_its_words_may_be(
    db: Any, now: datetime, catalogue: Path
) -> None:
    file, few, none = (
        catalogue / "segments.yaml",
        '{"<=": [{"var": "scores.nps"}, 6]}',
        '{"==": [{"var": "scores.nps"}, 0]}',
    )

    def stands(words: str, rule: str) -> tuple[str, Any]:
        file.write_text(f"segments: [{{key: unhappy, name: {words}, when: {rule}}}]")
        found = segmenting.find(workspace_id=ensure(catalogue, now), key="unhappy")
        assert found is not None
        return found.row.definition["name"], found.row.definition["when"]

    assert stands("Few", few) == ("Few", json.loads(few))
    assert stands("Six at most", few) == ("Six at most", json.loads(few))
    assert stands("Nothing", none) == ("Six at most", json.loads(few))


def test_a_file_that_is_no_definition_stops_nothing(db: Any, now: datetime, catalogue: Path) -> None:
    (catalogue / "broken.yaml").write_text("key: [")
    (catalogue / "empty.yaml").write_text("key: empty\ntitle: T\ndefault_language: en\nquestions: []\n")
    assert title(ensure(catalogue, now)) == "First"


def test_a_survey_that_is_new_in_a_version_sends_nothing_before_somebody_turns_it_on(
    db: Any, now: datetime, catalogue: Path
) -> None:
    workspace_id = ensure(catalogue, now)
    (catalogue / "after.yaml").write_text(AFTER.format(title="First"))

    def active() -> Any:
        found = surveying.find_published(workspace_id=workspace_id, key="after")
        assert found is not None
        assert found.trigger is not None
        return found.trigger.active, found.title["en"]

    ensure(catalogue, now)
    assert active() == (False, "First")
    (catalogue / "after.yaml").write_text(AFTER.format(title="Second"))
    ensure(catalogue, now)
    assert active() == (False, "Second"), "it follows its file all the same"
    drafted = surveying.find_draft(workspace_id=workspace_id, key="after")
    assert drafted is not None
    with transaction():
        on = {**drafted.draft, "trigger": {"event": "alert.resolved"}}
        surveying.put_draft(workspace_id=workspace_id, key="after", definition=on, now=now)
        surveying.publish(workspace_id=workspace_id, key="after", now=now)
    (catalogue / "after.yaml").write_text(AFTER.format(title="Third"))
    ensure(catalogue, now)
    assert active() == (True, "Second")


def test_a_new_installation_has_its_surveys_as_they_ship(db: Any, now: datetime, catalogue: Path) -> None:
    (catalogue / "after.yaml").write_text(AFTER.format(title="First"))
    workspace_id = ensure(catalogue, now)
    found = surveying.find_published(workspace_id=workspace_id, key="after")
    assert found is not None
    assert found.trigger is not None
    assert found.trigger.active
