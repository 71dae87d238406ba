"""A home is its owner's alone, whatever makes it first; what exists is not changed."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resources.errors import SynthAssetsError
from resources.factory import Factory
from resources.folders import private_folder
from resources.home import Home
from resources.keys import Keys
from resources.lake.files import LocalFiles
from resources.models.cache import RESULTS, ResultCache
from resources.scratch import Scratch
from synth_assets.cli.doctor import CHECKS
from synth_assets.sample.documents import write_sample

MAKERS: dict[str, Callable[[Home], object]] = {
    "factory": Factory.open,
    "keys": lambda home: Keys.open(home.keys),
    "lake": lambda home: LocalFiles(Path(home.lake)),
    "cache": lambda home: ResultCache(home.cache / RESULTS, Keys.from_secret(b"0" * 32)),
    "scratch": lambda home: Scratch(home.cache),
    "sample": lambda home: write_sample(home.sources / "sample" / "2026-01-01", 1),
}


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


@pytest.mark.parametrize("maker", MAKERS)
def test_whatever_makes_the_home_makes_it_private(tmp_path: Path, maker: str) -> None:
    home = Home(tmp_path / "above" / "home")
    MAKERS[maker](home)
    made = [folder for folder in (home.root, *home.root.iterdir()) if folder.is_dir()]
    assert {folder: mode(folder) for folder in made} == dict.fromkeys(made, 0o700)
    assert CHECKS["home"](home) == f"{home.root} is private"


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir(mode=0o755)
    Factory.open(home)
    private_folder(home.root)
    assert mode(home.root) == 0o755
    assert mode(Path(home.lake)) == 0o700


def test_doctor_names_what_is_open_and_its_remedy(tmp_path: Path) -> None:
    home = Home(tmp_path / "my home")
    assert CHECKS["home"](home) == "none yet; created at first use"
    home.root.mkdir(mode=0o755)
    Factory.open(home)
    home.index.mkdir(mode=0o750)
    with pytest.raises(SynthAssetsError) as told:
        CHECKS["home"](home)
    assert str(told.value) == (
        f"open to other users: {home.root}, {home.index}; run chmod 700 '{home.root}' '{home.index}'"
    )
    home.root.chmod(0o700)  # closes what is in it
    assert CHECKS["home"](home) == f"{home.root} is private"


def test_a_closed_home_does_not_close_what_lies_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "volume"
    elsewhere.mkdir(mode=0o755)
    home = Home(tmp_path / "home", lake_url=str(elsewhere))
    Keys.open(home.keys)
    with pytest.raises(SynthAssetsError, match=f"chmod 700 {elsewhere}"):
        CHECKS["home"](home)
    elsewhere.chmod(0o700)
    assert CHECKS["home"](home)
    assert CHECKS["home"](Home(home.root, lake_url="s3://bucket/lake"))
