"""The spreadsheet of verbatims as LibreOffice opens it: every word arrives as it was written, nothing is reckoned."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.console.conftest import Browser, World
from tests.web.console.test_verbatims import SAID, lay_out

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76"
"""With commas, quoted, in UTF-8."""
PATIENCE_SECONDS = 90

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        SOFFICE is None, reason="LibreOffice is not here to open the file (Debian: libreoffice-calc-nogui)"
    ),
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_libreoffice_opens_it_and_every_word_is_there(
    world: World, log_in: Callable[..., Browser], tmp_path: Path
) -> None:
    lay_out(world, SAID)
    book = tmp_path / "verbatims.xlsx"
    book.write_bytes(log_in("analyst").post("/console/verbatims/file", **{"as": "xlsx"}).data)
    own = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"  # nobody's own settings are read or changed
    subprocess.run(
        [str(SOFFICE), own, "--headless", "--convert-to", AS_CSV, "--outdir", str(tmp_path), str(book)],
        check=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    with (tmp_path / "verbatims.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert sorted(row["Verbatim"] for row in rows) == sorted(
        [f"'{SAID['ada']}", SAID["bo"], f"'{SAID['cy']}"]  # what a spreadsheet would reckon stands behind a quote
    )
    assert {(row["NPS"], row["Lieu"]) for row in rows} == {("2", "Nice"), ("2", "Lyon"), ("2", "")}
    assert all(row["Répondu le"][:2] == "20" for row in rows)
