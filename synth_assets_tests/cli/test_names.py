"""Names from the command line: what is unknown or would lead elsewhere is refused, with what to do instead."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from resources.errors import DataError, PolicyError, UnpublishedError
from resources.home import Home
from resources.keys import Keys
from resources.lake.model import Partition
from resources.lake.overrides import Overrides
from resources.lake.store import Lake
from synth_assets.cli.app import app
from synth_assets.records import MASKED_CORPUS
from synth_assets.release.build import GATE
from synth_assets_tests.names import NO_NAMES
from synth_assets_tests.resources.lake import cases

PART = Partition("letters", cases.DAY)
WHY = ("--reason", "agreed", "--author", "a.person")


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setenv("SYNTH_ASSETS_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home")
    return Lake(home.lake, Keys.open(home.keys))


def command(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def quarantine(lake: Lake, partition: Partition) -> None:
    bad = lake.stage(cases.STAGE, partition, [cases.row("1")], MASKED_CORPUS)
    lake.quarantine(bad, cases.manifest_of(bad, verdicts={"gate": False}), ["gate"])


@pytest.mark.parametrize("name", NO_NAMES)
def test_names_that_are_paths_find_and_make_nothing(lake: Lake, tmp_path: Path, name: str) -> None:
    staged = cases.put(lake, PART, [cases.row("1")])
    (tmp_path / "home" / "x.json").write_text("{}")  # where a path would lead
    for ask in (lake.release, lake.drop_quarantined):
        with pytest.raises(UnpublishedError):
            ask(name)
    with pytest.raises(DataError, match="the name of a release"):
        lake.pin(name, {PART: {cases.STAGE: staged.digest}})
    with pytest.raises(DataError, match="the name of a source"):
        Partition(name, cases.DAY)
    for arguments in (("diff", "--", name, PART.key, "a", "b"), ("rollback", *WHY, "--", name, PART.key, "a")):
        with pytest.raises(PolicyError, match="unknown stage"):
            command(*arguments)


def test_a_partition_without_its_bar_is_explained(lake: Lake) -> None:
    with pytest.raises(DataError, match="with the quotes"):
        command("versions", cases.DAY)


@pytest.mark.parametrize(
    ("stage", "check", "said"),
    [
        ("masked", "ids_are_unique", "unknown stage 'masked', did you mean 'masked_corpus'"),
        ("raw", "ids_are_unique", "unknown stage 'raw', did you mean 'raw_corpus'"),
        ("xyz", "ids_are_unique", "unknown stage 'xyz': one of raw_corpus, .*, release"),
        ("masked_corpus", "foo", "masked_corpus has no blocking check 'foo': one of .*ids_are_unique"),
        ("masked_corpus", "ids_are_uniqe", "did you mean 'ids_are_unique'"),
        ("masked_corpus", "missed_identifiers_can_be_estimated", "only warns: there is nothing to override"),
        ("masked_corpus", GATE, "has no blocking check"),
        ("release", "ids_are_unique", f"release has no blocking check 'ids_are_unique': one of {GATE}"),
    ],
)
def test_an_override_names_a_check_that_blocks(lake: Lake, stage: str, check: str, said: str) -> None:
    cases.put(lake, PART, [cases.row("1")])
    with pytest.raises(PolicyError, match=said):
        command("override", stage, PART.key, check, *WHY)
    assert Overrides(lake).all() == []


def test_an_override_names_a_partition_that_the_lake_has_seen(lake: Lake) -> None:
    with pytest.raises(UnpublishedError, match="nothing was made yet: `synth-assets run`"):
        command("override", "release", PART.key, GATE, *WHY)
    quarantine(lake, PART)
    for day in ("2026-01-02", "2026-03-01", "2026-04-01"):
        cases.put(lake, Partition("notes", day), [cases.row("1")])
    with pytest.raises(UnpublishedError, match=r"nearest of 4 partitions: 2026-01-01\|letters, "):
        command("override", cases.STAGE, f"{cases.DAY}|leters", "ids_are_unique", *WHY)
    for stage, check in ((cases.STAGE, "few_identifiers_were_missed"), ("release", GATE)):
        said = command("override", stage, PART.key, check, *WHY)
        assert f"{check} is overridden until" in said and f"synth-assets run '{PART.key}'" in said
        assert [o.check for o in Overrides(lake).active(stage, PART)] == [check]


def test_versions_and_leaks_of_nothing_say_what_to_do(lake: Lake) -> None:
    with pytest.raises(UnpublishedError, match="nothing was made yet: `synth-assets run`"):
        command("versions", PART.key)
    with pytest.raises(UnpublishedError, match="no privacy report is published: `synth-assets run`"):
        command("leaks")
    quarantine(lake, PART)
    with pytest.raises(UnpublishedError, match="never published: `synth-assets quarantine list`"):
        command("versions", PART.key)
    cases.put(lake, PART, [cases.row("1")])
    assert PART.key in command("versions", PART.key)
    with pytest.raises(UnpublishedError, match=r"raw_corpus/.* --until raw_corpus"):
        command("versions", PART.key, "--stage", "raw_corpus")
    with pytest.raises(PolicyError, match="did you mean 'masked_corpus'"):
        command("versions", PART.key, "--stage", "masked_corpsu")
    with pytest.raises(UnpublishedError, match=r"nearest of 1 partitions: 2026-01-01\|letters"):
        command("versions", "2026-01-02|letters")
