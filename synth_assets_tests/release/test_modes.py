"""A release names its mode in all that leaves the house, and is refused without a permission that holds."""

import json
from typing import get_args

import pytest
from typer.testing import CliRunner

from resources.lake.model import Partition
from synth_assets.cli.app import app
from synth_assets.modes import Mode, mode_sentence
from synth_assets.release.build import Release, ReleaseRefusedError, build_release
from synth_assets_tests.modes import released_in

LETTERS, NOTES = Partition("letters", "2026-01-05"), Partition("notes", "2026-01-05")


@pytest.mark.parametrize("mode", get_args(Mode))
def test_card_manifest_and_metadata_name_the_mode(publish, mode: Mode) -> None:
    done = build_release(publish(released_in(mode).facts), [LETTERS])
    assert done.mode == mode
    assert build_release(publish(released_in(mode).facts), [LETTERS]) == done
    sentence = mode_sentence(mode)
    body = json.loads((done.path / "manifest.json").read_text())
    assert (body["mode"], body["claim"]) == (mode, sentence)
    stages = body["stages"][LETTERS.key]
    assert stages["privacy_report"]["release"] == released_in(mode).facts
    assert stages["raw_corpus"]["release"] == {}
    card = (done.path / "README.md").read_text()
    assert sentence in card.split("## Contents")[0] and f"| mode | {mode} |" in card
    metadata = json.loads((done.path / "croissant.json").read_text())
    assert sentence in metadata["description"]
    assert ("rewritten by back-translation" in metadata["rai:dataCollection"]) == (mode == "rewritten")
    known = "Whoever knows a document can find its rows"
    assert (known in card) == (known in metadata["rai:personalSensitiveInformation"][0]) == (mode == "rewritten")


def test_a_release_needs_a_permission_that_holds(publish) -> None:
    expired = {**released_in("rewritten").facts, "expires": "2020-01-01"}
    for facts, said in ((expired, "expired on 2020-01-01"), ({}, "the mode rewritten has no permission")):
        factory = publish(facts)
        with pytest.raises(ReleaseRefusedError, match=said):
            build_release(factory, [LETTERS])
        assert not factory.home.releases.exists()


def test_a_release_has_one_mode(publish) -> None:
    formal, rewritten = released_in("formal").facts, released_in("rewritten").facts
    with pytest.raises(ReleaseRefusedError, match="augmented_corpus rewritten, instruction_set formal"):
        build_release(publish(formal, augmented_corpus=rewritten), [LETTERS])
    with pytest.raises(ReleaseRefusedError, match="one mode, these partitions have formal, rewritten"):
        build_release(publish(formal, notes=rewritten), [LETTERS, NOTES])


def test_the_terminal_names_the_mode_of_a_release(publish, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("SYNTH_ASSETS_HOME", str(tmp_path / "home"))
    done = Release("letters-1", tmp_path, "d" * 16, 3, "formal")
    monkeypatch.setattr("synth_assets.release.build.build_release", lambda *_: done)
    shown = CliRunner().invoke(app, ["release", LETTERS.key], catch_exceptions=False)
    assert mode_sentence("formal") in " ".join(shown.output.split())
