"""What `deploy/` holds names commands, options, queues and files that are there."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.guards.source import ROOT
from vocapp import cli
from vocapp.pipeline import QUEUES

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


class _Unit(configparser.RawConfigParser):
    """systemd's form; a key may stand twice."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False)
        self.read(path)

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def understood(words: list[str]) -> Any:
    """Read a command line as vocapp does; SystemExit where it would refuse it."""
    return cli._parser(words).parse_args(words)


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return document


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_what_there_is(path: Path) -> None:
    unit = _Unit(path)
    python, *words = unit["Service"]["ExecStart"].replace("%i", "8001" if "web" in path.stem else "mail").split()
    assert python == "/opt/vocapp/.venv/bin/python"
    assert words[:2] == ["-m", "vocapp"]
    assert understood(words[2:])
    documented = unit["Unit"]["Documentation"].removeprefix("file:/opt/vocapp/")
    assert (ROOT / documented).is_file()


def test_every_queue_has_its_worker_everywhere() -> None:
    target = _Unit(DEPLOY / "systemd/vocapp.target")
    assert set(re.findall(r"vocapp-worker@(\w+)", (DEPLOY / "systemd/vocapp.target").read_text())) == set(QUEUES)
    assert target["Install"]["WantedBy"] == "multi-user.target"
    workers = [service for name, service in compose()["services"].items() if name.startswith("worker-")]
    assert {understood(service["command"]).queue for service in workers} == set(QUEUES)


def test_a_server_has_more_time_to_end_than_it_takes() -> None:
    web = _Unit(DEPLOY / "systemd/vocapp-web@.service")["Service"]
    asked = understood(web["ExecStart"].replace("%i", "8001").split()[3:])
    assert float(web["TimeoutStopSec"]) > asked.drain + asked.grace
    for name in ("web-1", "web-2"):
        service = compose()["services"][name]
        asked = understood(service["command"])
        assert float(service["stop_grace_period"].removesuffix("s")) > asked.drain + asked.grace


def test_compose_names_what_it_defines() -> None:
    document = compose()
    services = document["services"]
    assert {"database", "queue", "migrate", "web-1", "web-2", "relay"} <= set(services)
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(document["volumes"])
        if service.get("build"):
            assert understood(service["command"])
            assert (DEPLOY / service["build"] / "Dockerfile").is_file()
    known = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    given = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "vocapp.env.example").read_text(), re.MULTILINE))
    assert given <= known
    assert set(services["relay"]["environment"]) <= known


def test_the_image_holds_what_runs_and_nothing_else() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = [line.split()[1:-1] for line in dockerfile.splitlines() if line.startswith("COPY")]
    wanted = {name for names in copied for name in names}
    assert all((ROOT / name).exists() for name in wanted)
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == wanted
    command = re.search(r"^CMD \[(.*)\]$", dockerfile, re.MULTILINE)
    assert command
    assert understood(re.findall(r'"([^"]*)"', command[1]))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").iterdir():
        # what is not installed on this machine, it can't find
        text = path.read_text().replace("/opt/vocapp/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(
            re.sub(r"^(User|Group|EnvironmentFile|WorkingDirectory|Documentation)=.*\n", "", text, flags=re.MULTILINE)
        )
    names = [path.name.replace("web@", "web@8001").replace("worker@", "worker@mail") for path in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *[str(tmp_path / name) for name in [*names, "vocapp.target"]]],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    assert not [line for line in done.stderr.splitlines() if "vocapp" in line], done.stderr
    assert done.returncode == 0, done.stderr
