"""A release has a name that is no path, and is written nowhere but where releases are."""

from pathlib import Path

import pytest

from resources.errors import DataError
from resources.lake.model import LONGEST_NAME, Partition
from synth_assets.release.build import build_release
from synth_assets_tests.modes import released_in
from synth_assets_tests.names import NO_NAMES

LETTERS = Partition("letters", "2026-01-05")


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_is_a_path_writes_nothing(publish, tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="the name of a release"):
        build_release(publish(released_in("formal").facts), [LETTERS], name)
    assert list(tmp_path.iterdir()) == []


def test_given_and_default_names_stay_within_the_limit(publish) -> None:
    longest = Partition("s" * LONGEST_NAME, LETTERS.day)
    factory = publish(released_in("formal").facts)
    done = build_release(factory, [longest])
    assert build_release(factory, [longest], done.name) == done
    assert build_release(factory, [LETTERS], "A.b_c-2").path.parent == done.path.parent == factory.home.releases
