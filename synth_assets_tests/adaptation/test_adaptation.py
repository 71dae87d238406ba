"""Adaptation of the masked LM: sampling, resuming, DP-SGD as accounted, what is measured, using the adapter."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pvariance
from typing import Any

import pytest

from resources.errors import DataError, IntegrityError, PolicyError
from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.entry import ModelEntry
from resources.models.protocols import Slot
from resources.models.registry import load_registry, parse_registry
from resources.models.weights.sources import digest
from resources.progress import silent
from synth_assets.adaptation.evaluation import Loss, exposure, learned_auc
from synth_assets.adaptation.objectives import losses
from synth_assets.adaptation.policy import AdaptationPolicy, PrivateTraining
from synth_assets.adaptation.stage import Adapted, Setting, adapt, split
from synth_assets.adaptation.training import PoissonSampler, assert_executed, make_private, noise_multiplier
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.render import Example
from synth_assets.records import Row

WORDS = ["cat", "dog", "sat", "ran", "house", "water", "small", "people", "house", "water"]
PLAN = PlanPolicy(kind="word", rate=0.3)
SMALL = {
    "steps": 8, "batch_subjects": 4, "tokens": 16, "held_out": 0.2, "checkpoint_every": 3, "probe_words": 0,
    "learning_rate": 0.02, "rank": 2,
}  # fmt: skip


def masked_row(number: int, role: str = "document") -> Row:
    draw = random.Random(number)
    text = " ".join(draw.choice(WORDS) for _ in range(12)) + "."
    return {"id": f"{number:03d}", "subject": f"s{number // 2}", "role": role, "text": text, "spans": []}


ROWS = [masked_row(i) for i in range(60)] + [masked_row(100, "canary")]


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small BertForMaskedLM with random weights."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForMaskedLM

    folder = tmp_path_factory.mktemp("bert")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *dict.fromkeys(WORDS)]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens(vocabulary[:5])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def registry_with(folder: Path, **more: str) -> dict[str, ModelEntry]:
    fields = {"source": "local", "engine": "transformers", "license": "none", "dtype": "float32"}
    entry = ModelEntry.parse(fields | {"path": str(folder), "digest": digest(folder)} | more, "test.yaml")
    return load_registry() | {"masked_lm": entry}


@pytest.fixture
def run(tiny_bert: Path, keys: Keys, tmp_path: Path) -> Callable[..., Adapted]:
    setting = Setting(tmp_path / "out", tmp_path / "cache", "key", keys, registry_with(tiny_bert), silent)

    def call(policy: dict[str, Any] | None = None, **changes: Any) -> Adapted:
        wanted = AdaptationPolicy.parse(SMALL | (policy or {}), "test")
        return adapt(ROWS, [], wanted, PLAN, 240, replace(setting, **changes))

    return call


def test_every_subject_enters_a_step_independently_and_brings_one_document() -> None:
    sampler = PoissonSampler({f"s{i}": [(i, 0), (i, 1)] for i in range(40)}, 10)
    rng = random.Random(1)
    drawn = [sampler.draw(rng) for _ in range(4000)]
    assert sampler.rate == 0.25
    assert all(len({subject for subject, _ in batch}) == len(batch) for batch in drawn)
    sizes = [len(batch) for batch in drawn]
    assert fmean(sizes) == pytest.approx(10, abs=0.2)
    assert pvariance(sizes) == pytest.approx(40 * 0.25 * 0.75, rel=0.1)  # a shuffled fixed batch would have none
    assert PoissonSampler({"one": [1]}, 10).rate == 1.0
    with pytest.raises(DataError, match="no subject"):
        PoissonSampler({}, 10)


def test_exposure_is_that_of_the_rank_among_kept_out_canaries() -> None:
    before = Loss([], [], [5.0, 5.0], [5.0, 5.0, 5.0])
    after = Loss([], [], [1.0, 4.9], [4.5, 4.0, 3.0])  # falls 4.0 (first) and 0.1 (last) among .5, 1, 2
    assert exposure(before, after) == pytest.approx((2 - 0 + 2 - 2) / 2)
    assert exposure(Loss([], [], [], [1.0]), Loss([], [], [], [1.0])) is None


def test_the_auc_counts_pairs() -> None:
    before = Loss([3.0, 3.0], [3.0, 3.0], [], [])
    assert learned_auc(before, Loss([3.0, 2.0], [1.0, 2.0], [], [])) == pytest.approx((1 + 1 + 1 + 0.5) / 4)


def test_subjects_are_held_out_whole_and_canaries_never(keys: Keys) -> None:
    learned, held_out = split(ROWS, 0.3, keys)
    assert held_out and not {r["subject"] for r in learned} & {r["subject"] for r in held_out}
    assert [r["role"] for r in learned if r["role"] == "canary"] == ["canary"]
    assert len(learned) + len(held_out) == len(ROWS)
    assert split(ROWS[::-1], 0.3, keys) == (learned, held_out)


@pytest.mark.models
def test_the_adapter_learns_and_is_used(
    run: Callable[..., Adapted], keys: Keys, tiny_bert: Path, tmp_path: Path
) -> None:
    made = run({"steps": 30})
    assert sorted(p.name for p in made.folder.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    assert made.digest == digest(made.folder)
    assert made.figures["learned_nats_after"] < made.figures["learned_nats_before"] - 0.1
    assert made.figures["held_out_nats_after"] < made.figures["held_out_nats_before"] - 0.1
    assert "epsilon" not in made.figures
    slots = [Slot("cat sat dog ran.", 8, 11)]
    plain, adapted = (
        registry_with(tiny_bert),
        registry_with(tiny_bert, adapter=str(made.folder), adapter_digest=made.digest),
    )
    with Engine(plain, keys, tmp_path / "a") as one, Engine(adapted, keys, tmp_path / "a") as other:
        before, after = one.masked_lm.fill(slots, 3), other.masked_lm.fill(slots, 3)
    assert [c.score for c in before[0]] != [c.score for c in after[0]]
    wrong = registry_with(tiny_bert, adapter=str(made.folder), adapter_digest="0" * 64)
    with Engine(wrong, keys, tmp_path / "b") as engine, pytest.raises(IntegrityError, match="adapter_digest"):
        engine.masked_lm.fill(slots, 3)


@pytest.mark.models
def test_an_interrupted_training_goes_on_and_ends_the_same(run: Callable[..., Adapted], tmp_path: Path) -> None:
    whole = run(folder=tmp_path / "whole")

    class Killed(Exception):
        pass

    def kill(task: str, done: int, total: int) -> None:
        if task == "adaptation" and done == 5:
            raise Killed

    with pytest.raises(Killed):
        run(folder=tmp_path / "parts", progress=kill)
    checkpoint = tmp_path / "parts" / "checkpoint"
    assert b"safetensors" not in checkpoint.read_bytes() and b"lora" not in checkpoint.read_bytes()  # encrypted
    resumed = run(folder=tmp_path / "parts")
    assert resumed.figures["resumed_at_step"] == 3
    assert resumed.digest == whole.digest
    assert not checkpoint.exists()


@pytest.mark.models
def test_a_checkpoint_of_other_data_is_not_read(run: Callable[..., Adapted], tmp_path: Path) -> None:
    def kill(task: str, done: int, total: int) -> None:
        if task == "adaptation" and done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(progress=kill)
    assert run(key="another").figures["resumed_at_step"] == 0


@pytest.mark.models
def test_private_training_takes_the_steps_it_accounts_for(run: Callable[..., Adapted]) -> None:
    made = run({"private": {"epsilon": 3.0, "delta": 1e-4}})
    assert 2.5 < made.figures["epsilon"] <= 3.01
    subjects, rate = made.figures["subjects"], made.figures["sampling_rate"]
    assert rate == pytest.approx(4 / subjects)
    assert made.figures["noise_multiplier"] == pytest.approx(
        noise_multiplier(PrivateTraining(epsilon=3.0, delta=1e-4), rate, 8)
    )


@pytest.mark.models
def test_resumed_private_training_counts_all_steps(run: Callable[..., Adapted]) -> None:
    def kill(task: str, done: int, total: int) -> None:
        if task == "adaptation" and done == 7:
            raise KeyboardInterrupt

    policy = {"private": {"epsilon": 3.0, "delta": 1e-4}}
    with pytest.raises(KeyboardInterrupt):
        run(policy, progress=kill)
    made = run(policy)
    assert made.figures["resumed_at_step"] == 6
    assert 2.5 < made.figures["epsilon"] <= 3.01


@pytest.mark.models
def test_epsilon_is_that_of_dp_accounting() -> None:
    from dp_accounting import dp_event
    from dp_accounting.pld import PLDAccountant

    sigma = noise_multiplier(PrivateTraining(epsilon=2.0, delta=1e-5), 0.05, 40)
    event = dp_event.SelfComposedDpEvent(dp_event.PoissonSampledDpEvent(0.05, dp_event.GaussianDpEvent(sigma)), 40)
    assert PLDAccountant().compose(event).get_epsilon(1e-5) == pytest.approx(2.0, abs=0.05)


@pytest.mark.models
def test_one_subject_moves_the_sum_by_no_more_than_the_clipping_norm_and_an_empty_batch_is_noise() -> None:
    import torch

    def private(sigma: float) -> Any:
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        return model, make_private(model, optimizer, PrivateTraining(max_grad_norm=0.5), sigma, 0.1, 1, [])

    model, made = private(0.0)
    before = torch.cat([p.detach().flatten().clone() for p in model.parameters()])
    (made.model(torch.full((1, 4), 100.0)).sum()).backward()
    made.optimizer.step()
    moved = torch.cat([p.detach().flatten() for p in model.parameters()]) - before
    assert float(moved.norm()) == pytest.approx(0.5, rel=1e-3)
    model, made = private(2.0)
    before = torch.cat([p.detach().flatten().clone() for p in model.parameters()])
    made.optimizer.zero_grad()
    made.add_empty_batch()
    made.optimizer.step()
    assert float((torch.cat([p.detach().flatten() for p in model.parameters()]) - before).norm()) > 0.1
    assert made.history == [(2.0, 0.1, 1)]


def test_steps_that_were_not_accounted_for_are_refused() -> None:
    assert_executed([(1.0, 0.1, 8)], 1.0, 0.1, 8)
    for history in ([(1.0, 0.1, 7)], [(1.0, 0.2, 8)], [(0.5, 0.1, 8)], [(1.0, 0.1, 4), (1.0, 0.2, 4)]):
        with pytest.raises(DataError, match="accounted"):
            assert_executed(history, 1.0, 0.1, 8)


@pytest.mark.models
def test_an_example_without_labels_costs_nothing(tiny_bert: Path) -> None:
    import torch
    from transformers import BertForMaskedLM

    model = BertForMaskedLM.from_pretrained(tiny_bert).eval()
    measured = losses(
        model, [Example([2, 6, 3], [-100] * 3), Example([2, 4, 7, 3], [-100, 6, -100, -100])], torch.device("cpu")
    )
    expected = -model(torch.tensor([[2, 4, 7, 3]])).logits[0, 1].log_softmax(-1)[6]
    assert measured.tolist() == pytest.approx([0.0, float(expected)], abs=1e-5)


OTHER = {
    "rank": 3, "learning_rate": 0.01, "steps": 9, "batch_subjects": 5, "tokens": 8, "held_out": 0.4, "probe_words": 3,
    "private": {},
}  # fmt: skip


@pytest.mark.models
def test_each_key_changes_something(run: Callable[..., Adapted], tmp_path: Path) -> None:
    assert set(OTHER) | {"checkpoint_every"} == set(AdaptationPolicy.model_fields)  # that one: see the interrupted run
    base = run(folder=tmp_path / "base")
    for key, value in OTHER.items():
        made = run({key: value}, folder=tmp_path / key)
        assert (made.digest, made.figures) != (base.digest, base.figures), key


def test_each_key_of_private_training_changes_the_noise_or_the_cut() -> None:
    base = noise_multiplier(PrivateTraining(), 0.1, 20)
    assert noise_multiplier(PrivateTraining(epsilon=1.0), 0.1, 20) > base
    assert noise_multiplier(PrivateTraining(delta=1e-8), 0.1, 20) > base
    assert "max_grad_norm" in PrivateTraining.model_fields  # its effect: the test of the clipping norm


def test_an_adapter_needs_its_digest_and_the_right_role() -> None:
    entry = json.loads(load_registry()["masked_lm"].model_dump_json(exclude_none=True))
    with pytest.raises(PolicyError, match="go together"):
        ModelEntry.parse(entry | {"adapter": "somewhere"}, "test")
    roles = {r: json.loads(e.model_dump_json(exclude_none=True)) for r, e in load_registry().items()}
    both = roles["causal_lm"] | {"adapter": "somewhere", "adapter_digest": "0" * 64}
    with pytest.raises(PolicyError, match="only a masked LM"):
        parse_registry(roles | {"causal_lm": both}, "test")
