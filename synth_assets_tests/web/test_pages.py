"""The pages a person looks at, in a real browser: they show the factory, and ask nothing of other machines."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from resources.factory import Factory
from resources.lake.model import Partition
from synth_assets.lineage import STAGES
from synth_assets.release.build import RELEASE
from synth_assets_tests.privacy.worlds import fresh, make_world, report_on
from synth_assets_tests.web.servers import GOOD, Served, key

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (the dev extra has it)")

pytestmark = pytest.mark.web

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SECOND = 1000.0


@dataclass
class Window:
    """A page, what it asked for elsewhere, and what it complained about."""

    page: "sync_api.Page"
    shots: Path
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.set_default_timeout(30 * SECOND)

    def see(self, text: str) -> None:
        self.page.get_by_text(text, exact=True).first.wait_for(state="visible")

    def shoot(self, name: str) -> None:
        self.page.screenshot(path=self.shots / f"{name}.png")

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOOPBACK:
            self.strangers.append(url)


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    if not CHROMIUM:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the screenshots go; SYNTH_ASSETS_SCREENSHOTS names a folder that is kept."""
    named = os.environ.get("SYNTH_ASSETS_SCREENSHOTS")
    return Path(named) if named else tmp_path_factory.mktemp("screenshots")


@pytest.fixture
def window(browser: "sync_api.Browser", shots: Path) -> Iterator[Window]:
    page = browser.new_page(viewport={"width": 1400, "height": 800})
    made = Window(page, shots)
    yield made
    page.close()
    assert not made.strangers


@pytest.fixture(scope="module")
def ran(served: Served) -> Served:
    """With one partition published, so that there is something to look at."""
    if not Factory.open(served.home).lake.published("raw_corpus", Partition(source="tickets", day=GOOD)):
        assert served.client.wait(served.client.launch(key(GOOD), "raw_corpus")) == "SUCCESS"
    return served


def test_lineage_shows_every_stage(ran: Served, window: Window) -> None:
    window.page.goto(f"{ran.client.url}/locations/synth_assets/asset-groups/factory/lineage")
    for stage in (*STAGES, RELEASE):
        window.see(stage)
    window.shoot("lineage")
    assert not window.complaints


def test_an_asset_page_shows_what_it_is_and_what_was_checked(ran: Served, window: Window) -> None:
    window.page.goto(f"{ran.client.url}/assets/raw_corpus?view=overview")
    window.page.get_by_text("split by subject before anything else").first.wait_for(state="visible")
    window.see("Latest materialization")
    window.shoot("asset")

    window.page.goto(f"{ran.client.url}/assets/raw_corpus?view=checks&checkDetail=ids_are_unique")
    window.see("Every id names exactly one row.")
    window.see("blocking")
    window.see("Passed")
    window.shoot("checks")
    assert not window.complaints


def test_the_privacy_report_is_a_page_that_needs_nothing(window: Window, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(report_on(make_world(1), fresh(1, 120)).to_html(), encoding="utf-8")
    window.page.goto(file.as_uri())
    window.page.locator("h1").first.wait_for(state="visible")
    window.page.screenshot(path=window.shots / "report.png", full_page=True)
    assert not window.complaints
