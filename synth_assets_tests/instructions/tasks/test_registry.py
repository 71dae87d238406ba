"""A task is one module and its instructions: nothing else names it."""

import json
import os
import subprocess
import sys
from pathlib import Path

MODULE = """
from resources.config import StrictModel
from synth_assets.instructions.example import Draft
from synth_assets.instructions.tasks.task import Task, TaskAudit


class LetterPolicy(StrictModel):
    letters_from: int = 1


def count_letters(material, settings):
    return [
        Draft(p.source, "count_letters", "letters", p.key, p.text, str(settings.letters_from + len(p.text)), p.text,
              slots={"what": "spaces"})
        for p in material.passages
    ]


LETTERS = Task(
    "count_letters", 7, "counting", "text-generation", count_letters, lambda row, spans: row["output"].isdigit(),
    settings=LetterPolicy,
    audits=(TaskAudit("counts_are_high", "Every count is high.", lambda row: int(row["output"]) > 9),),
    limitations=("Letters are counted with spaces.",),
)
"""
SCRIPT = """
import json, sys
import synth_assets.instructions.tasks as tasks
tasks.__path__.append(sys.argv[1])
from resources.errors import PolicyError
from synth_assets.instructions.audits import audit
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.instructions.tasks.templates import wordings
from synth_assets.release.exports import dataset_card
from synth_assets.release.croissant import croissant
from synth_assets_tests.instructions import toys
from types import SimpleNamespace

wordings()["count_letters"] = ["How many letters? Count no {what}."]
models = SimpleNamespace(causal_lm=toys.CopyLM(), encoder=toys.BagEncoder(), recognizer=toys.ListRecognizer())
settings = {"task": {"letters_from": 1000}, "ifd": {"max_items": 0}, "caps": {"floor": 50}}
policy = InstructionPolicy.parse(settings, "instructions")
rows = build_instruction_set([toys.masked_row(n) for n in range(8)], [], policy, 7, models).rows
lettered = [row for row in rows if row["task"] == "count_letters"]
manifest, verdict = {"name": "r", "pins": {"2026-01-05|x": {}}}, {"passed": True, "overrides": [], "reports": {}}
try:
    InstructionPolicy.parse({"tasks": ["count_leters"]}, "instructions")
except PolicyError as error:
    refusal = str(error)
print(json.dumps({
    "default": InstructionPolicy().tasks,
    "outputs": [row["output"] for row in lettered],
    "instructions": sorted({row["instruction"] for row in lettered}),
    "audits": {result.name: [result.passed, result.checked] for result in audit(rows, {row["parent"] for row in rows})},
    "card": dataset_card(rows, {}, None),
    "croissant": croissant({}, {}, {"train": lettered}, manifest, verdict)["rai:dataUseCases"][0],
    "refusal": refusal,
}))
"""


def test_one_module_is_a_task(tmp_path: Path) -> None:
    (tmp_path / "letters.py").write_text(MODULE, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["default"][-1] == "count_letters" and len(seen["default"]) == 7
    assert len(seen["outputs"]) >= 5 and all(int(output) > 1000 for output in seen["outputs"])
    assert seen["instructions"] == ["How many letters? Count no spaces."]
    assert (
        seen["audits"]["counts_are_high"] == [True, len(seen["outputs"])] and seen["audits"]["answers_are_grounded"][0]
    )
    assert "cloze and counting tasks" in seen["card"] and "- Letters are counted with spaces." in seen["card"]
    assert "on counting tasks over text" in seen["croissant"]
    assert "did you mean 'count_letters'" in seen["refusal"]
