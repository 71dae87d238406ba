"""Token classification: a small network made here gives offsets, labels and windows that can be computed by hand.

The weights are chosen so that the label of a token is that of its word in the table below, whatever stands around it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.errors import MachineError, PolicyError
from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry
from resources.models.weights.sources import digest

LABELS = ["O", "B-PER", "I-PER", "B-DEVICE", "I-DEVICE"]
WORDS = {"the": 0, "of": 0, "and": 0, ".": 0, "zoë": 1, "ann": 1, "lee": 2, "cardio": 3, "pump": 4, "x": 4}
PIECES = {"##graph": 0}  # inside a word: the label of the first piece counts
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def make_folder(folder: Path, positions: int = 32) -> Path:
    """A BERT with a real WordPiece tokenizer; the classifier reads the label off the word's own embedding."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForTokenClassification

    known = WORDS | PIECES
    vocabulary = {word: i for i, word in enumerate([*SPECIAL, *known])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=positions, id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
    )  # fmt: skip
    network = BertForTokenClassification(config)
    with torch.no_grad():
        for layer in network.bert.encoder.layer:  # what a token sees around it adds nothing
            for dense in (layer.attention.output.dense, layer.output.dense):
                dense.weight.zero_()
                dense.bias.zero_()
        network.bert.embeddings.position_embeddings.weight.zero_()
        network.bert.embeddings.token_type_embeddings.weight.zero_()
        words = network.bert.embeddings.word_embeddings.weight
        words.zero_()
        for word, label in known.items():
            words[vocabulary[word], label] = 4.0
        for special in range(len(SPECIAL)):
            words[special, 0] = 4.0
        network.classifier.weight.zero_()
        network.classifier.bias.zero_()
        for label in range(len(LABELS)):
            network.classifier.weight[label, label] = 2.0
    network.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def engine_with(folder: Path, role: str, keys: Keys, cache: Path) -> Engine:
    file = cache / f"{role}.yaml"
    file.write_text(
        f"{role}: {{source: local, engine: token_classification, path: {folder}, license: MIT, dtype: float32, "
        f"device: cpu, digest: {digest(folder)}}}\n"
    )
    return Engine(load_registry(file), keys, cache)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("token-classifier"))


@pytest.fixture
def engine(folder: Path, keys: Keys, tmp_path: Path) -> Iterator[Engine]:
    with engine_with(folder, "recognizer", keys, tmp_path) as made:
        yield made


def found(text: str, engine: Engine) -> list[tuple[str, str]]:
    return [(text[e.start : e.end], e.type) for e in engine.recognizer.recognize([text])[0]]


@pytest.mark.models
def test_words_join_to_entities_with_code_point_offsets(engine: Engine) -> None:
    assert found("😀 the Zoë Lee and Ann.", engine) == [("Zoë Lee", "PERSON"), ("Ann", "PERSON")]
    assert found("Ann Ann Lee", engine) == [("Ann", "PERSON"), ("Ann Lee", "PERSON")]  # B- begins another
    assert found("the Cardiograph pump x of ann", engine) == [("Cardiograph pump x", "DEVICE"), ("ann", "PERSON")]
    assert found("the of .", engine) == found("", engine) == []


@pytest.mark.models
def test_scores_are_probabilities_of_the_label(engine: Engine) -> None:
    (entity,) = engine.recognizer.recognize(["the Ann Lee."])[0]
    assert 0.9 < entity.score <= 1 and entity.detector == "token_classification"


@pytest.mark.models
def test_a_long_text_is_read_in_windows_and_no_entity_is_lost_or_doubled(engine: Engine) -> None:
    text = " ".join(["the of and"] * 7 + ["Zoë Lee"] + ["of the"] * 40 + ["cardiograph pump", "and"] * 9)
    expected = [("Zoë Lee", "PERSON")] + [("cardiograph pump", "DEVICE")] * 9
    assert found(text, engine) == expected
    assert found(text + " " + text, engine) == expected * 2  # what shares a batch or window changes nothing


@pytest.mark.models
def test_labels_are_asked_for_by_name_and_unknown_ones_refused(engine: Engine) -> None:
    (entities,) = engine.recognizer.find(["Ann and the cardio pump"], ["DEVICE", "PER"])
    assert [(e.start, e.end, e.type) for e in entities] == [(0, 3, "PER"), (12, 23, "DEVICE")]
    with pytest.raises(PolicyError, match="no label 'DEVISE', did you mean 'DEVICE'"):
        engine.recognizer.find(["Ann"], ["DEVISE"])


@pytest.mark.models
def test_it_plays_the_zero_shot_role_and_nobody_else_does(folder: Path, keys: Keys, tmp_path: Path) -> None:
    with engine_with(folder, "zero_shot", keys, tmp_path) as engine:
        (entities,) = engine.zero_shot.find(["the cardio pump"], ["DEVICE"])
        assert [(e.start, e.end) for e in entities] == [(4, 15)]
        assert "zero_shot" in engine.fingerprints()
    with Engine(load_registry(), keys, tmp_path) as plain, pytest.raises(PolicyError, match=r"models\.yaml has no"):
        _ = plain.zero_shot


@pytest.mark.models
def test_a_folder_without_labels_is_refused(keys: Keys, tmp_path: Path) -> None:
    import json

    folder = make_folder(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"id2label": {"0": "O"}, "label2id": {"O": 0}}))
    with engine_with(folder, "recognizer", keys, tmp_path) as engine, pytest.raises(PolicyError, match="id2label"):
        engine.recognizer.recognize(["Ann"])


@pytest.mark.models
def test_the_embedded_recognizer_can_be_asked_for_its_own_labels(models: Engine) -> None:
    text = "The Second World War ended; she spoke French and paid 40 dollars."
    (entities,) = models.recognizer.find([text], ["EVENT", "MONEY"])
    assert {e.type for e in entities} <= {"EVENT", "MONEY"} and "MONEY" in {e.type for e in entities}
    with pytest.raises(PolicyError, match="did you mean 'EVENT'"):
        models.recognizer.find([text], ["EVNT"])


def test_gliner_says_what_to_install(keys: Keys, tmp_path: Path) -> None:
    from importlib.util import find_spec

    if find_spec("gliner"):
        pytest.skip("gliner is installed here")
    file = tmp_path / "models.yaml"
    file.write_text(
        f"zero_shot: {{source: local, engine: gliner, path: {tmp_path}, license: MIT, digest: '{'0' * 64}'}}"
    )
    with Engine(load_registry(file), keys, tmp_path) as engine, pytest.raises(MachineError, match="pip install gliner"):
        engine.zero_shot.find(["a text"], ["medical device"])
