"""A role and an engine that one line and one module declare are seen everywhere: registry, engine, doctor."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

ROLE = """
    toy = Role[Tagger]("Counts characters.", optional=True)


"""

MODULE = '''
"""An engine that counts characters."""

from collections.abc import Sequence

from resources.models.batching import Limits, text_work
from resources.models.implementation import Implementation, RoleModel
from resources.models.protocols import Tag


class Counter(RoleModel[int]):
    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        return self.runner.run(text_work("tag", {}, self._count, Limits(9)), texts)

    def _count(self, batch: list[str]) -> list[int]:
        return [len(text) * self.loaded for text in batch]

    def load(self) -> int:
        return 2


TOY = Implementation("abacus", ("toy",), Counter, ("pytest", "no-such-library"))
'''

SCRIPT = """
import sys
from pathlib import Path
from resources.errors import PolicyError
from resources.home import Home
from resources.keys import Keys
from resources.models.engine import Engine, fingerprint
from resources.models.registry import load_registry
from synth_assets.cli.doctor import CHECKS

home = Home(Path(sys.argv[1]))
for engine in ("abacus", "sliderule"):
    entry = f"{{source: local, engine: {engine}, path: x, license: MIT, digest: '{'0' * 64}'}}"
    home.models_file.write_text(f"toy: {entry}")
    try:
        registry = load_registry(home.models_file)
        with Engine(registry, Keys.from_secret(b"0" * 32), home.cache) as models:
            print(models.toy.tag(["one", "three"]), models.counters()["toy.items"], models.toy.fingerprint != "")
        print(CHECKS["engines"](home))
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with one more role and one more engine."""
    root = tmp_path_factory.mktemp("tree")
    for package in ("resources", "synth_assets"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("*.safetensors", "__pycache__"))
    protocols = root / "resources" / "models" / "protocols.py"
    before, start, after = protocols.read_text().partition("    zero_shot = Role")
    protocols.write_text(before + ROLE.strip("\n") + "\n" + start + after)
    (root / "resources" / "models" / "engines" / "abacus.py").write_text(MODULE.lstrip())
    return root


def test_one_line_declares_a_role_and_one_module_an_engine(tree: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(command, cwd=tree, env={"PYTHONPATH": str(tree)}, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "[6, 10] 2.0 True",
        "SynthAssetsError toy: the engine abacus needs no-such-library: install it",
        "PolicyError models.yaml: toy.engine: 'sliderule' cannot play this role, use one of ['abacus']",
    ]
