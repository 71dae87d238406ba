"""The Croissant file of an export: mlcroissant reads it offline, with the checksums, counts and statements it has."""

import hashlib
import json
from pathlib import Path

import pytest

from resources.errors import IntegrityError
from resources.lake.model import Partition
from synth_assets.differential_privacy.ledger import NONE_CLAIMED
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.instructions.selection.splits import SPLITS
from synth_assets.release.build import build_release
from synth_assets.release.croissant import croissant
from synth_assets.release.exports import dataset_card, export, exported
from synth_assets.release.signing import verify_release
from synth_assets_tests.modes import released_in

MANIFEST = {
    "name": "tickets-1", "mode": "rewritten",
    "pins": {"2026-01-05|tickets": {"raw_corpus": "v1"}, "2026-01-09|notes": {}},
}  # fmt: skip
VERDICT = {"passed": True, "overrides": [], "reports": {"privacy_report.json": "ab" * 32}}
RAI = (
    "personal_sensitive_information", "data_collection", "data_limitations", "data_biases", "data_social_impact",
    "data_use_cases", "data_release_maintenance_plan", "data_annotation_protocol",
)  # fmt: skip


@pytest.fixture
def release(corpus, small_models, make_masked, tmp_path) -> tuple[Path, dict]:
    """A small export with the metadata beside it."""
    folder = tmp_path / "release"
    masked, augmented = corpus(30)
    masked += [make_masked(100 + number, role="canary") for number in range(4)]
    rows = build_instruction_set(masked, augmented, InstructionPolicy(), 7, small_models).rows
    export(rows, folder, dataset_card(rows, MANIFEST, VERDICT))
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "croissant.json")
    digests = {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
    sizes = {p.relative_to(folder).as_posix(): p.stat().st_size for p in files}
    document = croissant(digests, sizes, exported(rows), MANIFEST, VERDICT)
    (folder / "croissant.json").write_text(json.dumps(document), encoding="utf-8")
    return folder, document


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("no network is needed")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_mlcroissant_reads_what_was_exported(release, offline) -> None:
    import mlcroissant

    folder, document = release
    assert mlcroissant.Dataset(jsonld=document).metadata.name == "tickets-1"
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert [r.uuid for r in dataset.metadata.record_sets] == ["splits", "messages", "alpaca", "sharegpt"]
    for name in ("messages", "alpaca", "sharegpt"):
        found: dict[str, list[dict]] = {}
        for record in map(plain, dataset.records(name)):
            found.setdefault(record.pop("split"), []).append(record)
        assert set(found) == {"train", "validation", "test"}
        for split, records in found.items():
            assert records == [json.loads(line) for line in (folder / name / f"{split}.jsonl").open()]


def plain(value: object) -> object:
    """Nested records with the last part of their path as key, and text that mlcroissant gives as bytes."""
    if isinstance(value, dict):
        return {key.rpartition("/")[2]: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.decode() if isinstance(value, bytes) else value


def test_splits_are_those_of_the_export(release, offline) -> None:
    import mlcroissant

    folder, document = release
    records = mlcroissant.Dataset(jsonld=document).records("splits")
    lines = {split: len((folder / "alpaca" / f"{split}.jsonl").read_text().splitlines()) for split in SPLITS}
    assert {r["splits/name"]: r["splits/rows"] for r in records} == lines
    assert min(lines.values()) > 0


def test_every_file_is_listed_with_its_checksum(release) -> None:
    import mlcroissant

    folder, document = release
    listed = {d["@id"]: d for d in document["distribution"] if d["@type"] == "cr:FileObject"}
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(listed) == found - {"croissant.json"}
    for name, entry in listed.items():
        assert entry["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert entry["contentSize"] == f"{(folder / name).stat().st_size} B"
    metadata = mlcroissant.Dataset(jsonld=document).metadata
    assert {d.uuid: d.sha256 for d in metadata.distribution if d.uuid in listed} == {
        name: entry["sha256"] for name, entry in listed.items()
    }


def test_it_says_what_is_true_of_the_release(release) -> None:
    import mlcroissant

    _, document = release
    metadata = mlcroissant.Dataset(jsonld=document).metadata
    assert all(getattr(metadata, name) for name in RAI)
    said = " ".join(metadata.personal_sensitive_information)
    assert NONE_CLAIMED in said and "permits the release; no check was overridden" in said
    assert f"privacy_report.json: SHA-256 {'ab' * 32}" in said
    assert "2 source(s) (notes, tickets) on 2 day(s) (2026-01-05 to 2026-01-09)" in metadata.data_collection
    refused = {**VERDICT, "passed": False, "overrides": [{}, {}], "epsilon": "Epsilon = 2.00 at delta = 1e-06"}
    said = " ".join(croissant({}, {}, {}, MANIFEST, refused)["rai:personalSensitiveInformation"])
    assert "did not pass; 2 override(s) of checks were used" in said
    assert "Epsilon = 2.00" in said and NONE_CLAIMED not in said


def test_the_version_is_that_of_the_pins_and_no_clock_is_read(release) -> None:
    _, document = release
    assert croissant({}, {}, {}, MANIFEST, VERDICT)["version"] == document["version"]
    other = {**MANIFEST, "pins": {"2026-01-05|tickets": {"raw_corpus": "v2"}}}
    assert croissant({}, {}, {}, other, VERDICT)["version"] != document["version"]


def test_no_row_is_in_it(release) -> None:
    folder, document = release
    text = json.dumps(document, ensure_ascii=False)
    rows = [json.loads(line) for line in (folder / "alpaca" / "train.jsonl").open()]
    assert rows and not [row for row in rows if row["input"] in text or row["instruction"] in text]


def test_a_release_carries_it_under_its_signature(publish, offline) -> None:
    import mlcroissant

    factory = publish(released_in("rewritten").facts)
    rows = factory.read()
    done = build_release(factory, [Partition("tickets", "2026-01-05")])
    body = json.loads((done.path / "manifest.json").read_text())
    document = json.loads((done.path / "croissant.json").read_text())
    described = {d["@id"]: d["sha256"] for d in document["distribution"] if "sha256" in d}
    own = body["files"].pop("croissant.json")
    assert described == body["files"]
    assert own == hashlib.sha256((done.path / "croissant.json").read_bytes()).hexdigest()
    report = hashlib.sha256(b"json").hexdigest()
    assert described["privacy_report.json"] == body["verdict"]["reports"]["privacy_report.json"] == report
    assert report in (done.path / "README.md").read_text()
    assert len(list(mlcroissant.Dataset(jsonld=str(done.path / "croissant.json")).records("alpaca"))) == len(rows)
    known = factory.keys.fingerprint()
    assert verify_release(done.path, known).files == len(described) + 2
    (done.path / "croissant.json").write_text(json.dumps({**document, "name": "another"}))
    with pytest.raises(IntegrityError, match=r"croissant\.json"):
        verify_release(done.path, known)


def test_an_empty_release_has_no_record_sets() -> None:
    import mlcroissant

    document = croissant({"README.md": "0" * 64}, {"README.md": 1}, {}, MANIFEST, VERDICT)
    assert document["recordSet"] == []
    assert mlcroissant.Dataset(jsonld=document).metadata.name == "tickets-1"
