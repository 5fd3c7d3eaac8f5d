"""The real model: transformers' tokenizer and an ONNX network on one CPU thread.

Importing this module imports numpy, onnxruntime and transformers; come here through `load`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
from transformers import PreTrainedTokenizerFast

from vocapp.adapters.sentiment import ModelUnusable
from vocapp.adapters.sentiment.files import ModelFiles
from vocapp.adapters.sentiment.language import likely_languages
from vocapp.domain.sentiment import (
    LABELS,
    MOST_CHARACTERS,
    Sentiment,
    judged,
    mean,
    normalise,
    not_judged,
    says_nothing,
    sentences,
    spoken,
    words,
)

MOST_TOKENS = 256
"""What the network reads in one go. Texts are not cut below that, although training stopped at about 70 tokens: on 153
starred French and Portuguese reviews of more than 70, reading the whole was as right as the mean over passages of 70
(78 against 75 %), and found 56 clear complaints instead of 39, with 4 false ones instead of 3."""


class OnnxSentiment:
    """Scores one text at a time: in a batch the int8 scales depend on the neighbours, and so would a text's answer."""

    def __init__(self, files: ModelFiles) -> None:
        """Load tokenizer, network and language identifier, so that children of a fork find all three ready."""
        self.name = files.name
        self._languages = files.languages
        self._order = [files.order.index(label) for label in LABELS]
        options = onnxruntime.SessionOptions()
        # No thread but ours: the session stays whole through a fork, and workers do not fight for the cores.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._tokenizer: Any = PreTrainedTokenizerFast.from_pretrained(str(files.folder), local_files_only=True)
            self._session = onnxruntime.InferenceSession(
                str(files.network), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise bare classes of their own for a file they cannot read
            raise ModelUnusable(f"The sentiment model {files.name!r} cannot be loaded: {error}") from error
        self._inputs = [each.name for each in self._session.get_inputs()]
        self._outputs = [each.name for each in self._session.get_outputs()]
        self._most_tokens = min(MOST_TOKENS, self._tokenizer.model_max_length)
        likely_languages("")

    def score(self, text: str, *, hint: str | None = None) -> Sentiment:
        """Judge one text, of which the first 5,000 characters are read."""
        text = text[:MOST_CHARACTERS]
        ready = normalise(text)
        if says_nothing(ready):
            return not_judged("empty", language=None, model=self.name)
        language = spoken(ready, likely_languages(words(ready)), hint=hint, languages=self._languages)
        if language is not None and language not in self._languages:
            return not_judged("language_not_supported", language=language, model=self.name)
        return judged(self._probabilities(text, ready), language=language, model=self.name)

    def _probabilities(self, text: str, ready: str) -> list[float]:
        # p = Σ tokens · p(passage) / Σ tokens, where a text is longer than the network reads: two kind words at its end
        # do not outweigh a page of complaint.
        tokens = self._tokens(ready)
        if len(tokens) < self._most_tokens:
            return self._run(tokens)
        return mean((len(passage), self._run(passage)) for passage in self._passages(text))

    def _passages(self, text: str) -> list[list[int]]:
        # Neighbouring sentences go together while they fit: they explain each other, and it is fewer runs. A single
        # sentence that does not fit is read as far as it does.
        groups: list[list[str]] = []
        room = 0
        for sentence in sentences(text):
            size = len(self._tokens(normalise(sentence)))
            if size > room:
                groups.append([])
                room = self._most_tokens
            groups[-1].append(sentence)
            room -= size
        return [self._tokens(normalise(" ".join(group))) for group in groups]

    def _tokens(self, ready: str) -> list[int]:
        encoded = self._tokenizer(ready, truncation=True, max_length=self._most_tokens)
        return list(encoded["input_ids"])

    def _run(self, tokens: list[int]) -> list[float]:
        ids = np.array([tokens], dtype=np.int64)
        known = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (logits,) = self._session.run(["logits"], {name: known[name] for name in self._inputs})
        shares = np.exp(logits[0] - logits[0].max())
        return [float(share) for share in (shares / shares.sum())[self._order]]
