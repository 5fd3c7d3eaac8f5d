"""The floor of a response: bare Flask and psycopg. One SELECT by primary key on GET, one INSERT and commit on POST.

No token is checked, no answer read, nothing counted, and the pages are ready-made bytes, as large as the product's.
`python -m bench.floors.flask_insert --port P --database CONNINFO --pages FOLDER` serves it as the product is served.
"""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

import psycopg
from flask import Flask, Response, request

from vocapp.webserver import listen, serve

TABLES = """
    create table invitations (id uuid primary key, customer text not null);
    create table responses (id bigint generated always as identity primary key,
        invitation_id uuid not null, nps text, csat text, ces text, buys_for text, again text, why text,
        answered_at timestamptz not null default now());
"""
QUESTIONS = ("nps", "csat", "ces", "buys_for", "again", "why")

_INSERT = f"insert into responses (invitation_id, {', '.join(QUESTIONS)}) values ({', '.join(['%s'] * 7)})"


def create_app(database: str, pages: Path) -> Flask:
    """Make the application; `pages` holds `page.html` and `thanks.html`."""
    app = Flask("floor", static_folder=None)
    page, thanks = (pages / "page.html").read_bytes(), (pages / "thanks.html").read_bytes()
    own = threading.local()

    def connection() -> psycopg.Connection[tuple[object, ...]]:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(database, autocommit=True, prepare_threshold=1)
        return own.connection

    @app.get("/s/<token>")
    def show(token: str) -> Response:
        found = connection().execute("select customer from invitations where id = %s", (token,)).fetchone()
        return Response(page, mimetype="text/html") if found else Response(status=404)

    @app.post("/s/<token>")
    def take(token: str) -> Response:
        form = request.form
        connection().execute(_INSERT, (token, *(form.get(key) for key in QUESTIONS)))
        return Response(thanks, mimetype="text/html")

    return app


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
