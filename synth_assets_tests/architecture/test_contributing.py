"""The examples of CONTRIBUTING.md, written into a copy of the source, are seen everywhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from resources.code import PACKAGES
from synth_assets.sample.documents import generate

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-01-05"
BLOCK = re.compile(r"```(?:python|yaml)\n# (\S+\.(?:py|yaml))[^\n]*\n(.*?)```", re.DOTALL)
SHARED_CHECKS = ["has_rows", "ids_are_present", "ids_are_unique", "published_version_still_passes"]
MAIN = "from synth_assets.cli.app import main; main()"
SCRIPT = """
import json
from pathlib import Path
import synth_assets
from resources.code import code_digest, installed
from resources.home import Home
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.corpus.reading.sources import readers, suffixes
from synth_assets.definitions import build_definitions
from synth_assets.factory.policy import Policy
from synth_assets.instructions.policy import TASKS, InstructionPolicy
from synth_assets.lineage import STAGES
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.privacy.registry import attacks, title_of
from synth_assets.privacy.gates import gate_about

import dagster as dg

node = build_definitions().resolve_asset_graph().get(dg.AssetKey("word_counts"))
checks = {key.name for key in node.check_keys}
print(json.dumps({
    "source": str(installed().root),
    "kind": "CREW" in kinds() and MaskingPolicy().actions.crew,
    "attack": [title_of("openings/all"), gate_about("openings/all"), "copied openings" in str(attacks()).lower()],
    "task": ["first_sentence" in TASKS, "first_sentence" in InstructionPolicy().model_dump_json()],
    "recipe": AugmentationPolicy().plain_words,
    "reader": suffixes()[".md"],
    "stage": [list(STAGES)[-1] != "word_counts", sorted(p.to_user_string() for p in node.parent_keys)],
    "checks": sorted(checks),
    "reported": STAGES["privacy_report"].upstream,
}))
"""


def examples() -> dict[str, str]:
    """Text by path; several blocks of one file are appended."""
    found: dict[str, str] = {}
    for path, text in BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        found[path] = found.get(path, "") + text
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source with the examples in it."""
    root = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in examples().items():
        file = root / path
        if path.endswith("gates.yaml"):
            gates = file.read_text(encoding="utf-8")
            (old,) = re.findall(r'  about: \["verbatim_windows/\*", "near_copies/\*", "masked_copies/\*"\]\n', gates)
            file.write_text(gates.replace(old, text), encoding="utf-8")
        elif file.exists():
            file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
        else:
            file.write_text(text, encoding="utf-8")
    return root


def run(house: Path, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "PYTHONPATH": str(house),
        "SYNTH_ASSETS_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
    }
    return subprocess.run(
        [sys.executable, *command], cwd=house, env=env, capture_output=True, text=True, timeout=500, check=False
    )


def test_each_thing_costs_what_the_table_says() -> None:
    assert sorted(examples()) == [
        "synth_assets/augmentation/filters/shouting.py",
        "synth_assets/augmentation/recipes/plain_words.py",
        "synth_assets/corpus/reading/formats/markdown.py",
        "synth_assets/factory/suites/word_counts.yaml",
        "synth_assets/instructions/tasks/first_sentence.py",
        "synth_assets/instructions/tasks/templates.yaml",
        "synth_assets/masking/kinds/crew.py",
        "synth_assets/privacy/attacks/openings.py",
        "synth_assets/privacy/gates.yaml",
        "synth_assets/stages/word_counts.py",
    ]


def test_every_registry_sees_its_example(house: Path, tmp_path: Path) -> None:
    done = run(house, tmp_path, "-c", SCRIPT)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen == {
        "source": str(house),
        "kind": "surrogate",
        "attack": ["Six words at the beginning", "G3", True],
        "task": [True, True],
        "recipe": False,
        "reader": "markdown",
        "stage": [True, ["masked_corpus"]],
        "checks": [*SHARED_CHECKS, "words_are_counted", "words_are_present"],
        "reported": ["raw_corpus", "masked_corpus", "augmented_corpus", "instruction_set"],
    }


@pytest.mark.graph
def test_the_example_of_a_stage_runs(house: Path, tmp_path: Path) -> None:
    """Markdown files with a crew number in, published word counts out."""
    folder = tmp_path / "sources" / "notes" / DAY
    folder.mkdir(parents=True)
    for document in generate(12, seed=3):
        (folder / f"{document['id']}.md").write_text(f"{document['text']} The crew member was CRW-AB1234.")
    (tmp_path / "policy.yaml").write_text(
        "masking: {refill: {per_document: 0}}\ncorpus: {holdout_share: 0, control_share: 0}"  # all teach: k are needed
    )
    done = run(house, tmp_path, "-c", MAIN, "run", f"{DAY}|notes", "--until", "word_counts")
    assert done.returncode == 0, done.stderr[-3000:]
    status = run(house, tmp_path, "-c", MAIN, "status")
    assert "words" in status.stdout
    masked = run(
        house, tmp_path, "-c",
        "from synth_assets import open_catalog; c = open_catalog();"
        "print(c.sql('select sum(words) from word_counts').fetchone()[0] > 100,"
        " c.sql(\"select count(*) from masked_corpus where text like '%CRW-AB1234%'\").fetchone()[0])",
    )  # fmt: skip
    assert masked.stdout.split()[-2:] == ["True", "0"], masked.stderr[-2000:]
