"""Where a model's files are: the packaged folder, a folder of the operator, or a hub's copy of it on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from vocapp.adapters.sentiment import PACKAGED, ModelUnusable
from vocapp.domain.sentiment import LABELS, SUPPORTED, Label

PACKAGED_NAME = "e5-small-sentiment-int8"
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_WANTED = ("model.onnx", "onnx/model.onnx", "*.json", "*.txt")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    name: str
    folder: Path
    network: Path
    order: tuple[Label, ...]
    """The classes in the order of the network's outputs."""
    languages: frozenset[str]


def find(model: str | None) -> ModelFiles:
    """Find and check a model's files. Raises ModelUnusable with what is missing."""
    _quieten()
    folder = Path(model).expanduser() if model else PACKAGED
    if folder.is_dir():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        return _read(folder, folder.resolve().name if model else PACKAGED_NAME)
    if not model:
        raise ModelUnusable("The packaged sentiment model is missing from this installation.")
    if not _HUB_NAME.fullmatch(model):
        raise ModelUnusable(f"SENTIMENT_MODEL: there is no folder {model!r}, and it is not a hub's name (owner/model).")
    return _read(_from_hub(model), model)


def _quieten() -> None:
    # Read by the libraries while they are imported. Nothing about the texts or their reader leaves the machine.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # Its threads would not survive the worker's fork, and one text has no use for them.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _from_hub(name: str) -> Path:
    # The one case that may use the network: the operator named a model that is not here yet. HF_HUB_OFFLINE=1
    # forbids it, and then a copy from before serves.
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_WANTED)))
    except Exception as error:  # the hub's client has a dozen of its own, and lets those of its transport through
        raise ModelUnusable(
            f"SENTIMENT_MODEL: {name!r} is neither a folder here nor to be had from the model hub "
            f"({type(error).__name__}). Give a folder, or leave it empty for the packaged model."
        ) from error


def _read(folder: Path, name: str) -> ModelFiles:
    network = next((path for path in (folder / "model.onnx", folder / "onnx" / "model.onnx") if path.is_file()), None)
    missing = [each for each in ("config.json", "tokenizer.json") if not (folder / each).is_file()]
    if network is None:
        missing.insert(0, "model.onnx")
    if network is None or missing:
        raise ModelUnusable(f"The sentiment model {name!r} has no {', '.join(missing)} in its folder.")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        labels = {int(at): str(label).lower() for at, label in config["id2label"].items()}
        languages = frozenset(config.get("languages") or SUPPORTED)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnusable(f"The sentiment model {name!r}: config.json cannot be read ({error!r}).") from error
    order = tuple(each for at in sorted(labels) for each in LABELS if each == labels[at])
    if len(labels) != len(LABELS) or sorted(order) != sorted(LABELS):
        raise ModelUnusable(
            f"The sentiment model {name!r} has the classes {sorted(labels.values())}, not negative, neutral, positive."
        )
    with network.open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()[:8]
    return ModelFiles(f"{name}@{digest}", folder, network, order, languages)
