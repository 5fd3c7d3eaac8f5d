"""The sentiment model itself, its fake, and the command line on top."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.adapters.sentiment import PACKAGED, ModelUnusable, SentimentModel, load
from vocapp.adapters.sentiment.fake import FakeSentiment
from vocapp.adapters.sentiment.language import likely_languages
from vocapp.cli.sentiment import score_lines
from vocapp.domain.sentiment import LABELS, SUPPORTED, Sentiment, normalise, says_nothing, spoken, words

ROOT = Path(__file__).parents[2]
REAL_TEXTS = ROOT.parent / "shared" / "data"
NOTHING_HEAVY = "assert not {'numpy', 'onnxruntime', 'transformers', 'tokenizers', 'py3langid'} & set(sys.modules)"


@pytest.fixture(scope="module")
def model() -> SentimentModel:
    return load()


@pytest.fixture
def own_folder(tmp_path) -> Path:
    """A copy of the packaged model whose small files may be spoilt."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for each in PACKAGED.iterdir():
        if each.name == "model.onnx":
            (folder / each.name).symlink_to(each)
        else:
            shutil.copy(each, folder)
    return folder


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **environment},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "label", "language"),
    [
        ("Livraison rapide et emballage soigné, je recommande vivement !", "positive", "fr"),
        ("Colis arrivé cassé et personne ne répond au service client.", "negative", "fr"),
        ("SERVICE CLIENT INEXISTANT, À FUIR", "negative", "fr"),
        ("The staff were lovely and the flight left on time.", "positive", "en"),
        ("They lost my luggage and nobody apologised.", "negative", "en"),
        ("Entrega rápida e produto excelente", "positive", "pt"),
        ("Das Paket kam beschädigt an, sehr enttäuschend.", "negative", "de"),
        ("El pedido llegó tarde y roto, muy mal servicio.", "negative", "es"),
        ("Personale gentilissimo, tornerò volentieri.", "positive", "it"),
        ("😡😡", "negative", None),
    ],
)
def test_plain_praise_and_plain_complaints_are_told_apart(model, text, label, language):
    sentiment = model.score(text)
    assert (sentiment.label, sentiment.language) == (label, language)
    assert sum(sentiment.probabilities.values()) == pytest.approx(1, abs=0.001)
    assert sentiment.model == model.name


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bardzo długo czekałem na dostawę, obsługa była niemiła.", "pl"),
        ("Nie polecam tego sklepu", "pl"),
        ("De levering duurde veel te lang en niemand nam de telefoon op.", "nl"),
        ("Vriendelijk personeel in de winkel", "nl"),
        ("Доставка опоздала на три дня, никто не отвечает.", "ru"),
        ("الخدمة سيئة جدا ولم يرد أحد على الهاتف", "ar"),
        ("送货太慢了，客服态度很差。", "zh"),
        ("Kargo çok geç geldi, müşteri hizmetleri cevap vermiyor.", "tr"),
        ("Her şey çok güzeldi", "tr"),
        ("Mycket nöjd med produkten, rekommenderas!", "sv"),
    ],
)
@pytest.mark.parametrize("hint", [None, "fr"])
def test_a_language_the_model_does_not_read_is_named_and_not_judged(model, text, language, hint):
    sentiment = model.score(text, hint=hint)
    assert sentiment == Sentiment(None, None, {}, language, model.name, "language_not_supported")


@pytest.mark.parametrize("text", ["SAV nul", "Trop de bugs", "ok", "mdr", "A éviter", "Nickel", "RAS"])
@pytest.mark.parametrize("hint", [None, "fr-CA"])
def test_a_short_french_remark_is_never_left_out(model, text, hint):
    sentiment = model.score(text, hint=hint)
    assert sentiment.label in LABELS
    if hint:
        assert sentiment.language == "fr"


@pytest.mark.parametrize("text", ["", "   ", "\0\0", "...", "\u0301" * 1_000_000])
def test_a_text_that_says_nothing_is_not_judged(model, text):
    sentiment = model.score(text)
    assert (sentiment.label, sentiment.reason) == (None, "empty")


@pytest.mark.parametrize(
    "text",
    ["\ud83d", "nul \udfff", r"\ud800 \u0000 &#0;", "x" * 1_000_000, "😀" * 9_999, "a. " * 9_999, "e\u0301" * 500_000],
)
def test_no_text_breaks_the_model(model, text):
    assert isinstance(model.score(text), Sentiment)


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_string_gets_an_answer_or_a_reason(text):
    sentiment = load().score(text)
    assert (sentiment.label is None) == (sentiment.reason is not None)


def test_the_same_text_always_gets_the_same_answer(model):
    assert model.score("Trop cher") == model.score("Trop cher")


def test_a_text_longer_than_the_network_reads_is_judged_to_its_end(model):
    praise = "Le vendeur était très aimable et la livraison parfaite. " * 3
    complaint = "Ensuite tout est tombé en panne et le service client refuse de me rembourser, c'est une honte. " * 30
    assert model.score(praise).label == "positive"
    assert model.score(praise + complaint).label == "negative"


def test_the_tokens_are_those_of_the_models_own_tokenizer(model):
    from tokenizers import Tokenizer

    own = Tokenizer.from_file(str(PACKAGED / "tokenizer.json"))
    own.enable_truncation(256)
    for text in ("Livraison en retard, mais le produit est top 😀", "x" * 99, "mot " * 400):
        assert model._tokens(text) == own.encode(text).ids


@given(
    st.text(max_size=80)
    | st.sampled_from(["TOUT EN CAPITALES", "&amp;&eacute;", r"\u00e9t\u00e9", "@a http https://b.c"])
)
def test_a_text_is_made_ready_as_the_models_card_says(text):
    card = (PACKAGED / "README.md").read_text(encoding="utf-8")
    steps = re.search(r"^def normalise.*?^    return t$", card, re.DOTALL | re.MULTILINE)
    assert steps
    names: dict = {}
    exec("import html, re\n" + steps.group(), names)
    if "\0" not in text:
        assert normalise(text) == names["normalise"](text)


def test_the_card_names_no_place_on_a_machine():
    for each in PACKAGED.iterdir():
        if each.suffix in {".md", ".txt"} or each.name in {"config.json", "calibration.json", "tokenizer_config.json"}:
            assert not re.search(r"(?<![\w.])/(home|work|root|tmp|usr|mnt|opt)/", each.read_text(encoding="utf-8")), (
                each
            )


def test_children_of_a_fork_use_the_model_of_their_parent(model):
    text = "Colis arrivé cassé et personne ne répond."
    expected = model.score(text)
    for _ in range(2):
        child = os.fork()
        if child == 0:
            os._exit(0 if model.score(text) == expected else 1)
        assert os.waitpid(child, 0)[1] == 0
    assert model.score(text) == expected


def test_the_model_is_loaded_once_per_process(model):
    assert load() is model
    assert load("") is model


def test_importing_the_package_and_the_command_loads_nothing_heavy():
    modules = "vocapp.adapters.sentiment, vocapp.adapters.sentiment.fake, vocapp.cli.sentiment"
    done = python("-c", f"import sys, {modules}\n{NOTHING_HEAVY}")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_of_the_operator_is_used(own_folder, model):
    own = load(str(own_folder))
    assert own.name.startswith("mine@")
    assert own.score("Trop cher").probabilities == model.score("Trop cher").probabilities


def test_classes_are_read_in_the_order_of_the_folders_config(own_folder, model):
    config = json.loads((own_folder / "config.json").read_text())
    config["id2label"] = {"0": "Positive", "1": "neutral", "2": "NEGATIVE"}
    (own_folder / "config.json").write_text(json.dumps(config))
    turned = load(str(own_folder)).score("Trop cher").probabilities
    assert turned["positive"] == model.score("Trop cher").probabilities["negative"]


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("model.onnx", None, "has no model.onnx"),
        ("tokenizer.json", None, "has no tokenizer.json"),
        ("config.json", "{", "config.json cannot be read"),
        ("config.json", '{"id2label": {"0": "1 star", "1": "2 stars"}}', "not negative, neutral, positive"),
        ("tokenizer.json", "{}", "cannot be loaded"),
        ("model.onnx", "not a network", "cannot be loaded"),
    ],
)
def test_a_spoilt_folder_is_refused_with_what_is_wrong(own_folder, file, content, said):
    (own_folder / file).unlink()
    if content is not None:
        (own_folder / file).write_text(content)
    with pytest.raises(ModelUnusable, match=said):
        load(str(own_folder))


@pytest.mark.parametrize("name", ["/no/such/folder", "plainword"])
def test_a_name_that_is_neither_folder_nor_hubs_is_refused(name):
    with pytest.raises(ModelUnusable, match="there is no folder"):
        load(name)


def test_a_hubs_model_that_is_not_to_be_had_is_refused():
    done = python("-m", "vocapp", "sentiment", "score", SENTIMENT_MODEL="nobody/nothing", HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    assert "nobody/nothing" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_gives_one_object_a_line_and_stays_aligned():
    out = io.StringIO()
    assert score_lines(["Trop cher\r\n", "\n", "Bardzo dobra obsługa w sklepie\n", "Parfait"], out) == 4
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [each["label"] for each in answers] == ["negative", None, None, "positive"]
    assert [each.get("reason") for each in answers] == [None, "empty", "language_not_supported", None]
    assert [[one["key"] for one in each["themes"]] for each in answers] == [["price"], [], [], []]
    assert answers[0]["themes"][0]["score"] == pytest.approx(answers[0]["score"], abs=0.001)
    assert all(each["model"] for each in answers)


def test_the_command_reads_a_file_of_any_bytes_in_silence(tmp_path):
    texts = tmp_path / "texts"
    texts.write_bytes(b"\xef\xbb\xbfTr\xc3\xa8s bien\r\n\xff\xfe nul\nune\rligne\xe2\x80\xa8encore\x00\n")
    done = python("-m", "vocapp", "sentiment", "score", str(texts))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3


def test_the_command_answers_a_line_before_the_next_one_comes():
    with subprocess.Popen(
        [sys.executable, "-m", "vocapp", "sentiment", "score"], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        for text in ("Trop cher", "Parfait"):
            process.stdin.write(text + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["label"] in {"negative", "positive"}
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_missing_file_is_refused_in_one_line(tmp_path):
    done = python("-m", "vocapp", "sentiment", "score", str(tmp_path / "absent"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_the_fake_answers_by_fragments_and_remembers():
    fake = FakeSentiment({"cassé": "negative", "top": "positive"})
    assert fake.score("Tout est CASSÉ", hint="fr").label == "negative"
    assert fake.score("au top").label == "positive"
    assert fake.score("mardi").label == "neutral"
    assert fake.score("  ").reason == "empty"
    assert fake.asked == ["Tout est CASSÉ", "au top", "mardi", "  "]


def real_texts(file: str, column: str) -> list[dict[str, str]]:
    path = REAL_TEXTS / file
    if not path.is_file():
        pytest.skip(f"the real texts are not here (shared/data/{file} beside the project)")
    with path.open(encoding="utf-8", newline="") as rows:
        return [row for row in csv.DictReader(rows) if (row[column] or "").strip()]


def test_on_real_airline_tweets_most_labels_are_right(model):
    rows = real_texts("verbatims/airline_tweets_en.csv", "text")
    right = {}
    for label in LABELS:
        texts = [row["text"] for row in rows if row["airline_sentiment"] == label][:50]
        right[label] = sum(model.score(text, hint="en").label == label for text in texts) / len(texts)
    assert sum(right.values()) / 3 > 0.65, right


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("verbatims/airline_tweets_en.csv", "text"),
        ("verbatims/playstore_reviews_fr.csv", "content"),
        ("commerce/olist/order_reviews.csv", "review_comment_message"),
    ],
)
def test_real_remarks_in_our_languages_are_hardly_ever_left_out(file, column):
    rows = real_texts(file, column)
    sample = [normalise(row[column]) for row in rows[:: max(1, len(rows) // 200)]]
    found = [spoken(text, likely_languages(words(text)), hint=None) for text in sample if not says_nothing(text)]
    assert sum(each not in {None, *SUPPORTED} for each in found) <= 0.005 * len(found)
