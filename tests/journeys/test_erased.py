"""An erased person is found by `grep` in no dump, Redis file, log or mail folder; figures stay; the export says so."""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis as redis_client

from tests.journeys.installations import production
from tests.journeys.story import (
    alerts_of,
    answer,
    exported,
    happened,
    publish,
    responses_of,
    somebody,
    survey,
    wait_for_mail,
    where_it_is_noon,
)
from tests.rig.http import HttpClient
from tests.rig.installed import installed_data_dir
from tests.rig.postgres import Postgres, find_binaries
from tests.rig.product import Product, survey_link
from tests.rig.run import Run
from tests.rig.waiting import wait_until

pytestmark = pytest.mark.timeout(400)

STREAMS = ("customers", "responses", "alerts", "events", "consents")
SETTINGS = {"MAIL_BACKEND": "files", "MAIL_FROM": "Maison Lune <avis@maison-lune.test>"}
WORDS = ("zoraide", "kerguelen", "19900456", "quetzalcoatl", "topinambour", "bigorneau")
"""Name, family name, number, a word of hers, an attribute, what an agent noted."""


class Place:
    """One installation, and every place in which something of a person could lie."""

    def __init__(self, product: Product, folders: list[Path], dump: Any) -> None:
        self.product, self.folders, self._dump = product, folders, dump
        self.api: HttpClient = product.machine()

    def mails(self, address: str) -> Any:
        return self.product.mails(address)

    def person(self) -> HttpClient:
        return self.product.person()

    def found(self, *words: str) -> set[tuple[str, str]]:
        """Return (where, what) of every word that stands anywhere."""
        places = {"dump": self._dump(), "printed": self.product.printed.encode()}
        for folder in self.folders:
            for path in folder.rglob("*"):
                if path.is_file() and not path.name.endswith(("-shm", ".lock")):
                    places[str(path.relative_to(folder.parent))] = path.read_bytes()
        folded = {where: _folded(data) for where, data in places.items()}
        return {(where, word) for word in words for where, text in folded.items() if word in text}


@pytest.fixture(params=["embedded", pytest.param("servers", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, run: Run) -> Iterator[Place]:
    if request.param == "embedded":
        with Product(run=run, settings=SETTINGS, data_dir=installed_data_dir(run)) as product:
            yield Place(product, [product.data_dir], (product.data_dir / "vocapp.db").read_bytes)
        return
    request.getfixturevalue("postgres")
    with production(run) as made:
        made.product.settings |= SETTINGS
        made.bring_up()

        def dump() -> bytes:
            with redis_client.Redis.from_url(made.redis.url) as connection:
                connection.save()
            return _pg_dump(made.database_url)

        yield Place(made.product, [made.product.data_dir, made.redis._home], dump)


def test_nothing_of_her_is_left_anywhere(place: Place, tmp_path: Path) -> None:
    api = place.api
    publish(api, survey())
    api.request("PATCH", "/api/v1/settings", json_body={"alert_recipients": ["equipe@maison-lune.test"]}).expect(200)
    bob, her = somebody("bob"), zoraide()
    file = _file_about(her, tmp_path)
    assert "1 refused" in place.product.command("customers", "import", str(file))
    place.product.command("events", "import", str(_events_about(her, tmp_path)))
    _lives_through_it(place, bob, "sardine", "anchois", "maquereau")
    _lives_through_it(place, her, *WORDS[3:])
    words = (*WORDS, her["external_id"].lower(), her["email"])
    before = place.found(*words)
    assert {word for _, word in before} == set(words), "each of them stands somewhere, or nothing is shown"
    assert _left_beside(tmp_path)
    known = {stream: _of(exported(api, stream), her) for stream in STREAMS}
    assert all(known.values())
    figures = [api.get(f"/api/v1/metrics/{metric}").expect(200).json() for metric in ("nps", "csat", "ces")]

    erasure = api.delete(f"/api/v1/customers/{her['external_id']}").expect(202).json()
    api.get(f"/api/v1/customers/{her['external_id']}").expect(404)
    assert api.delete(f"/api/v1/customers/{her['external_id']}").expect(202).json()["id"] == erasure["id"]
    wait_until(
        lambda: api.get(f"/api/v1/erasures/{erasure['id']}").expect(200).json()["done_at"], 60, what="all cleared away"
    )

    assert place.found(*words) == set()
    assert not _left_beside(tmp_path)
    assert [api.get(f"/api/v1/metrics/{metric}").expect(200).json() for metric in ("nps", "csat", "ces")] == figures
    place.product.command("counters", "rebuild", "--verify")
    place.product.command("doctor")
    for stream, ids in known.items():
        wait_until(lambda stream=stream, ids=ids: ids <= _deleted(exported(api, stream)), 60, what=stream)
        assert not _of(exported(api, stream), her)
    assert alerts_of(api, her) == []
    assert len(responses_of(api, bob)) == 1

    # the same file again, and what happened to her once more: nothing comes back, nothing is sent
    assert "2 refused" in place.product.command("customers", "import", str(file), check=False)
    place.product.command("events", "import", str(_events_about(her, tmp_path)), check=False)
    api.get(f"/api/v1/customers/{her['external_id']}").expect(404)
    assert place.mails(her["email"]) == []
    assert place.found(*words) == set()
    refused = list(csv.DictReader((tmp_path / "people.csv.refused.csv").read_text(encoding="utf-8").splitlines()))
    assert [any(cells) for *cells, _why in (row.values() for row in refused)] == [False, False]
    assert not _left_beside(tmp_path)


def test_a_restored_backup_brings_nobody_back(run: Run, postgres: Postgres, tmp_path: Path) -> None:
    with production(run) as made:
        made.product.settings |= SETTINGS
        made.bring_up("web", "relay", "worker-mail", "worker-decide")
        api = made.api
        publish(api, survey())
        her, bob = zoraide(), somebody("bob")
        for one in (her, bob):
            api.put(f"/api/v1/customers/{one['external_id']}", _without_id(one)).expect(201)
        last_night = tmp_path / "last_night.sql"
        last_night.write_bytes(_pg_dump(made.database_url))
        erasure = api.delete(f"/api/v1/customers/{her['external_id']}").expect(202).json()
        path = f"/api/v1/erasures/{erasure['id']}"
        wait_until(lambda: api.get(path).expect(200).json()["done_at"], 60, what="all cleared away")

        name = f"r_{uuid4().hex}"
        restored_url = postgres.create_database(name)
        try:
            _psql(restored_url, last_night)
            made.product.settings["DATABASE_URL"] = restored_url
            assert b"kerguelen" in _pg_dump(restored_url).lower()
            told = made.product.command("erasures", "replay")
            assert told.startswith("1 erasures on the list; 1 people had come back")
            assert "0 people had come back" in made.product.command("erasures", "replay")
            dump = _pg_dump(restored_url).lower()
            assert b"kerguelen" not in dump
            assert bob["email"].encode() in dump
        finally:
            made.product.settings["DATABASE_URL"] = made.database_url
            postgres.drop_database(name)


def test_a_copy_of_the_file_put_back_brings_nobody_back(run: Run) -> None:
    with Product(run=run, settings=SETTINGS, data_dir=installed_data_dir(run)) as product:
        api = product.machine()
        her = zoraide()
        api.put(f"/api/v1/customers/{her['external_id']}", _without_id(her)).expect(201)
        database = product.data_dir / "vocapp.db"
        copy = product.home / "copy.db"
        with closing(sqlite3.connect(database)) as live, closing(sqlite3.connect(copy)) as kept:
            live.backup(kept)
        erasure = api.delete(f"/api/v1/customers/{her['external_id']}").expect(202).json()
        path = f"/api/v1/erasures/{erasure['id']}"
        wait_until(lambda: api.get(path).expect(200).json()["done_at"], 60, what="all cleared away")
        product.stop()
        for left in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
            left.unlink(missing_ok=True)
        copy.rename(database)
        assert b"erguelen" in database.read_bytes()
        assert "1 people had come back" in product.command("erasures", "replay")
        product.start()
        wait_until(lambda: b"erguelen" not in database.read_bytes(), 60, what="gone from the file")


def zoraide() -> dict[str, Any]:
    """One whose words stand nowhere else."""
    return somebody(
        "somebody",
        external_id=f"ZQ-{uuid4().hex[:10]}",
        email="zoraide.kerguelen@example.test",
        first_name="Zoraïde",
        last_name="Kerguelen",
        phone="+33199004561",
        timezone=where_it_is_noon(),
        attributes={"likes": "topinambour"},
    )


def _lives_through_it(place: Place, one: dict[str, Any], said: str, noted_of: str, noted: str) -> None:
    """Something happens, a mail goes, it is answered, an alert is opened, the team told, a call made."""
    api = place.api
    api.post("/api/v1/events", happened(one, properties={"order": "LM-1", "note": noted_of})).expect(202)
    link = survey_link(wait_for_mail(place, one["email"], seconds=60))
    answer(place.person(), link, {"nps": "1", "why": f"{said} ! C'est une honte.", "trouble": ["late"], "again": "no"})
    (alert,) = wait_until(lambda: alerts_of(api, one), 60, what="an alert")
    wait_until(lambda: said in _texts(place.mails("equipe@maison-lune.test")), 60, what="the team is told")
    wait_until(lambda: responses_of(api, one)[0]["sentiment"], 120, what="a sentiment")
    api.post(f"/api/v1/alerts/{alert['id']}/claim", {"agent": "Inès"}).expect(200)
    note = f"{one['first_name']} rappelle demain, {noted}"
    api.post(f"/api/v1/alerts/{alert['id']}/contact", {"outcome": "reached", "note": note}).expect(200)
    wish = {"survey": "story", "customer": {"external_id": one["external_id"]}, "channel": "link"}
    key = {"Idempotency-Key": f"for {one['external_id']}"}
    api.post("/api/v1/invitations", wish, headers=key).expect(201)


def _file_about(one: dict[str, Any], folder: Path) -> Path:
    """A file with a good row, and one that is refused: beside it a file of her data comes to lie."""
    path = folder / "people.csv"
    rows = [
        ["external_id", "email", "first_name", "last_name", "phone", "consent.surveys"],
        [one["external_id"], one["email"], one["first_name"], one["last_name"], one["phone"], "yes"],
        ["x-bad", one["email"], one["first_name"], one["last_name"], "no number", "yes"],
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def _events_about(one: dict[str, Any], folder: Path) -> Path:
    import json

    path = folder / "events.ndjson"
    good = happened(one, "story.seen", id="seen-1", properties={})
    bad = {**good, "id": "seen-2", "occurred_at": "yesterday"}
    path.write_text("\n".join(json.dumps(event) for event in (good, bad)), encoding="utf-8")
    return path


def _left_beside(folder: Path) -> list[tuple[str, str]]:
    """Return (file, word) of what stands in files of refused rows."""
    return [
        (path.name, word) for path in folder.glob("*.refused.*") for word in WORDS if word in _folded(path.read_bytes())
    ]


def _texts(mails: list[EmailMessage]) -> str:
    return "\n".join(part.get_content() for mail in mails if (part := mail.get_body(("plain",))) is not None)


def _of(entries: list[dict[str, Any]], one: dict[str, Any]) -> set[str]:
    """Return the ids under which a stream tells of somebody."""
    found = set()
    for entry in entries:
        data = entry["data"] or {}
        if one["external_id"] in {data.get("external_id"), (data.get("customer") or {}).get("external_id")}:
            found.add(str(entry["id"]))
    return found


def _deleted(entries: list[dict[str, Any]]) -> set[str]:
    return {str(entry["id"]) for entry in entries if entry["op"] == "delete"}


def _folded(data: bytes) -> str:
    text = unicodedata.normalize("NFKD", data.decode("utf-8", "replace"))
    return "".join(letter for letter in text if not unicodedata.combining(letter)).lower()


def _without_id(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key != "external_id"}


def _pg_dump(url: str) -> bytes:
    program = find_binaries() / "pg_dump"
    return subprocess.run([str(program), url.replace("+psycopg", "")], check=True, capture_output=True).stdout


def _psql(url: str, file: Path) -> None:
    program = [str(find_binaries() / "psql"), "-q", "-v", "ON_ERROR_STOP=1", url.replace("+psycopg", "")]
    subprocess.run([*program, "-f", str(file)], check=True, capture_output=True)
