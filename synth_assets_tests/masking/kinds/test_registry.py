"""Adding a kind is adding one module: everything else reads its record."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.mentions import FAMILIES

MODULE = '''
"""Lockers of a swimming pool."""

from synth_assets.masking.kinds.kind import Kind, Pattern, forms

LOCKER = Kind(
    name="LOCKER",
    order=205,
    title="Lockers of a swimming pool",
    action="mask",
    direct=True,
    patterns=(Pattern(r"\\bpool~[A-Z]{3}~[A-Z]{3}\\b", 0.9),),
    plant=forms("pool~@@@~@@@"),
    carriers=("The towel was in {}.",),
    safe_harbor="MR",
)
'''
USE = """
import json, sys
from pathlib import Path
import synth_assets.masking.kinds

synth_assets.masking.kinds.__path__.append(sys.argv[1])

from resources.errors import PolicyError
from resources.home import Home
from synth_assets.cli.policy import show_policy
from synth_assets.masking.detection.detect import in_force
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.privacy.page.regulations import hipaa_rows
from synth_assets_tests.masking.helpers import RuleModels, mask_texts

TEXT = "Nobody knew whose things lay in pool~ABC~DEF, and pool~ABC~DEF was opened by nobody at all for a long time."

def text(**policy):
    return mask_texts(TEXT, **policy).rows[0]["text"]

def error(data):
    try:
        MaskingPolicy.parse(data, "masking")
    except PolicyError as problem:
        return str(problem)

presets = ("minimal", "standard", "careful", "strict")
output = mask_texts(*[TEXT] * 30, missed={"min_planted": 5})
told = in_force(MaskingPolicy())
facts = {
    "default": text(),
    "surrogate": text(actions={"locker": "surrogate"}),
    "kept": text(actions={"locker": "keep"}),
    "presets": {name: MaskingPolicy.parse({"preset": name}, "masking").action_of("LOCKER") for name in presets},
    "typo": error({"actions": {"lokker": "keep"}}),
    "generalize": error({"actions": {"locker": "generalize"}}),
    "keys": list(MaskingPolicy().actions.model_dump()),
    "recall": {item.kind: item.worst for item in output.missed.types}["LOCKER"],
    "rows": {row.letter: row.types for row in hipaa_rows({}, [], told)},
    "told": [told.actions["LOCKER"], told.safe_harbor["M"], told.safe_harbor["R"]],
}
show_policy(Home(Path(sys.argv[2])), "", False)
print(json.dumps(facts))
"""


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the rest of masking makes of a kind that one new module declares."""
    folder, home = tmp_path_factory.mktemp("kinds"), tmp_path_factory.mktemp("home")
    (folder / "lockers.py").write_text(MODULE, encoding="utf-8")
    command = [sys.executable, "-c", USE, str(folder), str(home)]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    *shown, facts = done.stdout.splitlines()
    return {**json.loads(facts), "shown": shown}


def test_a_new_kind_is_found_and_replaced(added: dict[str, Any]) -> None:
    assert "[LOCKER_" in added["default"] and added["kept"].count("pool~ABC~DEF") == 2
    other = added["surrogate"].split(" lay in ")[1].split(",")[0]
    assert other[4] == other[8] == "~" and other != "pool~ABC~DEF" and added["surrogate"].count(other) == 2


def test_a_new_kind_has_a_key_in_the_policy_and_the_presets(added: dict[str, Any]) -> None:
    assert added["presets"] == {"minimal": "surrogate", "standard": "mask", "careful": "mask", "strict": "mask"}
    assert "did you mean 'locker'" in added["typo"] and "generalize is not defined" in added["generalize"]
    assert added["keys"].index("ip") + 1 == added["keys"].index("locker") == added["keys"].index("mac") - 1
    assert "    locker: mask" in added["shown"]


def test_a_new_kind_is_planted_and_told_to_the_report(added: dict[str, Any]) -> None:
    found, planted = added["recall"]
    assert found == planted >= 5
    assert "LOCKER" in added["rows"]["M"] and "LOCKER" not in added["rows"]["A"]
    assert added["told"] == ["mask", ["LOCKER", "MAC", "ID"], ["LOCKER", "ID", "CASE"]]


@pytest.mark.parametrize("name", kinds())
def test_every_kind_can_be_planted_and_found(name: str) -> None:
    kind = kinds()[name]
    assert kind.name == name == name.upper() and kind.title and kind.carriers
    assert set(kind.recapture) <= set(FAMILIES) and len(kind.recapture) != 1


def test_no_two_kinds_share_a_place_or_a_label() -> None:
    orders = [kind.order for kind in kinds().values()]
    labels = [label for kind in kinds().values() for label in kind.labels]
    assert len(set(orders)) == len(orders) and len(set(labels)) == len(labels)
