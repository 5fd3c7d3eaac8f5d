"""The migrations make the tables that the models describe, on both databases, in one line of history."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from tests.guards.source import ROOT, at, modules, tree
from vocapp.models import Base
from vocapp.models.migrating import current, head, upgrade


@pytest.fixture(scope="module")
def scripts() -> ScriptDirectory:
    return ScriptDirectory(str(ROOT / "migrations"))


def test_there_is_one_head(scripts: ScriptDirectory) -> None:
    assert scripts.get_heads() == [head()]


def test_the_migrations_are_one_line_each_under_its_number(scripts: ScriptDirectory) -> None:
    """In whatever order they landed: two that are written at one time have their numbers before."""
    line = list(scripts.walk_revisions())
    assert all(script.down_revision == before.revision for script, before in pairwise(line))
    named = sorted(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("*.py"))
    assert sorted(script.revision for script in line) == named == sorted(set(named))


def test_a_migration_does_not_import_the_models() -> None:
    """The models of today would rewrite the history of yesterday."""
    imports = [
        at(path, node.lineno)
        for path in modules("migrations/versions")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vocapp")
    ]
    assert not imports


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")  # SQLAlchemy has no such type; ours only writes it
def test_migrations_make_what_the_models_say(database_url: str) -> None:
    assert not _differences(database_url)


def test_an_empty_database_is_brought_up_once(empty_database_url: str) -> None:
    assert upgrade(empty_database_url)
    assert not upgrade(empty_database_url)
    engine = sqlalchemy.create_engine(empty_database_url)
    assert current(engine) == head()
    engine.dispose()


def test_a_migration_that_is_cut_off_leaves_nothing(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(Operations, "drop_table", _cut_off)  # the newest drops one
        with pytest.raises(InterruptedError):
            upgrade(empty_database_url)
    engine = sqlalchemy.create_engine(empty_database_url)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    engine.dispose()
    assert upgrade(empty_database_url)


def _cut_off(*_: Any, **__: Any) -> None:
    raise InterruptedError


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out SQLite's index of words and its parts: a model cannot say what it is (`models/verbatims.py`)."""
    return not (kind == "table" and re.fullmatch("verbatim_words(_[a-z]+)?", name or ""))


def _differences(url: str) -> list[Any]:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _ours})
            return list(compare_metadata(context, Base.metadata))
    finally:
        engine.dispose()
