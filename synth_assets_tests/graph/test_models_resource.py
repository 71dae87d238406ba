"""The Dagster resource that yields the models of a home."""

from pathlib import Path
from weakref import ref

import dagster as dg
import pytest

from resources.dagster_resources import ModelsResource
from resources.home import Home
from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.registry import load_registry

pytestmark = pytest.mark.graph


@pytest.mark.models
def test_the_engine_works_and_is_closed_at_the_end(tmp_path: Path) -> None:
    engines: list[Engine] = []
    loaded: list[ref[object]] = []

    @dg.asset
    def translated(models: dg.ResourceParam[Engine]) -> dg.MaterializeResult:
        engines.append(models)
        loaded.append(ref(models.translator))
        models.translator.translate(["Hello."], "en", "pt")
        return dg.MaterializeResult(metadata=models.counters())

    with dg.DagsterInstance.ephemeral() as instance:
        resources = {"models": ModelsResource(root=str(tmp_path))}
        assert dg.materialize([translated], resources=resources, instance=instance).success
    assert (Home(tmp_path).cache / "results.sqlite").is_file()
    assert engines and loaded[0]() is None  # the engine is still there, but has released its model


def test_a_home_may_name_other_models(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.models_file.write_text(
        "causal_lm: {source: openai, engine: openai, license: x, base_url: 'http://127.0.0.1:9/v1', model: m}\n"
    )
    keys = Keys.open(home.keys)
    default = load_registry(Home(tmp_path / "other").models_file)
    with (
        Engine(load_registry(home.models_file), keys, home.cache) as own,
        Engine(default, keys, tmp_path / "c") as embedded,
    ):
        assert own.fingerprints()["causal_lm"] != embedded.fingerprints()["causal_lm"]
        assert own.fingerprints()["masked_lm"] == embedded.fingerprints()["masked_lm"]
