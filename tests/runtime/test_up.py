"""`python -m vocapp up` as a real process tree."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.rig.installed import demo_data_dir, installed_data_dir
from tests.rig.processes import descendants
from tests.rig.product import Product
from tests.rig.run import born
from tests.rig.waiting import wait_until
from vocapp.pipeline import QUEUES

pytestmark = pytest.mark.slow

ROLES = {"redis", "web", "relay", *(f"worker:{queue}" for queue in QUEUES)}


@pytest.fixture(scope="module")
def demo(run):
    """A data dir with the invented company in it, and what the start that filled it had printed."""
    return demo_data_dir(run)


@pytest.fixture(scope="module")
def product(run, demo):
    made = Product(run=run, demo=True, data_dir=demo[0], forked=False).start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def installed(run):
    return installed_data_dir(run)


def gone(pids):
    return not [pid for pid in pids if born(pid)]


def refused(product, *, seconds=10.0):
    """Start what can't start; return its one line."""
    before = len(product.printed)
    asked = time.monotonic()
    process = product._start("up", ["up", "--port", str(product.port)])
    status = process.wait(seconds)
    assert time.monotonic() - asked < seconds
    assert status not in (0, None)
    lines = product.printed[before:].splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("vocapp: ")
    return lines[0]


def test_it_says_that_it_is_ready_once_it_serves(product):
    lines = product.printed.splitlines()
    assert f"vocapp is ready on {product.base_url}" in lines
    product.person().get("/healthz").expect(200)
    assert set(product.children()) >= ROLES


def test_a_demo_is_greeted_on_every_start_with_the_same_login_and_a_fresh_link(product, demo):
    wait_until(lambda: "/s/" in product.printed, 30)
    printed = [demo[1], product.printed]
    after = [said.partition("vocapp is ready on")[2] for said in printed]
    paths = [re.search(r"http://[^/\s]+(/s/\S+)", said)[1] for said in after]
    assert len(set(paths)) == 2
    passwords = [re.search(r"/login\s+\S+\s+(\S+)", said)[1] for said in after]
    assert len(set(passwords)) == 1
    for path in paths:
        product.person().get(path).expect(200)


def test_a_second_one_on_the_same_data_dir_is_refused(product, run):
    line = refused(Product(run=run, data_dir=product.data_dir))
    assert "in use by another vocapp" in line
    product.person().get("/healthz").expect(200)


def test_a_taken_port_is_refused(product, run):
    assert f"port {product.port}" in refused(Product(run=run, port=product.port))


@pytest.mark.parametrize("role", ["redis", "web", "relay", "worker:mail"])
def test_a_child_that_is_killed_comes_back(product, role):
    killed = product.kill(role)
    wait_until(lambda: killed not in product.children().get(role, [killed]), 30)
    product.wait_until_serving(30)


def test_a_web_process_that_is_killed_comes_back(product):
    before = product.children()["web"]
    os.kill(max(before), signal.SIGKILL)
    wait_until(lambda: max(before) not in product.children()["web"], 30)
    wait_until(lambda: len(product.children()["web"]) == len(before), 30)
    product.person().get("/healthz").expect(200)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@127.0.0.1/d",
        "postgresql+psycopg://u:hunter2@127.0.0.1:1/d",
        "postgresql://u:hunter2@127.0.0.1:port/d",
        "sqlite:////nowhere/at/all.db",
        "nonsense hunter2",
    ],
)
def test_a_broken_database_url_is_refused_without_its_password(run, url):
    product = Product(run=run, database_url=url)
    line = refused(product)
    assert "hunter2" not in line
    assert "DATABASE_URL" in line


def test_a_data_dir_that_cannot_be_written_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("")
    assert "data dir" in refused(Product(run=run, data_dir=tmp_path / "file" / "var"))


def test_a_killed_supervisor_leaves_nothing_and_the_next_one_starts(run, installed):
    product = Product(run=run, data_dir=installed, forked=False).start()
    family = list(descendants(product.processes["up"].pid))
    assert len(family) >= 8
    product.processes["up"].kill()
    product.processes["up"].wait()
    wait_until(lambda: gone(family), 10)
    product.start()
    assert product.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_leaves_nothing(run, installed, number):
    product = Product(run=run, data_dir=installed).start()
    up = product.processes["up"]
    family = list(descendants(up.pid))
    asked = time.monotonic()
    os.killpg(up.pid, number)
    assert up.wait(10) == 0
    assert time.monotonic() - asked < 10
    assert gone(family)
    assert "Traceback" not in product.printed


@pytest.mark.parametrize("after_seconds", [0.05, 0.6, 1.2, 2.4])
def test_a_stop_in_the_middle_of_the_start_leaves_nothing(run, after_seconds):
    product = Product(run=run, forked=False)
    up = product._start("up", ["up", "--port", str(product.port)])
    time.sleep(after_seconds)
    family = list(descendants(up.pid))
    up.send_signal(signal.SIGTERM)
    up.wait(10)
    wait_until(lambda: gone(family), 10)  # the kernel ends what has lost its parent, in its time
    wait_until(lambda: not [pid for pid in _all_of(product.data_dir) if pid != up.pid], 10)


def test_a_stop_does_not_wait_for_a_connection_that_is_kept_open(run, installed):
    product = Product(run=run, data_dir=installed).start()
    with socket.create_connection(("127.0.0.1", product.port)) as kept:
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert kept.recv(100).startswith(b"HTTP/1.1 200")
        asked = time.monotonic()
        assert product.stop() == 0
    assert time.monotonic() - asked < 10


def test_links_name_the_host_and_port_really_served(product):
    assert (product.data_dir / "served_url").read_text().strip() == f"http://127.0.0.1:{product.port}"


def test_any_free_port_is_told(run, installed):
    product = Product(run=run, data_dir=installed)
    product.port = 0
    product.start()
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+", product.base_url)
    product.stop()


def test_a_data_dir_with_a_long_name_works(run, tmp_path):
    with Product(run=run, data_dir=tmp_path / "/".join(["deep" * 10] * 4)) as product:
        product.person().get("/healthz").expect(200)


def _all_of(data_dir: Path) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if str(data_dir) in line]
