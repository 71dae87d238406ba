"""One module and one entry in a gates file are all that an attack needs; every packaged attack is declared in full."""

import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path

import pytest

from synth_assets.privacy import attacks as room
from synth_assets.privacy import gates
from synth_assets.privacy.page.leaks import ranked_leaks
from synth_assets.privacy.page.regulations import criteria
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.registry import attacks, run_attacks, title_of
from synth_assets.privacy.stages import EVERYWHERE, NEGATIVE, STAGES
from synth_assets_tests.privacy.worlds import World, evidence_of, fresh, line, release_of, report_on

TOY = '''
"""Counts subjects by the first letter of their text."""

from synth_assets.privacy.attack import Attack
from synth_assets.privacy.results import Outcome


def first_letters(release):
    n = len({p.subject for p in release.passages})
    hits = n if release.stage == "instruction_set" else 0
    yield Outcome("first_letters", "of_a", hits, n, "have a text that begins with a letter", confirmed=hits)


ATTACK = Attack(
    title="First letters",
    asks="Does a text begin with a telling letter?",
    order=1000,
    run=first_letters,
    titles={"first_letters/of_*": "Texts that begin with {}"},
    stages=("raw_corpus", "instruction_set", "negative_control"),
    identity=("first_letters/*",),
    answers={"Inference": "first_letters/*"},
)
'''
GATE = """
G99:
  title: Letters
  asks: Do letters tell somebody's text?
  attacker: reader
  about: ["first_letters/*"]
  blocks:
    synthesized: ["first_letters/*"]
    formal: []
    rewritten: ["first_letters/*"]
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy attack in the room of attacks, and its gate in the gates file."""
    (tmp_path / "first_letters.py").write_text(TOY, encoding="utf-8")
    packaged = files("synth_assets.privacy").joinpath("gates.yaml").read_text(encoding="utf-8")
    known = gates.parse_gates(packaged + GATE)
    monkeypatch.setattr(gates, "packaged_gates", lambda: known)
    monkeypatch.setattr(room, "__path__", [*room.__path__, str(tmp_path)])
    attacks.cache_clear()
    yield
    attacks.cache_clear()
    sys.modules.pop(f"{room.__name__}.first_letters", None)


@pytest.mark.usefixtures("toy")
def test_one_module_and_one_gate_make_an_attack(world: World) -> None:
    report = report_on(world, fresh(1, 40))
    stages = [s.stage for s in report.statistics if s.test == "first_letters"]
    assert stages == ["raw_corpus", "instruction_set", NEGATIVE]
    statistic = line(report, "instruction_set/first_letters/of_a")
    assert (statistic.value, statistic.status, statistic.blocking) == (1.0, "FAIL", True)
    assert statistic.row in report.rows
    assert report.verdict.reasons == [f"{statistic.id}: confirmed_replay"]
    (gate,) = [gate for gate in report.gates if gate.name == "G99"]
    assert (gate.title, gate.status, gate.statistics) == ("Letters", "FAIL", (statistic.id,))
    assert statistic in criteria(report.statistics, 0.1)[2].statistics
    assert [leak.stage for leak in ranked_leaks({"day": report.rows}) if leak.statistic == statistic.name] == [
        "instruction_set"
    ]
    html = report.to_html()
    for shown in (
        "Texts that begin with A",
        "First letters",
        "Does a text begin with a telling letter?",
        "G99 Letters",
    ):
        assert shown in html
    assert "G1, G2, G3, G99" in html


def test_without_its_module_the_attack_is_unknown(clean: Report) -> None:
    assert title_of("first_letters/of_a") is None
    assert not [s for s in clean.statistics if s.test == "first_letters"]


def test_every_attack_is_declared_in_full(clean: Report) -> None:
    orders = [attack.order for attack in attacks()]
    assert len(set(orders)) == len(orders) > 10
    names = {s.name for s in clean.statistics}
    for attack in attacks():
        assert attack.asks.endswith("?") and attack.title
        assert set(attack.stages) <= set(EVERYWHERE)
        for pattern in (*attack.titles, *attack.identity, *attack.answers.values()):
            assert gates.gate_about(pattern.replace("*", "8")) is not None, pattern
    described = {s.name for s in clean.statistics if title_of(s.name)}
    assert names - described == {s.name for s in clean.statistics if s.test in ("utility", "control_release")} | {
        "ledger/total",
        "history/worse",
    }


def test_an_attack_runs_only_where_it_says(world: World) -> None:
    evidence = evidence_of(world.raw)
    for stage in (STAGES[0].name, NEGATIVE):
        counted = run_attacks(release_of(evidence, fresh(1, 5), stage))
        patterns = [p for attack in attacks() if stage in attack.stages for p in attack.titles]
        assert all(any(fnmatchcase(o.name, p) for p in patterns) for o in counted)


def test_the_documentation_lists_the_gates() -> None:
    page = (Path(__file__).parents[3] / "docs" / "report.md").read_text(encoding="utf-8")
    listed = [row.split("|")[1].strip() for row in page.splitlines() if row.startswith("| G")]
    assert listed == list(gates.packaged_gates())
