"""The causal LM is the model it says it is, and samples depend on what they should depend on."""

import dataclasses
import math
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from resources.errors import DataError, MachineError, PolicyError
from resources.keys import Keys
from resources.models.batching import Request
from resources.models.engine import Engine
from resources.models.engines.causal.causal_lm import windows
from resources.models.engines.causal.chat import ChatTemplate
from resources.models.engines.causal.decoding import choose, generate, uniform_stream
from resources.models.protocols import Advice, Likelihood, Sampling
from resources.models.registry import load_registry, parse_registry
from resources.models.weights.gguf_conversion import converted
from resources.models.weights.sources import weights_dir

SENTENCES = [
    "The museum will be closed until next spring because of the renovation.",
    "Heavy rain on Tuesday caused flooding in several villages close to the river.",
    "To reset your password, click the blue button and follow the instructions.",
]
PROMPTS = [
    "The capital of France is",
    "Once upon a time, in a small village near the sea, there lived",
    "My favorite",
    "Water boils at a temperature of one hundred degrees",
]
SAMPLING = Sampling(max_new_tokens=12, seed=3)


def engine_of(keys: Keys, folder: Path, dtype: str) -> Engine:
    registry = load_registry()
    model = registry["causal_lm"].model_copy(update={"dtype": dtype})
    return Engine(registry | {"causal_lm": model}, keys, folder)


@pytest.fixture(scope="module")
def exact(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The same model in float32, where a batch changes nothing that shows."""
    with engine_of(keys, tmp_path_factory.mktemp("exact"), "float32") as engine:
        yield engine


@pytest.mark.models
def test_english_is_far_likelier_than_shuffled_letters(models: Engine) -> None:
    rng = random.Random(0)
    noise = ["".join(rng.sample(text, len(text))) for text in SENTENCES]
    perplexity = [math.exp(-x.mean) for x in models.causal_lm.log_likelihood(SENTENCES + noise)]
    assert max(perplexity[:3]) < 100
    assert min(perplexity[3:]) > 10 * max(perplexity[:3])


@pytest.mark.models
def test_bf16_agrees_with_fp32(models: Engine, exact: Engine) -> None:
    fast, slow = models.causal_lm.log_likelihood(SENTENCES), exact.causal_lm.log_likelihood(SENTENCES)
    for a, b in zip(fast, slow, strict=True):
        assert a.tokens == b.tokens
        assert a.mean == pytest.approx(b.mean, abs=0.05)


@pytest.mark.models
def test_likelihood_is_additive_over_prefix_and_text(exact: Engine) -> None:
    whole, prefix = SENTENCES[0], SENTENCES[0][:31]
    rest = whole[31:]
    assert rest.startswith(" ")  # so that both cut alike
    total, first = exact.causal_lm.log_likelihood([whole, prefix])
    second = exact.causal_lm.log_likelihood([rest], [prefix])[0]
    assert first.tokens + second.tokens == total.tokens
    assert first.logprob + second.logprob == pytest.approx(total.logprob, abs=1e-3)
    assert exact.causal_lm.log_likelihood([""]) == [Likelihood(0.0, 0)]


@pytest.mark.models
def test_a_span_is_as_likely_as_the_same_text_after_its_prefix(exact: Engine) -> None:
    text = SENTENCES[0]
    first, second = text.index(" ", 10), text.index(" ", 25)
    spans = [(0, first), (first, second), (second, len(text)), (first, first)]
    (found,) = exact.causal_lm.span_likelihoods([text], [spans])
    parts = exact.causal_lm.log_likelihood(
        [text[start:end] for start, end in spans], [text[:start] for start, _ in spans]
    )
    assert [score.tokens for score in found] == [score.tokens for score in parts]
    assert [score.logprob for score in found] == pytest.approx([score.logprob for score in parts], abs=1e-3)
    assert exact.causal_lm.span_likelihoods(["", text], [[], [(0, 0)]]) == [[], [Likelihood(0.0, 0)]]


@pytest.mark.models
def test_a_sample_does_not_depend_on_its_batch(exact: Engine, keys: Keys, tmp_path: Path) -> None:
    together = exact.causal_lm.generate(PROMPTS, SAMPLING)
    with engine_of(keys, tmp_path, "float32") as alone:
        assert [alone.causal_lm.generate([prompt], SAMPLING)[0] for prompt in PROMPTS] == together
    with engine_of(keys, tmp_path / "b", "float32") as backwards:
        assert backwards.causal_lm.generate(PROMPTS[::-1], SAMPLING)[::-1] == together


HEADER = "Keywords: river, flood\nText: After days of rain the river flooded the old town.\n\nKeywords: "
SHARED = {
    "a header and rests of different lengths": [f"{HEADER}{rest}\nText:" for rest in ("school, budget", "rain", "a")],
    "nothing": PROMPTS,
    "less than is worth reading alone": [f"The old man {rest}" for rest in ("said", "and the sea of")],
    "a whole prompt": [HEADER, f"{HEADER}school", f"{HEADER}school, budget and more"],
    "one prompt": [HEADER],
    "a prompt with several seeds": [f"{HEADER}rain\nText:"] * 3 + [f"{HEADER}school\nText:"],
}


@pytest.mark.models
@pytest.mark.parametrize("prompts", SHARED.values(), ids=SHARED.keys())
def test_what_prompts_share_changes_no_text(exact: Engine, prompts: list[str]) -> None:
    network = exact.causal_lm.loaded
    assert network.shares
    plain, asked = (
        dataclasses.replace(network, shares=False),
        [Request(prompt, i + 1) for i, prompt in enumerate(prompts)],
    )
    sampling = Sampling(max_new_tokens=12, temperature=0.9, stop=(".",))
    together, read = generate(network, asked, sampling)
    alone = [generate(plain, [request], sampling) for request in asked]
    assert together == [texts[0] for texts, _ in alone]
    if len(prompts) > 1 and prompts[0].startswith(HEADER):
        assert read < sum(tokens for _, tokens in alone) - len(network.tokens([HEADER])[0])


@pytest.mark.models
def test_seeds_in_one_call_are_seeds_of_single_calls(exact: Engine, keys: Keys, tmp_path: Path) -> None:
    pairs = [(prompt, seed) for seed in (5, 6, 7) for prompt in PROMPTS[:2]]
    single = {
        pair: exact.causal_lm.generate([pair[0]], dataclasses.replace(SAMPLING, seed=pair[1]))[0] for pair in pairs
    }
    assert len(set(single.values())) > 2
    with engine_of(keys, tmp_path, "float32") as fresh:
        made = fresh.causal_lm.generate([prompt for prompt, _ in pairs], SAMPLING, [seed for _, seed in pairs])
    assert made == [single[pair] for pair in pairs]


@pytest.mark.models
def test_prefixes_that_begin_alike_change_no_likelihood(exact: Engine) -> None:
    network = exact.causal_lm.loaded
    plain = dataclasses.replace(network, shares=False)
    prefixes = network.tokens([f"{HEADER}{rest}\nText:" for rest in ("school, budget", "rain", "")])
    texts = network.tokens([" The school has no money.", " It will rain.", ""])
    rows = [[network.start, *prefix, *text] for prefix, text in zip(prefixes, texts, strict=True)]
    scored = [len(text) for text in texts]
    assert network.read_prefix([row[: len(row) - count] for row, count in zip(rows, scored, strict=True)])[0] > 16
    for split, whole_rows in zip(
        network.log_probabilities(rows, scored), plain.log_probabilities(rows, scored), strict=True
    ):
        assert split == pytest.approx(whole_rows, abs=1e-3)
    whole = [len(row) - 1 for row in rows]  # nothing is common to all that is not scored
    assert network.log_probabilities(rows, whole) == plain.log_probabilities(rows, whole)


@pytest.mark.models
def test_every_sampling_field_matters(exact: Engine) -> None:
    lm = exact.causal_lm
    base = lm.generate(PROMPTS[:2], SAMPLING)
    assert lm.generate(PROMPTS[:2], dataclasses.replace(SAMPLING, seed=4)) != base
    assert lm.generate(PROMPTS[:2], dataclasses.replace(SAMPLING, temperature=2.0, top_k=0, top_p=1.0)) != base
    greedy = lm.generate(PROMPTS[:2], dataclasses.replace(SAMPLING, temperature=0))
    assert lm.generate(PROMPTS[:2], dataclasses.replace(SAMPLING, temperature=0, seed=9)) == greedy
    assert lm.generate(PROMPTS[:2], dataclasses.replace(SAMPLING, top_k=1)) == greedy
    short = lm.generate(PROMPTS[:2], dataclasses.replace(SAMPLING, temperature=0, max_new_tokens=3))
    assert all(whole.startswith(part) for whole, part in zip(greedy, short, strict=True))
    assert lm.count_tokens(short) == [3, 3]


@pytest.mark.models
def test_a_stop_string_ends_the_text_and_is_cut_off(exact: Engine) -> None:
    greedy = dataclasses.replace(SAMPLING, temperature=0, max_new_tokens=12)
    whole = exact.causal_lm.generate(PROMPTS[:1], greedy)[0]
    stop = whole[6:9]
    stopped = exact.causal_lm.generate(PROMPTS[:1], dataclasses.replace(greedy, stop=(stop,)))[0]
    assert stopped == whole[: whole.index(stop)]


@pytest.mark.models
def test_the_chat_template_is_the_model_s_own_and_ends_the_answer(models: Engine) -> None:
    prompt = models.causal_lm.render_chat([{"role": "user", "content": "Say hi."}], add_generation_prompt=True)
    assert prompt.startswith("<|im_start|>system\nYou are a helpful AI assistant named SmolLM")
    assert prompt.endswith("<|im_start|>user\nSay hi.<|im_end|>\n<|im_start|>assistant\n")
    answer = models.causal_lm.generate([prompt], Sampling(max_new_tokens=48, temperature=0))[0]
    assert 0 < len(answer) < 200
    assert "<|im_end|>" not in answer


@pytest.mark.models
def test_a_prompt_that_does_not_fit_is_refused(exact: Engine) -> None:
    with pytest.raises(DataError, match="leaves no room"):
        exact.causal_lm.generate(["word " * 8200], SAMPLING)


@pytest.mark.models
def test_counters_count(exact: Engine) -> None:
    before = exact.counters()
    exact.causal_lm.log_likelihood(["A sentence that was not scored before."])
    after = exact.counters()
    assert after["causal_lm.calls"] == before["causal_lm.calls"] + 1
    assert after["causal_lm.tokens"] > before["causal_lm.tokens"]
    assert after["causal_lm.load_seconds"] > 0


def test_choose_inverts_the_truncated_distribution() -> None:
    import torch

    logits = torch.log(torch.tensor([[0.1, 0.4, 0.2, 0.3]]))

    def drawn(u: float, **fields: float) -> int:
        sampling = dataclasses.replace(Sampling(temperature=1.0, top_k=0, top_p=1.0), **fields)
        return int(choose(logits, torch.tensor([u], dtype=torch.float64), sampling))

    # By falling mass: token 1 (0.4), 3 (0.3), 2 (0.2), 0 (0.1); cumulative 0.4, 0.7, 0.9, 1.0.
    assert [drawn(u) for u in (0.0, 0.39, 0.41, 0.69, 0.71, 0.91, 0.9999)] == [1, 1, 3, 3, 2, 0, 0]
    # top_p 0.5 keeps tokens 1 and 3 (the mass before 3 is 0.4 < 0.5): cumulative 4/7, 1.
    assert [drawn(u, top_p=0.5) for u in (0.57, 0.58, 0.9999)] == [1, 3, 3]
    assert [drawn(u, top_k=1) for u in (0.0, 0.9999)] == [1, 1]
    assert drawn(0.9999, temperature=0) == 1
    assert drawn(0.9999, top_p=0.0) == 1


def test_uniforms_belong_to_seed_and_prompt() -> None:
    a = uniform_stream(8, "x", 1)
    assert np.array_equal(a, uniform_stream(12, "x", 1)[:8])
    assert not np.array_equal(a, uniform_stream(8, "x", 2))
    assert not np.array_equal(a, uniform_stream(8, "y", 1))


def test_windows_score_every_token_once() -> None:
    assert windows([0], [1, 2, 3], context=10) == [([0, 1, 2, 3], 3)]
    assert windows([0], [], context=10) == []
    rows = windows([0], list(range(1, 12)), context=4)
    assert rows[0] == ([0, 1, 2, 3], 3)
    assert rows[1] == ([2, 3, 4, 5], 2)
    assert [token for row, count in rows for token in row[-count:]] == list(range(1, 12))


def test_a_template_can_refuse_and_a_model_without_one_says_so() -> None:
    with pytest.raises(PolicyError, match="refuses"):
        ChatTemplate("{{ raise_exception('secret') }}").render([], False)
    with pytest.raises(MachineError, match="no chat template"):
        ChatTemplate("").render([], False)


_CONVERT = """
import sys, torch
from pathlib import Path
from resources.models.weights.gguf_conversion import converted
print(converted(Path(sys.argv[1]), torch.bfloat16, Path(sys.argv[2])))
"""


@pytest.mark.models
def test_two_processes_may_convert_at_once(tmp_path: Path) -> None:
    from resources.models.weights.sources import locate

    gguf = locate(load_registry()["causal_lm"])
    command = [sys.executable, "-c", _CONVERT, str(gguf), str(tmp_path)]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    folders = {racer.communicate()[0].strip() for racer in racers}
    assert [racer.returncode for racer in racers] == [0, 0]
    assert len(folders) == 1
    assert [path.name for path in (tmp_path / "weights").iterdir()] == [Path(folders.pop()).name]


def test_another_gguf_is_refused_without_a_trace(tmp_path: Path) -> None:
    import gguf
    import torch

    writer = gguf.GGUFWriter(tmp_path / "x.gguf", "bert")
    writer.add_block_count(1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(PolicyError, match="safetensors folder"):
        converted(tmp_path / "x.gguf", torch.float32, tmp_path)
    assert list((tmp_path / "weights").iterdir()) == []


def test_weights_dir_obeys_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNTH_ASSETS_CACHE", str(tmp_path))
    assert weights_dir() == tmp_path
    monkeypatch.delenv("SYNTH_ASSETS_CACHE")
    assert weights_dir() == Path.home() / ".cache" / "synth-assets"


def test_the_registry_says_which_precision(keys: Keys, tmp_path: Path) -> None:
    roles = {role: entry.model_dump() for role, entry in load_registry().items()}
    roles["causal_lm"]["dtype"] = "float32"
    with Engine(parse_registry(roles, "x"), keys, tmp_path) as a, Engine(load_registry(), keys, tmp_path) as b:
        assert a.fingerprints()["causal_lm"] != b.fingerprints()["causal_lm"]
        assert a.fingerprints()["encoder"] == b.fingerprints()["encoder"]


@dataclasses.dataclass(frozen=True)
class Fixed:
    """The same advice at every word."""

    advice: Advice

    @property
    def key(self) -> str:
        return repr(self.advice)

    def advise(self, text: str) -> Advice:
        return self.advice


@pytest.mark.models
def test_a_guide_changes_the_row_that_it_guides_and_no_other(exact: Engine) -> None:
    plain = exact.causal_lm.generate(PROMPTS, SAMPLING)
    boosted = [Fixed(Advice()), Fixed(Advice(boosts={"house": 30.0})), Fixed(Advice()), Fixed(Advice())]
    guided = exact.causal_lm.generate(PROMPTS, SAMPLING, None, boosted)
    assert guided[1].startswith(" house house")
    assert [guided[i] for i in (0, 2, 3)] == [plain[i] for i in (0, 2, 3)], "no advice leaves a row as it is"
    ended = [Fixed(Advice()), Fixed(Advice(end="now")), Fixed(Advice()), Fixed(Advice())]
    assert exact.causal_lm.generate(PROMPTS, SAMPLING, None, ended) == [plain[0], "", plain[2], plain[3]]
    assert exact.causal_lm.generate(PROMPTS, SAMPLING) == plain, "a guided result never stands in for a plain one"


@pytest.mark.models
def test_chances_are_mixed_with_the_distribution_of_the_model(exact: Engine) -> None:
    many = [f"{PROMPTS[0]} number {number}:" for number in range(60)]
    sampling = Sampling(max_new_tokens=1, temperature=1.0, top_k=0, top_p=1.0)
    guides = [Fixed(Advice(chances={"house": 0.5}))] * len(many)
    found = exact.causal_lm.generate(many, sampling, None, guides)
    assert 17 <= sum(text == " house" for text in found) <= 43  # 30 +- 3.4 deviations


@pytest.mark.models
def test_a_text_that_must_go_on_has_neither_end_nor_line_break(exact: Engine) -> None:
    prompts = [f"Topic: rain\nNote: It rained on day {number}.\n\nTopic: snow\nNote:" for number in range(4)]
    sampling = Sampling(max_new_tokens=60, temperature=1.0, stop=("\n\n",))
    free = exact.causal_lm.generate(prompts, sampling)
    on = exact.causal_lm.generate(prompts, sampling, None, [Fixed(Advice(end="later"))] * len(prompts))
    assert any(exact.causal_lm.count_tokens([text])[0] < 50 for text in free), "a free text ends"
    assert not any("\n" in text for text in on)
    assert min(exact.causal_lm.count_tokens(on)) >= 55, "60 tokens; read again, a text may have a few less"
