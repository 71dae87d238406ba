"""`synth-assets policy`: what is printed, and that no text of a document is."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from resources.errors import PolicyError
from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Partition
from synth_assets.cli.app import app
from synth_assets.cli.policy import differing, named_policy, show_difference
from synth_assets.factory.policy import Policy, load_policy
from synth_assets.masking.policy import packaged_presets
from synth_assets.modes import mode_sentence
from synth_assets.records import RAW_CORPUS
from synth_assets_tests.resources.lake.cases import manifest_of, raw_row


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SYNTH_ASSETS_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return Home.find()


@pytest.fixture
def raw_partition(home: Home) -> tuple[Factory, Partition]:
    """Six documents of train in a lake, and one of the holdout, which no policy may touch."""
    factory, partition = Factory.open(home), Partition(source="letters", day="2026-01-05")
    text = "Mr Zebedee Quill wrote on 3 May 1990 that he had no time for number {}, and nobody answered him."
    rows = [raw_row(str(i), text.format(i)) for i in range(7)]
    rows[6]["split"] = "holdout"
    staged = factory.lake.stage("raw_corpus", partition, rows, RAW_CORPUS)
    factory.lake.publish(staged, manifest_of(staged))
    return factory, partition


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["policy", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_show_prints_the_policy_with_its_preset(home: Home) -> None:
    home.policy_file.write_text("masking: {preset: strict, actions: {person: keep}}\n")
    for arguments in ([], ["show"]):
        shown = run(*arguments)
        assert shown.startswith(f"# {mode_sentence('synthesized')}\n")
        printed = yaml.safe_load(shown)
        assert printed == load_policy(home.policy_file).model_dump(mode="json")
        assert (printed["masking"]["actions"]["person"], printed["masking"]["actions"]["email"]) == ("keep", "mask")


def test_a_preset_goes_under_the_keys_of_the_home_and_a_file_stands_alone(home: Home, tmp_path: Path) -> None:
    home.policy_file.write_text("seed: 9\nmasking: {preset: strict, actions: {person: keep}}\n")
    careful = named_policy(home, "careful")
    assert (careful.seed, careful.masking.preset, careful.masking.actions.person) == (9, "careful", "keep")
    assert careful.masking.actions.date == "generalize"
    other = tmp_path / "other.yaml"
    other.write_text("masking: {preset: minimal}\n")
    alone = named_policy(home, str(other))
    assert (alone.seed, alone.masking.actions.person, alone.masking.actions.date) == (7, "surrogate", "keep")
    with pytest.raises(PolicyError, match="did you mean 'careful'"):
        named_policy(home, "carefull")


def test_hipaa_shows_18_rows_with_actions(home: Home) -> None:
    home.policy_file.write_text("masking: {custom: {BADGE: {pattern: 'EMP-[0-9]{6}', action: mask}}}\n")
    shown = run("show", "hipaa-safe-harbor", "--hipaa")
    assert "generalize (safe harbor)" in shown and shown.count("cannot be seen in text") == 2
    assert "ID surrogate, CASE surrogate, BADGE mask" in " ".join(shown.split())
    assert sum(f"│ {letter} │" in shown for letter in "ABCDEFGHIJKLMNOPQR") == 18


def test_presets_are_listed(home: Home) -> None:
    assert all(name in run("presets") for name in packaged_presets())


def test_differences_of_settings_show_no_words() -> None:
    custom = {"NAMES": {"words": ["Anna Novak"]}, "OLD": {"words": ["x"]}}
    one = Policy.parse({"masking": {"custom": custom}}, "p").masking.model_dump(mode="json")
    changed = {"NAMES": {"words": ["Bob", "Carl"], "action": "mask"}}
    other = Policy.parse({"masking": {"custom": changed}}, "p").masking.model_dump(mode="json")
    assert differing(one, other) == [
        ("custom.NAMES.words", "1 entries", "2 entries"),
        ("custom.NAMES.action", "surrogate", "mask"),
        ("custom.OLD", "declared", "-"),
    ]


@pytest.mark.models
def test_diff_counts_on_a_partition_and_keeps_text_in_the_lake(
    home: Home, capsys: pytest.CaptureFixture[str], raw_partition: tuple[Factory, Partition]
) -> None:
    _, partition = raw_partition
    show_difference(home, "strict", partition.key, 5, page=True)
    out = " ".join(capsys.readouterr().out.split())
    assert "Zebedee" not in out and "Quill" not in out
    assert f"5 of 6 documents of {partition.key}" in out and "5 documents come out differently" in out
    assert "surrogate │ mask" in out and "min_score" in out
    (page,) = (home.root / "lake" / "_attachments").glob("*.html")
    assert page.name in out and "Quill" in page.read_text(encoding="utf-8")
