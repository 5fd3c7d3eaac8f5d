"""`sentiment score [FILE]`: one text a line in, one JSON object a line out. Needs no server, database or data dir."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from vocapp.adapters.definition_files import load_file
from vocapp.adapters.sentiment import ModelUnusable, load
from vocapp.cli.frame import CommandRefused
from vocapp.config import Settings
from vocapp.domain.sentiment import document
from vocapp.domain.themes import ThemeSet, mentions, read

SHIPPED = Path(__file__).parents[2] / "surveys" / "themes.yaml"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `score`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    score = actions.add_parser("score", help="read one text a line, write one JSON object a line")
    score.add_argument("file", nargs="?", default="-", metavar="FILE", help="a UTF-8 file (default: standard input)")
    score.add_argument("--language", metavar="TAG", help="the language that the texts are probably in, such as fr")
    score.set_defaults(run=_score)


def score_lines(lines: Iterable[str], out: TextIO, *, model: str | None = None, hint: str | None = None) -> int:
    """Write one JSON object for each line as it comes, also for an empty one, so that both sides stay aligned.

    `model` is the SENTIMENT_MODEL setting, `hint` the language that the texts are probably in; themes are those that
    ship. Gives the number of lines. Raises ModelUnusable.
    """
    loaded = load(model)
    shipped = _themes()
    written = 0
    for line in lines:
        text = line.rstrip("\r\n")
        told = loaded.score(text, hint=hint)
        found = mentions(text, told, themes=shipped, judge=partial(loaded.score, hint=hint))
        said = {**document(told), "themes": [one.document() for one in found]}
        out.write(json.dumps(said, ensure_ascii=False) + "\n")
        out.flush()
        written += 1
    return written


def _themes() -> ThemeSet:
    """Read the themes that ship."""
    documents, faults = load_file(SHIPPED)
    if faults:
        raise CommandRefused(str(faults[0]))
    return read(documents[0].value)


def _score(args: argparse.Namespace) -> int:
    try:
        with _lines(args.file) as lines:
            score_lines(lines, sys.stdout, model=Settings.bare().sentiment_model, hint=args.language)
    except ModelUnusable as refused:
        raise CommandRefused(str(refused)) from refused
    return 0


@contextmanager
def _lines(file: str) -> Iterator[TextIO]:
    """Open a file, or standard input for "-"."""
    with ExitStack() as held:
        try:
            raw = sys.stdin.buffer if file == "-" else held.enter_context(Path(file).open("rb"))
        except OSError as error:
            raise CommandRefused(f"{file}: {error.strerror}") from error
        # Only a line feed ends a line, whatever else a text contains; and bytes that are no UTF-8 become replacement
        # characters: one bad line must not stop the others.
        lines = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="\n")
        held.callback(lines.detach)
        yield lines
