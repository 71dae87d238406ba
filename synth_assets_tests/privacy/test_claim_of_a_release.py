"""What the ledger of a source holds: every draw, released or refused, and everything that no draw made."""

from pathlib import Path

import pyarrow as pa
import pytest

from resources.errors import PolicyError
from resources.factory import Factory
from resources.home import Home
from resources.lake.journal import Journal
from resources.lake.model import Manifest, Partition
from synth_assets.differential_privacy.spending import Spending
from synth_assets.differential_privacy.statement import STATEMENT, Statement
from synth_assets.factory.plan import Plan
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.verdict.claim import Claim, exchange_epsilon
from synth_assets.stages.privacy_report import claim_of
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.formal.statement import guarantee_of

MONDAY, TUESDAY = (Partition("letters", f"2026-01-0{day}") for day in (5, 6))
GUARANTEE = guarantee_of(FormalPolicy(), "0123abcd")
ONCE, TWICE = 4.47, 6.65
"""Epsilon at delta 1e-6 of one draw, and of two of one day."""


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    return Factory.open(Home(tmp_path))


def drawn(factory: Factory, partition: Partition) -> int:
    spending = Spending(Journal(factory.lake, partition.source))
    return spending.permit(partition.key, "raw", GUARANTEE, ["s"], 99.0, 1e-6).number


def publish(factory: Factory, stage: str, partition: Partition, rows: list[dict[str, str]], **facts: object) -> str:
    schema = pa.schema([pa.field(name, pa.string()) for name in rows[0]])
    staged = factory.lake.stage(stage, partition, rows, schema)
    manifest = Manifest(
        stage=stage,
        source=partition.source,
        day=partition.day,
        data_version=staged.digest,
        rows=staged.rows,
        **facts,  # type: ignore[arg-type]
    )
    factory.lake.publish(staged, manifest)
    return staged.digest


def instructions(factory: Factory, partition: Partition, draw: int | None, *parents: str, mark: str = "") -> str:
    """Publish a passage, with the statement of a draw, and an instruction set about `parents`; return its version."""
    attachments = {}
    if draw is not None:
        statement = Statement(partition=partition.key, draw=draw, guarantee=GUARANTEE, executed=GUARANTEE.shifts)
        attachments = {STATEMENT: factory.lake.attach(statement.model_dump_json().encode(), ".json")}
    written = publish(factory, "augmented_corpus", partition, [{"id": "p", "mark": mark}], attachments=attachments)
    rows = [{"id": f"i{n}", "parent": parent} for n, parent in enumerate(parents or ("p",))]
    return publish(factory, "instruction_set", partition, rows, upstream={"augmented_corpus": written})


def claim(factory: Factory, partition: Partition) -> Claim:
    return claim_of(factory, partition, factory.manifest("instruction_set", partition).data_version)


def entries(found: Claim) -> list[tuple[str, str, bool]]:
    return [(e.partition[:10], e.release, e.guarantee is not None) for e in found.ledger.entries]


def total(found: Claim) -> float:
    return found.ledger.epsilon("letters", 1e-6)


def test_nothing_is_claimed_where_nothing_was_drawn(factory: Factory) -> None:
    instructions(factory, MONDAY, None)
    assert entries(claim(factory, MONDAY)) == [(MONDAY.day, "this release", False)]


def test_a_release_of_a_draw_has_its_epsilon_and_refused_draws_count_too(factory: Factory) -> None:
    drawn(factory, MONDAY)  # no version came of it
    instructions(factory, MONDAY, drawn(factory, MONDAY))
    found = claim(factory, MONDAY)
    assert entries(found) == [(MONDAY.day, "draw 1", True), (MONDAY.day, "this release", True)]
    assert total(found) == pytest.approx(TWICE, abs=0.01)
    statistic = found.statistic(PrivacyPolicy(max_total_epsilon=6.0), "formal")
    assert (statistic.status, statistic.reason) == ("FAIL", "over_budget")


def test_days_are_composed_in_parallel(factory: Factory) -> None:
    instructions(factory, MONDAY, drawn(factory, MONDAY))
    instructions(factory, TUESDAY, drawn(factory, TUESDAY))
    found = claim(factory, TUESDAY)
    assert entries(found) == [(MONDAY.day, "draw 1", True), (TUESDAY.day, "this release", True)]
    assert total(found) == pytest.approx(ONCE, abs=0.01)
    assert "the day with most: a person takes part on one" in dict(found.lines(PrivacyPolicy()))["Total for one person"]


def test_what_no_draw_made_takes_the_bound_from_the_source(factory: Factory) -> None:
    """A version that a report permits to release, and a release, of another way of making text."""
    other = instructions(factory, MONDAY, None, mark="other")
    publish(
        factory,
        "privacy_report",
        MONDAY,
        [{"id": "r"}],
        upstream={"instruction_set": other},
        figures={"verdict_passed": 1},
    )
    instructions(factory, TUESDAY, drawn(factory, TUESDAY))
    found = claim(factory, TUESDAY)
    assert entries(found) == [(MONDAY.day, "permitted", False), (TUESDAY.day, "this release", True)]
    assert found.ledger.gaps("letters") == ["1 release(s) of this source come from no accounted mechanism"]


def test_a_row_from_elsewhere_takes_the_claim_from_its_release(factory: Factory) -> None:
    """An instruction about a masked document beside those about synthesized passages."""
    instructions(factory, MONDAY, drawn(factory, MONDAY), "p", "a masked row")
    found = claim(factory, MONDAY)
    assert entries(found) == [(MONDAY.day, "draw 1", True), (MONDAY.day, "this release", False)]
    assert found.ledger.gaps("letters") == ["1 release(s) of this source come from no accounted mechanism"]


def test_one_person_exchanged_for_another_is_not_a_group_of_two() -> None:
    """5.99, where a group of two would have 9.08: the votes of two people meet in no cell twice."""
    assert exchange_epsilon(GUARANTEE, 1e-5) == pytest.approx(5.99, abs=0.01)
    unknown = exchange_epsilon(GUARANTEE.model_copy(update={"shifts": ()}), 1e-5)
    assert unknown is not None and unknown > 9.0


def test_the_page_states_both_neighborhoods(factory: Factory) -> None:
    instructions(factory, MONDAY, drawn(factory, MONDAY))
    lines = dict(claim(factory, MONDAY).lines(PrivacyPolicy()))
    stated = lines[f"{MONDAY.key}, this release: guarantee"]
    assert "epsilon = 4.00 at delta = 1e-05 for one user" in stated
    assert "epsilon = 5.99 for one user exchanged for another" in stated
    assert "each in one partition only" in lines[f"{MONDAY.key}, this release: unit and adjacency"]


def test_the_former_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "guarantees.yaml").write_text("{}", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"guarantees\.yaml is not read any more"):
        Plan.load(Home(tmp_path))
