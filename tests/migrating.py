"""Walking a migration of the data down and up again, on the test's own database."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from tests.guards.source import ROOT
from vocapp.models import db
from vocapp.models.base import WRITES


def down_and_up(name: str, *, between: Sequence[str] = ()) -> None:
    """Undo one migration, called as its file is without the number, and do it anew.

    `between`: statements that make what a version before it would have written.
    """
    [path] = (ROOT / "migrations" / "versions").glob(f"*_{name}.py")
    spec = spec_from_file_location(f"{name}_migration", path)
    assert spec is not None
    assert spec.loader is not None
    migration = module_from_spec(spec)
    spec.loader.exec_module(migration)
    db.session.rollback()  # it holds what the migration changes
    for step in (migration.downgrade, migration.upgrade):
        with db.engine.begin() as connection:
            connection.execution_options(**{WRITES: True})
            with Operations.context(MigrationContext.configure(connection)):
                step()
            if step == migration.downgrade:
                for statement in between:
                    connection.execute(text(statement))
