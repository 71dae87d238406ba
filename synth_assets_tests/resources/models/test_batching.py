"""Prompts that begin alike share batches, whatever is cached."""

from pathlib import Path

from resources.keys import Keys
from resources.models.batching import Counters, Limits, Request, Runner, common_openings, prompt_work, requests
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

    def compute(batch: list[Request]) -> list[str]:
        batches.append([request.prompt for request in batch])
        return [request.prompt[-1] for request in batch]

    asked = [text for pair in zip(prompts(NEWS, 12), prompts(LETTER, 12), strict=True) for text in pair]
    run = runner(tmp_path, keys)
    assert run.run(prompt_work(SAMPLING, compute, Limits(12, size=400)), requests(asked, SAMPLING, None)) == [
        text[-1] for text in asked
    ]
    assert [{text.startswith(NEWS) for text in batch} for batch in batches] == [{False}, {True}]
    assert all([len(text) for text in batch] == sorted(len(text) for text in batch) for batch in batches)


def test_a_result_belongs_to_prompt_seed_and_sampling(tmp_path: Path, keys: Keys) -> None:
    seen: list[Request] = []
    work = prompt_work(SAMPLING, lambda batch: seen.extend(batch) or [request.seed for request in batch], Limits(8))
    run = runner(tmp_path, keys)
    assert run.run(work, requests(["a", "a", "b", "a"], SAMPLING, [1, 2, 1, 1])) == [1, 2, 1, 1]
    assert seen == [Request("a", 1), Request("a", 2), Request("b", 1)]
    assert run.run(work, requests(["a"], SAMPLING, None)) == [3]
    other = prompt_work(Sampling(temperature=0.1), work.compute, Limits(8))
    run.run(other, requests(["a"], SAMPLING, [1]))
    assert seen[3:] == [Request("a", 3), Request("a", 1)]
