"""Run every attack on every stage and on the two control releases, judge what they count, and decide."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resources.models.protocols import Models
from resources.progress import Progress
from synth_assets.modes import STRICTEST, Mode, ReleasePolicy
from synth_assets.privacy.evidence.passages import Passage, pick
from synth_assets.privacy.evidence.release import Evidence, Release
from synth_assets.privacy.page.regulations import span_counts
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.registry import run_attacks
from synth_assets.privacy.results import Statistic
from synth_assets.privacy.stages import MASKED, NEGATIVE, POSITIVE, RAW, RELEASED, STAGES
from synth_assets.privacy.utility.usefulness import Usefulness
from synth_assets.privacy.verdict.claim import Claim
from synth_assets.privacy.verdict.decide import control_statistic, decide, history_statistic
from synth_assets.privacy.verdict.floor import above_floor
from synth_assets.privacy.verdict.judge import judge
from synth_assets.records import UNKNOWN, InForce, Row


@dataclass(frozen=True, eq=False, kw_only=True)
class ReportInput:
    """Everything a report is made from.

    Attributes:
        tables: rows by stage, for every stage of `STAGES`. RAW_CORPUS holds the splits train, holdout, control and
            canary_out.
        policy: thresholds and sizes.
        release: the mode of the release, which says what blocks.
        refused: why nothing may be released in this mode today; empty where it may.
        models: `recognizer` finds names, `encoder` measures distances, `masked_lm` recovers refilled words.
        progress: told how far the work is.
        claim: the epsilon claimed, with the ledger of the source.
        public: text that never saw the corpus: the floor of utility.
        last_passed: rows of the earlier report to compare with.
        masking: the masking policy in force, and how the types it declares are found.
    """

    tables: Mapping[str, Sequence[Row]]
    policy: PrivacyPolicy
    models: Models
    progress: Progress
    claim: Claim
    release: ReleasePolicy
    refused: str = ""
    public: Sequence[str] = ()
    last_passed: Sequence[Row] = ()
    masking: InForce = UNKNOWN


def measure(given: ReportInput) -> Report:
    """The privacy report of one release."""
    policy, claim, tables, mode = given.policy, given.claim, given.tables, given.release.mode
    evidence = Evidence(
        tables=tables, policy=policy, models=given.models, progress=given.progress, masking=given.masking
    )
    useful = _usefulness(given)
    released = evidence.passages(RELEASED.name)
    statistics: list[Statistic] = []
    for done, stage in enumerate(STAGES):
        given.progress("attacks", done, len(STAGES) + 2)
        release = Release(evidence=evidence, stage=stage.name, passages=evidence.passages(stage.name))
        outcomes = claim.judged([*run_attacks(release), *useful.outcomes(stage.name)], policy)
        judged = judge(outcomes, stage.name, policy, mode)
        statistics += above_floor(judged, policy, mode) if stage is RELEASED else judged
    statistics += _controls(evidence, released, mode)
    history = history_statistic(given.last_passed, statistics, policy, mode)
    statistics += [claim.statistic(policy, mode), history]
    given.progress("attacks", len(STAGES) + 2, len(STAGES) + 2)
    verdict = decide(statistics, len(released), mode, given.refused)
    handled = span_counts(tables[MASKED.name])
    return Report(tuple(statistics), verdict, policy, given.release, handled, claim.lines(policy), given.masking)


def _usefulness(given: ReportInput) -> Usefulness:
    raw, policy = given.tables[RAW.name], given.policy
    compared = {stage.name: given.tables[stage.name] for stage in STAGES}
    compared[RAW.name] = [row for row in raw if row["split"] == "train"]
    sizes = policy.utility_texts, policy.utility_words
    return Usefulness.of(raw, compared, given.public, given.models.encoder, *sizes, policy.confidence)


def _controls(evidence: Evidence, released: Sequence[Passage], mode: Mode) -> list[Statistic]:
    """Judge the control releases.

    Negative: real text that took no part; every test is gated, for it shows no excess in any. Positive: the release
    with raw documents of `positive_share` of the train subjects mixed in, verbatim; the gates of the mode apply.
    """
    policy, train, outsiders = evidence.policy, evidence.corpus.sides["train"], evidence.corpus.sides["control"]
    planted_subjects = math.ceil(policy.positive_share * len({p.subject for p in train}))
    mixed = (*released, *pick(train, planted_subjects))
    real = Release(evidence=evidence, stage=NEGATIVE, passages=outsiders)
    planted = Release(evidence=evidence, stage=POSITIVE, passages=mixed)
    negative = judge(run_attacks(real), NEGATIVE, policy, STRICTEST)
    positive = judge(run_attacks(planted), POSITIVE, policy, mode)
    return [
        *negative,
        control_statistic(NEGATIVE, len({p.subject for p in outsiders}), negative),
        *positive,
        control_statistic(POSITIVE, len(mixed) - len(released), positive),
    ]
