"""The fixtures everybody shares; `README.md` beside this file shows how to use them."""

from __future__ import annotations

import contextvars
import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.rig.network import only_this_machine
from tests.rig.postgres import Postgres, PostgresMissing, shared_postgres
from tests.rig.product import Product
from tests.rig.redis import RedisServer
from tests.rig.remembering import remember_routes, remember_statements, remember_templates
from tests.rig.reuse import Reuse
from tests.rig.run import Run, current_run
from tests.rig.smtp import SmtpPeer
from tests.rig.turns import arrange

if TYPE_CHECKING:  # heavy, and not for every test: the fixtures import what they need
    from playwright.sync_api import Browser

    from tests.rig.browser import Visitor
    from vocapp.config import Settings

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
"""A Tuesday morning; the time of every test that doesn't give its own."""

TEMPLATE = "vocapp_template"
INSTALLED = "vocapp_installed"
"""The same with the workspace and the catalogue: publishing the catalogue takes longer than most tests."""

# Seeds are fixed: a failing example fails again. `HYPOTHESIS_PROFILE=explore` looks for new ones.
hypothesis.settings.register_profile("fixed", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def pytest_configure() -> None:
    Product.forks = True
    current_run()  # before xdist starts its workers, which find it in their environment
    remember_routes()
    remember_templates()
    remember_statements()


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of the collector's rounds: they were a fifth of what the tests cost."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    arrange(config, items)


@pytest.fixture(scope="session", autouse=True)
def _stay_on_this_machine() -> Iterator[None]:
    with only_this_machine():
        yield


@pytest.fixture(scope="session")
def run() -> Run:
    """Give the run: its directory, its processes."""
    return current_run()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def tell(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Give a way to say something in the output of the run, captured or not."""

    def say(text: str) -> None:
        with capsys.disabled():
            sys.stderr.write(f"\n{request.node.name}: {text}\n")

    return say


# ── databases


@pytest.fixture(scope="session")
def postgres(run: Run) -> Postgres:
    """Give the cluster that this run shares; a test makes databases in it, and never stops it."""
    try:
        return shared_postgres(run)
    except PostgresMissing as missing:
        if os.environ.get("VOCAPP_TESTS_COMPLETE"):
            raise
        pytest.skip(str(missing))


def _upgrade(url: str) -> None:
    from vocapp.models.migrating import upgrade

    upgrade(url)


def _install(url: str) -> None:
    """Fill a template: migrated, and with what an installation has from its first start."""
    from vocapp.app import create_app
    from vocapp.models import db as models_db

    _upgrade(url)
    with TemporaryDirectory() as folder:
        application = create_app(settings_of_tests(Path(folder), database_url=url))
        with application.app_context():
            _ensure_workspace(NOW)
            for engine in models_db.engines.values():
                engine.dispose()


def _ensure_workspace(now: datetime) -> int:
    from vocapp.config import CATALOGUE
    from vocapp.models import Workspace, transaction
    from vocapp.services import bootstrap

    with transaction() as session:
        bootstrap.ensure(catalogue=CATALOGUE, now=now)
        return int(session.scalars(select(Workspace.id).where(Workspace.key == "default")).one())


Template = tuple[str, Callable[[str], None]]
"""What a test's database is a copy of: a name, and what fills the first one of that name in a run."""


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Template:
    """Name what the databases of a test are copies of; a folder whose tests begin with much in them has its own."""
    return (INSTALLED, _install) if "_installed" in request.fixturenames else (TEMPLATE, _upgrade)


@pytest.fixture
def _installed() -> None:
    """Ask for a database in which the workspace and the catalogue stand already."""


@pytest.fixture(scope="session")
def _sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Template], Path]:
    made: dict[str, Path] = {}

    def first(template: Template) -> Path:
        name, fill = template
        if name not in made:
            path = tmp_path_factory.mktemp("template") / f"{name}.db"
            fill(f"sqlite:///{path}")
            made[name] = path
        return made[name]

    return first


@pytest.fixture
def sqlite_url(template: Template, _sqlite_files: Callable[[Template], Path], tmp_path: Path) -> str:
    """Give a SQLite file of this test's own: migrated, and empty but for what its template holds."""
    path = tmp_path / "vocapp.db"
    shutil.copyfile(_sqlite_files(template), path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def _postgres_databases(run: Run, postgres: Postgres) -> Iterator[Callable[[Template], Reuse]]:
    made: dict[str, Reuse] = {}

    def copies(template: Template) -> Reuse:
        name, fill = template
        return made.setdefault(name, Reuse(run, postgres, name, fill))

    yield copies
    for databases in made.values():
        databases.close()


@pytest.fixture
def postgres_url(template: Template, _postgres_databases: Callable[[Template], Reuse]) -> Iterator[str]:
    """Give a PostgreSQL database of this test's own: migrated, and empty but for what its template holds."""
    databases = _postgres_databases(template)
    url = databases.take()
    yield url
    databases.give_back(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give a migrated, empty database: the test runs twice, on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database without any table, twice: for tests of the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"e_{uuid4().hex}"
    yield server.create_database(name)
    server.drop_database(name)


# ── the application, in this process


def settings_of_tests(var: Path, **given: Any) -> Settings:
    from vocapp.config import Settings

    plain: dict[str, Any] = {
        "data_dir": var,
        "database_url": f"sqlite:///{var / 'vocapp.db'}",
        "redis_url": "redis://127.0.0.1:1/0",  # nobody listens there: the application needs no queue to answer
        "embedded_redis": False,
        "secret_key": "a secret key of the tests, long enough",
        "public_url": "http://vocapp.test",
    }
    return Settings(**plain | given)


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Give a maker of settings: `make_settings(database_url=…, mail_backend="smtp", smtp_url=…)`."""

    def make(**given: Any) -> Settings:
        var = tmp_path / "var"
        var.mkdir(mode=0o700, exist_ok=True)
        return settings_of_tests(var, **given)

    return make


@pytest.fixture
def settings(make_settings: Callable[..., Settings], database_url: str) -> Settings:
    """Give settings over `database_url`; override this fixture in a module to change them."""
    return make_settings(database_url=database_url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """Give the application without its doors, as jobs and commands have it. Runs on both databases."""
    from vocapp.app import create_app
    from vocapp.models import db as models_db

    application = create_app(settings)
    application.testing = True
    yield application
    with application.app_context():
        for engine in models_db.engines.values():
            engine.dispose()


@pytest.fixture
def db(app: Flask) -> Iterator[Any]:
    """Give `vocapp.models.db` inside an application context: for models and services."""
    from vocapp.models import db as models_db

    with app.app_context():
        yield models_db
        models_db.session.rollback()


@pytest.fixture
def workspace_id(_installed: None, app: Flask, now: datetime) -> int:
    """Give the workspace `default`, as a new installation has it: with the catalogue of surveys."""
    with app.app_context():
        return _ensure_workspace(now)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a person's browser without a browser: HTTP against the application with its doors."""
    from vocapp.app import add_doors

    add_doors(app)
    app.test_client_class = _StrangerClient
    return app.test_client()


class _StrangerClient(FlaskClient):
    """A client whose requests see nothing of the test's own application context: no shared session, no shared `g`."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


# ── servers, peers, browser, product


@pytest.fixture(scope="session")
def _redis_of_this_worker(run: Run) -> Iterator[RedisServer]:
    server = RedisServer(run).start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(_redis_of_this_worker: RedisServer) -> str:
    """Give an empty Redis, shared by the tests of this process; don't stop it."""
    _redis_of_this_worker.start().flush()
    return _redis_of_this_worker.url


@pytest.fixture
def own_redis(run: Run) -> Iterator[RedisServer]:
    """Give a Redis of this test's own, to be stopped, killed and started; it keeps what it holds over both."""
    server = RedisServer(run, append_only=True).start()
    yield server
    server.stop()


@pytest.fixture
def smtp_peer() -> Iterator[SmtpPeer]:
    """Give an SMTP server that keeps what it gets and misbehaves when told to."""
    with SmtpPeer() as peer:
        yield peer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give headless Chromium; most tests want `visitor` or `new_visitor`."""
    from tests.rig.browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def new_visitor(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Give a maker of browser windows: `new_visitor(locale="en-GB", java_script_enabled=False, viewport=…)`."""
    from tests.rig.browser import Visitor

    visitors: list[Visitor] = []

    def make(**settings: Any) -> Visitor:
        visitors.append(Visitor(browser, **settings))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def visitor(new_visitor: Callable[..., Visitor]) -> Iterator[Visitor]:
    """Give one French visitor; the test fails if a page complained (a script's error, a refused style)."""
    person = new_visitor()
    yield person
    assert not person.complaints, person.complaints


@pytest.fixture
def new_product(run: Run) -> Iterator[Callable[..., Product]]:
    """Give a maker of whole products: `new_product(database_url=…, settings={"MAIL_BACKEND": …}).start()`."""
    made: list[Product] = []

    def make(**given: Any) -> Product:
        made.append(Product(run=run, **given))
        return made[-1]

    yield make
    for product in made:
        product.stop()
