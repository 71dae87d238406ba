"""The world and the clean report that several files judge, made once."""

import pytest

from synth_assets.privacy.page.report import Report
from synth_assets_tests.privacy.worlds import World, fresh, make_world, report_on


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(1)


@pytest.fixture(scope="session")
def clean(world: World) -> Report:
    """A release that leaks nothing."""
    return report_on(world, fresh(1, 120))
