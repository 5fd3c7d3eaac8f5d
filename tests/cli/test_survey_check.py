"""`survey check`: file, line and reason of every fault on stderr; no server, no database, no data dir."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("flask", "sqlalchemy", "redis", "rq", "onnxruntime", "transformers", "gunicorn", "alembic")

BROKEN = """\
key: visit
title: {fr: Votre visite, en: Your visit}
default_language: fr
questions:
  - {key: nps, type: nps, text: {fr: "Et alors ?"}, ask_if: {known: answers.why}}
  - {key: nps, type: csat, text: {fr: "Et alors ?", en: "Well?"}}
  - {key: why, type: long_text, text: {fr: "Pourquoi ?", en: "Why?"}}
"""


def check(home: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    program = (
        "import sys; from vocapp.cli import main; status = main(sys.argv[1:]); "
        f"heavy = [name for name in {HEAVY} if name in sys.modules]; "
        "sys.exit(f'loads {heavy}' if heavy else status)"
    )
    return subprocess.run(
        [sys.executable, "-c", program, "survey", "check", *map(str, files)],
        cwd=home,
        env={"PYTHONPATH": str(ROOT), "DATABASE_URL": "nonsense", "REDIS_URL": "nonsense"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_every_fault_is_told_with_file_line_and_reason(tmp_path: Path) -> None:
    broken, latin, gone = tmp_path / "broken.yaml", tmp_path / "latin.yaml", tmp_path / "gone.yaml"
    broken.write_text(BROKEN)
    latin.write_bytes(b"key: a\ntitle: \xe9t\xe9\n")
    done = check(tmp_path, broken, latin, gone)
    assert (done.returncode, done.stdout) == (1, "")
    told = done.stderr.splitlines()
    for line, words in ((5, '"en"'), (5, "why"), (6, "nps")):
        assert any(one.startswith(f"{broken}:{line}: ") and words in one for one in told), (line, told)
    assert f"{latin}:2: this line is not UTF-8 (Latin-1, perhaps); save the file as UTF-8" in told
    assert f"{gone}: this file cannot be read: No such file or directory" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.yaml", "latin.yaml"]


def test_a_folder_without_any_is_told(tmp_path: Path) -> None:
    done = check(tmp_path, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{tmp_path}: this folder holds no YAML file\n")


def test_the_catalogue_is_in_order(tmp_path: Path) -> None:
    done = check(tmp_path, ROOT / "surveys")
    assert (done.returncode, done.stderr) == (0, "")
    assert "post_delivery is in order" in done.stdout
