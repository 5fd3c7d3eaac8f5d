"""The floor of a response: bare Flask with a database. A SELECT by primary key on GET, one INSERT and commit on POST.

No token is checked, no answer read, nothing counted, and the pages are ready-made bytes, as large as the product's.
A single event is one INSERT and commit, too. The database is a conninfo of PostgreSQL or a file of SQLite's.
`python -m bench.floors.flask_insert --port P --database D --pages FOLDER` serves it as the product is served.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, Response, request

from vocapp.webserver import listen, serve

QUESTIONS = ("nps", "csat", "ces", "buys_for", "again", "why")
_RESPONSES = f"invitation_id uuid not null, {', '.join(f'{key} text' for key in QUESTIONS)}"
TABLES = f"""
    create table invitations (id uuid primary key, customer text not null);
    create table responses (id bigint generated always as identity primary key, {_RESPONSES},
        answered_at timestamptz not null default now());
    create table events (id bigint generated always as identity primary key, key text not null unique,
        name text not null, occurred_at timestamptz not null, customer text not null, place text, properties jsonb,
        received_at timestamptz not null default now());
"""
TABLES_OF_SQLITE = f"""
    pragma journal_mode = wal;
    create table invitations (id text primary key, customer text not null);
    create table responses (id integer primary key, {_RESPONSES}, answered_at text not null default current_timestamp);
"""
_ANSWER = f"insert into responses (invitation_id, {', '.join(QUESTIONS)}) values ({', '.join(['%s'] * 7)})"
_EVENT = "insert into events (key, name, occurred_at, customer, place, properties) values (%s, %s, %s, %s, %s, %s)"

Run = Callable[[str, Sequence[Any]], Any]


def prepare(database: str, ids: Sequence[str]) -> None:
    """Make the tables, with an invitation for each id."""
    rows = [(one, "Zoé") for one in ids]
    if _on_sqlite(database):
        with sqlite3.connect(database) as file:
            file.executescript(TABLES_OF_SQLITE)
            file.executemany("insert into invitations values (?, ?)", rows)
            file.execute("analyze")
        file.close()
        return
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLES)
        connection.cursor().executemany("insert into invitations values (%s, %s)", rows)
        connection.execute("analyze")


def create_app(database: str, pages: Path) -> Flask:
    """Make the application; `pages` holds `page.html` and `thanks.html`."""
    app = Flask("floor", static_folder=None)
    page, thanks = (pages / "page.html").read_bytes(), (pages / "thanks.html").read_bytes()
    own = threading.local()

    def run(statement: str, values: Sequence[Any]) -> Any:
        if not hasattr(own, "run"):
            own.run = _runner(database)
        return own.run(statement, values)

    @app.get("/s/<token>")
    def show(token: str) -> Response:
        found = run("select customer from invitations where id = %s", (token,)).fetchone()
        return Response(page, mimetype="text/html") if found else Response(status=404)

    @app.post("/s/<token>")
    def take(token: str) -> Response:
        form = request.form
        run(_ANSWER, (token, *(form.get(key) for key in QUESTIONS)))
        return Response(thanks, mimetype="text/html")

    @app.post("/api/v1/events")
    def tell() -> Response:
        said = request.get_json()
        customer, properties = said["customer"]["external_id"], json.dumps(said["properties"])
        run(_EVENT, (said["id"], said["event"], said["occurred_at"], customer, said["place"], properties))
        return Response(b'{"accepted":1,"duplicates":0,"refused":[]}', status=202, mimetype="application/json")

    return app


def _runner(database: str) -> Run:
    """Open this thread's own connection, as durable as the product's."""
    if _on_sqlite(database):
        file = sqlite3.connect(database, isolation_level=None, timeout=15)
        file.execute("pragma synchronous = normal")
        return lambda statement, values: file.execute(statement.replace("%s", "?"), values)
    return psycopg.connect(database, autocommit=True, prepare_threshold=1).execute


def _on_sqlite(database: str) -> bool:
    return database.endswith(".db")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--pages", type=Path, required=True)
    parser.add_argument("--processes", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()
    with listen("127.0.0.1", args.port) as listener:
        app = create_app(args.database, args.pages)
        serve(app, listener.detach(), processes=args.processes, threads=args.threads)


if __name__ == "__main__":
    main()
