"""What was learned from the corpus goes to another machine only if the policy allows it."""

from pathlib import Path

import pytest

from resources.errors import PolicyError
from resources.home import Home
from synth_assets.factory.plan import Plan

_REWRITTEN = "mode: rewritten, rewritten: {reason: a test, author: a tester, expires: 2100-01-01}"


def home(folder: Path, host: str, release: str) -> Home:
    (folder / "models.yaml").write_text(
        f"causal_lm: {{source: openai, engine: openai, license: MIT, base_url: 'http://{host}:8000/v1', model: m}}\n"
    )
    (folder / "policy.yaml").write_text(f"release: {{{release}}}\n")
    return Home(folder)


@pytest.mark.parametrize("mode", ["mode: synthesized", _REWRITTEN])
def test_an_endpoint_on_another_machine_needs_leave(tmp_path: Path, mode: str) -> None:
    with pytest.raises(PolicyError, match="egress: allowed"):
        Plan.load(home(tmp_path, "models.example.org", mode))
    Plan.load(home(tmp_path, "models.example.org", f"{mode}, egress: allowed"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_an_endpoint_on_this_machine_needs_none(tmp_path: Path, host: str) -> None:
    Plan.load(home(tmp_path, host, "mode: synthesized"))


def test_in_mode_formal_prompts_may_go_anywhere(tmp_path: Path) -> None:
    Plan.load(home(tmp_path, "models.example.org", "mode: formal"))
