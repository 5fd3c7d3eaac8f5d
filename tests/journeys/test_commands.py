"""The command line: what it does beside a running server, and the clear line it gives to whoever gets it wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.installations import Embedded
from tests.journeys.story import happened, somebody, wait_for_mail, where_it_is_noon
from tests.rig.forking import run_forked
from tests.rig.http import HttpClient
from tests.rig.product import ROOT
from vocapp.cli import main

BROKEN = """\
key: broken
title: {fr: Cassé}
default_language: fr
questions:
  - key: nps
    type: npz
    text: {fr: Note}
  - key: why
    type: long_text
    text: {fr: Pourquoi}
    ask_if: {"<=": [{"var": "answers.later"}, 6]}
  - key: later
    type: yes_no
    text: {fr: Encore, en: Again}
  - key: why
    type: short_text
    text: {fr: Bis}
"""


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def one_line(self) -> str:
        """What was said on stderr, which is one line, for people."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("vocapp: ")
        assert "Traceback" not in self.out + self.err
        return lines[0].removeprefix("vocapp: ")


def vocapp(*words: object, home: Path, stdin: str = "", forked: bool = True, **settings: str) -> Said:
    """Run a command as an operator does, in a folder of its own; not `forked`: by `python -m vocapp` itself."""
    arguments = [str(word) for word in words]
    plain = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    env = plain | {"PYTHONPATH": str(ROOT)} | settings
    if forked:
        done = run_forked(arguments, stdin=stdin, env=env, cwd=home, seconds=100)
    else:
        command = [sys.executable, "-m", "vocapp", *arguments]
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, cwd=home, env=env, timeout=100, check=False
        )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "COMMAND"),
        (["sing"], "sing"),
        (["apikey"], "ACTION"),
        (["apikey", "create"], "--name"),
        (["apikey", "create", "--name", "shop", "--scope", "everything"], "everything"),
        (["user", "create", "--role", "owner"], "--email"),
        (["user", "create", "--email", "a@example.test", "--role", "king"], "king"),
        (["survey", "check"], "FILE"),
        (["survey", "import"], "FILE"),
        (["customers", "import"], "FILE.csv"),
        (["events", "import", "one.ndjson", "two.ndjson"], "two.ndjson"),
        (["up", "--port", "many"], "many"),
        (["worker", "--queues", "mail"], "--queues"),
        (["counters", "rebuild", "--check"], "--check"),
    ],
)
def test_a_command_that_is_misused_says_how_in_one_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    printed = capsys.readouterr()
    said = Said(int(str(ended.value.code)), printed.out, printed.err)
    assert said.status == 2
    assert said.out == ""
    assert told in said.one_line
    assert "--help" in said.one_line


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        (["apikey", "create", "--name", "x", "--workspace", "nowhere"], {}, "nowhere"),
        (["customers", "import", "missing.csv"], {}, "missing.csv"),
        (["events", "import", "."], {}, "."),
        (["apikey", "create", "--name", "x", "--data-dir", "a-file/var"], {}, "data dir"),
        (["survey", "list"], {"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/d"}, "DATABASE_URL"),
        (["user", "create", "--email", "no address", "--role", "owner", "--password-stdin"], {}, "e-mail address"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_a_command_that_cannot_be_done_says_why_in_one_line(
    words: list[str], settings: dict[str, str], told: str, tmp_path: Path
) -> None:
    (tmp_path / "a-file").write_text("")
    said = vocapp(*words, home=tmp_path, stdin="a long enough password\n", **settings)
    assert said.status == 1, said
    assert told in said.one_line
    assert "hunter2" not in said.err


def test_a_broken_survey_is_told_line_by_line_without_any_installation(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    settings = {"DATABASE_URL": "nonsense", "REDIS_URL": "nonsense"}
    said = vocapp("survey", "check", "broken.yaml", home=tmp_path, forked=False, **settings)
    assert said.status == 1
    lines = said.err.splitlines()
    assert all(line.startswith("broken.yaml:") for line in lines), said.err
    for line, word in ((6, "npz"), (11, "later"), (15, "why")):
        assert [said for said in lines if said.startswith(f"broken.yaml:{line}:") and word in said], (line, lines)
    assert [path.name for path in tmp_path.iterdir()] == ["broken.yaml"], "nothing is left behind"


def test_a_broken_survey_is_not_imported_and_a_good_one_is_listed(embedded: Embedded, tmp_path: Path) -> None:
    data = ("--data-dir", embedded.product.data_dir)
    (tmp_path / "broken.yaml").write_text(BROKEN)
    good = {"key": "by_hand", "title": "By hand", "default_language": "en"}
    good |= {"questions": [{"key": "nps", "type": "nps", "text": "Would you recommend us?"}]}
    (tmp_path / "good.json").write_text(json.dumps(good))
    said = vocapp("survey", "import", "good.json", "broken.yaml", *data, home=tmp_path)
    assert said.status == 1
    assert "nothing was imported" in said.err
    embedded.api.get("/api/v1/surveys/by_hand").expect(404)
    assert vocapp("survey", "import", "good.json", *data, home=tmp_path).status == 0
    listed = vocapp("survey", "list", *data, home=tmp_path).out
    assert "by_hand" in listed
    assert "version 1" in listed
    assert embedded.api.get("/api/v1/surveys/by_hand").expect(200).json()["published_version"] == 1


def test_a_new_key_stands_alone_on_stdout_and_opens_what_it_may(embedded: Embedded, tmp_path: Path) -> None:
    data = ("--data-dir", embedded.product.data_dir)
    said = vocapp("apikey", "create", "--name", "shop", "--scope", "ingest", *data, home=tmp_path, forked=False)
    assert (said.status, said.err) == (0, "")
    (key,) = said.out.split()
    shop = HttpClient(embedded.product.base_url, key=key)
    shop.post("/api/v1/events", happened(somebody("shopper"), "nobody.asks")).expect(202)
    shop.get("/api/v1/alerts").expect(403)


def test_customers_and_events_from_files_are_taken_and_what_is_refused_says_why(
    embedded: Embedded, tmp_path: Path
) -> None:
    data = ("--data-dir", embedded.product.data_dir)
    table = "external_id,email,first_name,timezone\nfile-1,file-1@example.test,Zoé,{zone}\nfile-2,no address,Max,\n"
    (tmp_path / "people.csv").write_bytes(table.format(zone=where_it_is_noon()).encode("utf-8-sig"))
    said = vocapp("customers", "import", "people.csv", *data, home=tmp_path)
    assert said.status == 0, said
    assert "1 new" in said.out
    assert "1 refused" in said.out
    assert "no address" in (tmp_path / "people.csv.refused.csv").read_text()
    profile = embedded.api.get("/api/v1/customers/file-1").expect(200).json()
    assert profile["first_name"] == "Zoé"
    again = vocapp("customers", "import", "people.csv", *data, home=tmp_path)
    assert "0 new" in again.out

    asked = somebody("file")
    lines = [json.dumps(happened(asked)), "{not json", json.dumps({"id": "x"})]
    (tmp_path / "events.ndjson").write_text("\n".join(lines))
    said = vocapp("events", "import", "events.ndjson", *data, home=tmp_path)
    assert "1 taken" in said.out
    refused = [json.loads(line) for line in (tmp_path / "events.ndjson.refused.ndjson").read_text().splitlines()]
    assert [line["line"] for line in refused] == [2, 3]
    assert wait_for_mail(embedded, asked["email"])


def test_texts_are_scored_without_any_installation(tmp_path: Path) -> None:
    texts = "C'est une honte, plus jamais.\nMagnifique, merci !\n"
    said = vocapp("sentiment", "score", home=tmp_path, forked=False, stdin=texts)
    assert said.status == 0, said.err
    scored = [json.loads(line) for line in said.out.splitlines()]
    assert [one["label"] for one in scored] == ["negative", "positive"]
    assert all(-1 <= one["score"] <= 1 and one["language"] == "fr" for one in scored)
    assert list(tmp_path.iterdir()) == []


def test_the_counters_agree_with_the_rows(embedded: Embedded, tmp_path: Path) -> None:
    data = ("--data-dir", embedded.product.data_dir)
    assert vocapp("counters", "rebuild", "--verify", *data, home=tmp_path).status == 0
