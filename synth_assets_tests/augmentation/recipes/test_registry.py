"""A recipe or a filter is one module: nothing else names it."""

import json
import os
import subprocess
import sys
from pathlib import Path

RECIPE = """
from pydantic import Field

from resources.config import StrictModel
from synth_assets.augmentation.recipes.recipe import Recipe


class SwapPolicy(StrictModel):
    swapped_share: float = Field(0.0, description="Share of documents whose sentences swap words")


def propose(material, changed, policy):
    places = [(n, i) for n, document in enumerate(material.documents) for i in document.prose]
    return [(place, material.sentence(place).replace(" said ", " stated ")) for place in places]


SWAP = Recipe(
    name="swap", order=9, settings=SwapPolicy, is_on=lambda policy: policy.swapped_share > 0, propose=propose,
    params=lambda policy: {"swapped": str(policy.swapped_share)}, samples="swap_samples",
)
"""
FILTER = """
from resources.config import StrictModel
from synth_assets.augmentation.filters.filter import Filter


class TalkPolicy(StrictModel):
    talk_forbidden: bool = False


TALK = Filter("talk", 11, lambda pair, policy: policy.talk_forbidden and "stated" in pair.rewriting, TalkPolicy)
"""
SCRIPT = """
import json, sys
import synth_assets.augmentation.filters as filters
import synth_assets.augmentation.recipes as recipes
recipes.__path__.append(sys.argv[1])
filters.__path__.append(sys.argv[2])
from types import SimpleNamespace
from synth_assets.augmentation.audits import audit
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.stage import augment_corpus
from synth_assets_tests.instructions import toys

masked = [toys.masked_row(number) for number in range(20)]
base = {"back_translation": False, "paraphrase_share": 0, "naturalness": False,
        "unchanged_share_max": 1.0, "similarity_max": 1.0, "counterpart_min": -1.0, "swapped_share": 1.0}
steps = []
def run(**changes):
    policy = AugmentationPolicy.parse(base | changes, "augmentation")
    models = SimpleNamespace(encoder=toys.BagEncoder())
    return augment_corpus(masked, policy, 7, models, lambda *step: steps.append(step))

plain, strict = run(), run(talk_forbidden=True)
print(json.dumps({
    "recipes": sorted({row["recipe"] for row in plain.rows}),
    "params": json.loads(plain.rows[0]["params"]),
    "texts": [" stated " in row["text"] for row in plain.rows],
    "failed": [result.name for result in audit(plain.rows, masked) if not result.passed],
    "checked": {result.name: result.checked for result in audit(plain.rows, masked)},
    "figures": plain.figures,
    "strict": strict.figures,
    "steps": steps[:4],
}))
"""


def test_one_module_is_a_recipe_and_one_a_filter(tmp_path: Path) -> None:
    folders = [tmp_path / "recipes", tmp_path / "filters"]
    for folder, text in zip(folders, (RECIPE, FILTER), strict=True):
        folder.mkdir()
        (folder / "toy.py").write_text(text, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, folders)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["recipes"] == ["swap"] and seen["params"]["swapped"] == "1.0" and len(seen["texts"]) >= 15
    assert all(seen["texts"]) and seen["failed"] == [] and seen["checked"]["not_the_parent"] == len(seen["texts"])
    figures, strict = seen["figures"], seen["strict"]
    assert figures["rows_swap"] == len(seen["texts"]) and figures["swap_samples"] == figures["sentences"]
    assert figures["swap_rejected_unchanged"] + figures["sentences_swap"] == figures["sentences"]
    assert strict["swap_rejected_talk"] == figures["sentences_swap"] and strict["rows_out"] == 0
    assert [step[1:] for step in seen["steps"]] == [[1, 5], [2, 5], [3, 5], [4, 5]]
