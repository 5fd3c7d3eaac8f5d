"""The sentiment model: what a caller needs of it, and how it is loaded.

Importing this package costs nothing. `load` brings in transformers and onnxruntime (about two seconds, 280 MB at the
peak), so only the worker and the command line call it, the worker before it forks.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Protocol

from vocapp.domain.sentiment import Sentiment

PACKAGED = Path(__file__).with_name("model")


class SentimentModel(Protocol):
    @property
    def name(self) -> str:
        """What is written beside each answer: the model's name and a digest of its weights."""
        ...

    def score(self, text: str, *, hint: str | None = None) -> Sentiment:
        """Judge one text. `hint` is the language that it is probably in, any BCP 47 tag. Never raises on a text."""
        ...


class ModelUnusable(Exception):
    """The model cannot be loaded; the message says what to do, for the operator."""


def load(model: str | None = None) -> SentimentModel:
    """Give the model in a folder, or of a hub's name, or the packaged one for None; loaded once per process.

    Raises ModelUnusable.
    """
    return _loaded(model or None)


@cache
def _loaded(model: str | None) -> SentimentModel:
    from vocapp.adapters.sentiment.files import find

    files = find(model)  # first: it sets what the libraries read while they are imported
    from vocapp.adapters.sentiment.onnx import OnnxSentiment

    return OnnxSentiment(files)
