"""Puts the application together."""

from __future__ import annotations

from typing import Any

from flask import Flask

from vocapp.config import EXTENSION, Settings
from vocapp.models.base import db, prepare_sqlite
from vocapp.models.lanes import look_before_use
from vocapp.pipeline import PIPELINE, QUEUES

_BY_KEY = "-c timezone=UTC -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"
"""The public pages look rows up by their keys and by nothing else: planned once a connection, and never as a scan,
also while a young database has no statistics yet."""


def create_app(settings: Settings) -> Flask:
    """Make the application for web, worker, relay and commands alike."""
    app = Flask("vocapp", static_folder=None)
    app.config.update(_flask_config(settings))
    app.extensions[EXTENSION] = settings
    db.init_app(app)
    with app.app_context():
        for bind, engine in db.engines.items():
            prepare_sqlite(engine, autocommit=bind == "public")
            if bind == "public" and settings.on_postgresql:
                look_before_use(engine)
    return app


def add_doors(app: Flask) -> Flask:
    """Mount what listens to HTTP: the web process needs it, jobs and commands do not."""
    from vocapp import web

    web.mount(app)
    return app


def _flask_config(settings: Settings) -> dict[str, Any]:
    engine: dict[str, Any] = {"url": settings.connection_url}
    public = dict(engine)
    if settings.database_url.startswith("postgresql"):
        engine |= {
            "pool_size": settings.web_threads,
            "max_overflow": 4,
            "pool_pre_ping": True,
            "connect_args": {"options": "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC"},
        }
        public |= {
            "pool_size": 2 * settings.web_threads,  # beside those that the pages keep for themselves
            "max_overflow": 4,
            # Nothing to undo after a statement that is its own transaction.
            "pool_reset_on_return": None,
            "connect_args": {"options": _BY_KEY, "prepare_threshold": 1},
        }
    return {
        "SECRET_KEY": settings.secret_key,
        "VOCAPP_QUEUES": {
            queue: tuple(kind for kind, step in PIPELINE.items() if step.queue == queue) for queue in QUEUES
        },
        "SQLALCHEMY_DATABASE_URI": settings.connection_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {key: value for key, value in engine.items() if key != "url"},
        "SQLALCHEMY_BINDS": {"public": {**public, "isolation_level": "AUTOCOMMIT"}},
        "MAX_CONTENT_LENGTH": None,  # each door has its own limit, read off and answered kindly
        # `__Host-`: a browser takes it from this very host only, over TLS, for the whole of it.
        "SESSION_COOKIE_NAME": "__Host-session" if settings.over_tls else "session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.over_tls,
    }
