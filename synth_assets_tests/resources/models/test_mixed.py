"""Two masked LMs mixed: the law is the mean of theirs, and nothing of a second one is left where none is named."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from resources.errors import PolicyError
from resources.home import Home
from resources.keys import Keys
from resources.models.engine import DEPTH, Engine, MixedMaskedLM
from resources.models.protocols import Candidate, Slot
from resources.models.registry import Registry, load_registry, parse_registry
from synth_assets.factory.plan import Plan
from synth_assets.factory.versions import stage_version
from synth_assets.lineage import STAGES

SLOT = Slot("The company reported a sharp XX in profits after two hours.", 29, 31)


@dataclass
class Law:
    """A masked LM that always says the same, and remembers how much was asked of it."""

    answers: list[tuple[str, float]]
    temperature: float
    fingerprint: str
    asked: int = 0

    def fill(self, slots: Sequence[Slot], top_k: int = 10) -> list[list[Candidate]]:
        self.asked = top_k
        return [[Candidate(word, score) for word, score in self.answers[:top_k]] for _ in slots]


def test_the_mixture_is_the_mean_of_the_calibrated_laws() -> None:
    first = Law([("drop", math.log(0.6)), ("rise", math.log(0.3)), ("fall", math.log(0.1))], 1.0, "a")
    # By temperature 2, scores 0 and -2 ln 3 are as 3 to 1.
    second = Law([("fall", 0.0), ("drop", -2 * math.log(3))], 2.0, "b")
    mixed = MixedMaskedLM(first, second)
    (row,) = mixed.fill([SLOT], 3)
    assert [c.text for c in row] == ["drop", "fall", "rise"]
    assert [math.exp(c.score) for c in row] == pytest.approx([(0.6 + 0.25) / 2, (0.1 + 0.75) / 2, 0.3 / 2])
    assert [c.text for c in mixed.fill([SLOT], 1)[0]] == ["fall"]  # (.1 + 1) / 2 where the second names one word
    assert (first.asked, second.asked) == (DEPTH, 1)
    assert len({mixed.fingerprint, MixedMaskedLM(second, first).fingerprint, "a", "b"}) == 4


def test_words_of_no_weight_and_rows_of_no_answers() -> None:
    first = Law([("drop", 0.0), ("rise", -1e6)], 1.0, "a")
    (row,) = MixedMaskedLM(first, Law([], 1.0, "b")).fill([SLOT])
    assert [c.text for c in row] == ["drop"]
    assert MixedMaskedLM(Law([], 1.0, "a"), Law([], 1.0, "b")).fill([SLOT]) == [[]]


def registry(engine: str = "two_sided", **changes: object) -> Registry:
    entry = load_registry()["causal_lm"].model_copy(update={"engine": engine, "temperature": 1.8, **changes})
    return parse_registry({**load_registry(), "second_masked_lm": entry}, "models.yaml")


def test_the_registry_takes_a_second_that_can_fill() -> None:
    assert "second_masked_lm" not in load_registry()
    assert list(registry())[:2] == ["masked_lm", "second_masked_lm"]
    with pytest.raises(PolicyError, match=r"second_masked_lm\.engine: 'openai' cannot play"):
        registry("openai", source="openai", base_url="http://127.0.0.1:1/v1", model="x", temperature=1.0)


def test_a_second_makes_the_stages_that_fill_stale_and_no_others(tmp_path: Path) -> None:
    before = Plan.load(Home(tmp_path))
    lines = "".join(f"  {k}: {v}\n" for k, v in registry()["second_masked_lm"].model_dump(exclude_none=True).items())
    (tmp_path / "models.yaml").write_text("second_masked_lm:\n" + lines)
    after = Plan.load(Home(tmp_path))
    changed = [n for n, s in STAGES.items() if stage_version(before, s) != stage_version(after, s)]
    assert changed == ["masked_corpus", "augmented_corpus", "privacy_report"]


@pytest.mark.models
def test_both_real_models_are_asked(models: Engine, keys: Keys, tmp_path: Path) -> None:
    with Engine(registry(), keys, tmp_path) as engine:
        row = engine.masked_lm.fill([SLOT], 10)[0]
        assert engine.counters()["second_masked_lm.calls"] == engine.counters()["masked_lm.calls"] == 1
        alone = models.masked_lm.fill([SLOT], DEPTH)[0]
        other = engine.second_masked_lm.fill([SLOT], 10)[0]
    assert {c.text for c in row} <= {c.text for c in alone} | {c.text for c in other}
    assert len(row) == 10
    assert [c.score for c in row] == sorted((c.score for c in row), reverse=True)
    assert 0 < sum(math.exp(c.score) for c in row) <= 1 + 1e-9
