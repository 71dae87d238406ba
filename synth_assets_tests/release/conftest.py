"""Fixtures for tests of releases."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from resources.keys import Keys
from resources.lake.model import Manifest, Partition
from synth_assets.factory.mode import shaped_by_mode
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.lineage import STAGES
from synth_assets_tests.instructions.toys import corpus, make_augmented, make_masked, small_models

__all__ = ["corpus", "make_augmented", "make_masked", "small_models"]


class Attachments:
    """The part of a lake that a release needs: attached files, and the pins of releases."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.pinned: dict[str, object] = {}

    def attach(self, data: bytes, suffix: str) -> str:
        name = hashlib.sha256(data).hexdigest() + suffix
        self.files[name] = data
        return name

    def attachment(self, name: str) -> bytes:
        return self.files[name]

    def releases(self) -> list[str]:
        return list(self.pinned)

    def pin(self, name: str, pins: object) -> None:
        self.pinned[name] = pins


@pytest.fixture
def publish(corpus, small_models, tmp_path: Path) -> Callable[..., Any]:
    """Makes a factory in which everything is published and the report passes.

    Called with what manifests state of the release, and by stage or by source what others than these state.
    """
    masked, augmented = corpus(30)
    rows = build_instruction_set(masked, augmented, InstructionPolicy(), 7, small_models).rows

    def factory(facts: Mapping[str, str], **others: Mapping[str, str]) -> Any:
        lake, figures = Attachments(), {"verdict_passed": 1}
        reports = {f"privacy_report.{kind}": lake.attach(kind.encode(), f".{kind}") for kind in ("html", "json")}

        def manifest(stage: str, partition: Partition) -> Manifest:
            attached: dict[str, Any] = {"attachments": reports, "figures": figures} if stage == "privacy_report" else {}
            stated = others.get(stage, others.get(partition.source, facts)) if shaped_by_mode(STAGES[stage]) else {}
            return Manifest(
                stage=stage,
                source=partition.source,
                day=partition.day,
                data_version="v",
                rows=len(rows),
                release=dict(stated),
                **attached,
            )

        return SimpleNamespace(
            home=SimpleNamespace(releases=tmp_path / "releases"),
            lake=lake,
            keys=Keys.from_secret(b"0" * 32),
            manifest=manifest,
            overrides=SimpleNamespace(active=lambda *_: []),
            read=lambda *_: rows,
        )

    return factory
