"""Prompts that begin alike share batches, whatever is cached."""

from pathlib import Path

from resources.keys import Keys
from resources.models.batching import Counters, Limits, Runner, common_openings, prompt_work, seeded
from resources.models.cache import ResultCache
from resources.models.protocols import Sampling
from resources.progress import silent

SAMPLING = Sampling(seed=3)
NEWS = "Write a piece of news as these two examples are written. " * 3
LETTER = "Write a letter to a friend as these two examples are written. " * 3


def runner(folder: Path, keys: Keys) -> Runner:
    return Runner("f", ResultCache(folder / "results.sqlite", keys), Counters(), silent)


def prompts(head: str, count: int) -> list[str]:
    return [f"{head}{'word ' * (i % 5)}{i}" for i in range(count)]


def test_openings_are_those_of_many_texts() -> None:
    texts = [*prompts(NEWS, 10), *prompts(LETTER, 9), *prompts("Short: ", 9), *prompts(NEWS[1:], 7)]
    openings = common_openings(texts)
    assert [openings[text] for text in texts] == [NEWS] * 10 + [LETTER] * 9 + [""] * 16
    assert common_openings([]) == {}
    assert common_openings(["one", "one"]) == {"one": ""}


def test_a_batch_holds_prompts_of_one_opening_and_counts_what_they_do_not_share(tmp_path: Path, keys: Keys) -> None:
    batches: list[list[str]] = []

    def compute(batch: list[tuple[str, int]]) -> list[str]:
        batches.append([prompt for prompt, _ in batch])
        return [prompt[-1] for prompt, _ in batch]

    asked = [text for pair in zip(prompts(NEWS, 12), prompts(LETTER, 12), strict=True) for text in pair]
    run = runner(tmp_path, keys)
    assert run.run(prompt_work(SAMPLING, compute, Limits(12, size=400)), seeded(asked, SAMPLING, None)) == [
        text[-1] for text in asked
    ]
    assert [{text.startswith(NEWS) for text in batch} for batch in batches] == [{False}, {True}]
    assert all([len(text) for text in batch] == sorted(len(text) for text in batch) for batch in batches)


def test_a_result_belongs_to_prompt_seed_and_sampling(tmp_path: Path, keys: Keys) -> None:
    seen: list[tuple[str, int]] = []
    work = prompt_work(SAMPLING, lambda batch: seen.extend(batch) or [seed for _, seed in batch], Limits(8))
    run = runner(tmp_path, keys)
    assert run.run(work, seeded(["a", "a", "b", "a"], SAMPLING, [1, 2, 1, 1])) == [1, 2, 1, 1]
    assert seen == [("a", 1), ("a", 2), ("b", 1)]
    assert run.run(work, seeded(["a"], SAMPLING, None)) == [3]
    other = prompt_work(Sampling(temperature=0.1), work.compute, Limits(8))
    run.run(other, seeded(["a"], SAMPLING, [1]))
    assert seen[3:] == [("a", 3), ("a", 1)]
