"""Rows, tokenizers and maskers that several tests of this package use."""

from functools import cache
from typing import Any

from synth_assets.masked_lm.collocations import Collocations
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.tokenization import SubwordTokenizer
from synth_assets.masked_lm.training_set import Masker
from synth_assets_tests.masked_lm.tokenizer_families import SENTENCES, tokenizer_of

COLLOCATIONS = Collocations([("the", "application"), ("monday", "morning"), ("fourteen", "months")])


def rows(count: int = 400) -> list[dict[str, Any]]:
    """Documents of two sentences; every second one holds an entity."""
    documents = []
    for i in range(count):
        text = f"{SENTENCES[i % 4]} {SENTENCES[(i + 1 + i // 4) % 4]}"
        spans = [{"out_start": 4, "out_end": 26, "type": "ID"}] if i % 2 else []
        documents.append({"id": f"row-{i}", "text": text, "spans": spans, "role": "document"})
    return documents


def masker(family: str = "wordpiece", seed: int = 7, epochs: int = 1, max_length: int = 512, **plan: Any) -> Masker:
    policy = PlanPolicy.parse(plan, "plan")
    return Masker(subwords(family), policy, seed, epochs, max_length, COLLOCATIONS if policy.kind == "pmi" else None)


@cache
def subwords(family: str) -> SubwordTokenizer:
    return SubwordTokenizer(tokenizer_of(family))
