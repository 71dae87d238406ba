"""Run every attack on every stage and on the two control releases, and judge what they counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from resources.models.protocols import Models
from resources.progress import Progress
from synth_assets.privacy.attacks.copies.damaged_identifiers import Parts, altered
from synth_assets.privacy.attacks.copies.identifier_replay import identifier_replay, replayed_values
from synth_assets.privacy.attacks.copies.near_copies import NearCopies
from synth_assets.privacy.attacks.copies.verbatim_windows import RawWords, raw_words, verbatim_windows
from synth_assets.privacy.attacks.masking.surrogates import surrogate_attacks
from synth_assets.privacy.attacks.membership.canaries import OwnWindows, canaries, own_windows
from synth_assets.privacy.attacks.membership.echo import CanaryPairs, echo
from synth_assets.privacy.attacks.membership.embedded import Embedded
from synth_assets.privacy.attacks.persons.quasi_identifiers import QuasiIdentifiers
from synth_assets.privacy.evidence.identifiers import Identifiers, unique_identifiers
from synth_assets.privacy.evidence.passages import RELEASED_STAGE, Corpus, Passage, split_raw, stage_passages
from synth_assets.privacy.evidence.tokens import tokenize
from synth_assets.privacy.page.hipaa import span_counts
from synth_assets.privacy.page.report import Report
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Counted, Statistic
from synth_assets.privacy.utility.usefulness import Usefulness
from synth_assets.privacy.verdict.claim import Claim
from synth_assets.privacy.verdict.controls import NEGATIVE, POSITIVE, control_statistic, positive_release, strictest
from synth_assets.privacy.verdict.decide import decide
from synth_assets.privacy.verdict.history import history_statistic
from synth_assets.privacy.verdict.judge import Setting, judge
from synth_assets.records import UNKNOWN, InForce, Row


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the attacker is assumed to know: the raw corpus, its words and identifiers, its canaries."""

    corpus: Corpus
    words: RawWords
    canaries: OwnWindows
    pairs: CanaryPairs
    identifiers: Identifiers
    parts: Parts
    copies: NearCopies
    policy: PrivacyPolicy


def measure(
    raw: Sequence[Row],
    masked: Sequence[Row],
    augmented: Sequence[Row],
    instructions: Sequence[Row],
    policy: PrivacyPolicy,
    models: Models,
    progress: Progress,
    claim: Claim,
    public: Sequence[str] = (),
    before: Sequence[Row] = (),
    masking: InForce = UNKNOWN,
) -> Report:
    """The privacy report of one release.

    Args:
        raw: all RAW_CORPUS rows: splits train, holdout, control and canary_out.
        masked: MASKED_CORPUS rows.
        augmented: AUGMENTED_CORPUS rows.
        instructions: INSTRUCTION_SET rows: the stage that is released, whose gates block.
        policy: thresholds (proposals) and sizes.
        models: `recognizer` finds names, `encoder` measures distances.
        progress: told how far the work is.
        claim: what is claimed of epsilon, with the ledger of the source.
        public: text that never saw the corpus: the floor of utility.
        before: rows of an earlier report to compare with.
        masking: what the masking policy in force does, and how the types it declares are found.
    """
    stages = {"masked_corpus": masked, "augmented_corpus": augmented, RELEASED_STAGE: instructions}
    passages = {stage: stage_passages(stage, rows) for stage, rows in stages.items()}
    evidence = gather(raw, masked, policy, models, progress, masking)
    embedded = Embedded.of(evidence.corpus, policy, models.encoder)
    quasi = QuasiIdentifiers.of(
        evidence.corpus, evidence.identifiers, passages["masked_corpus"], models.recognizer, policy
    )
    entered = [row for row in raw if row["split"] == "train"]
    useful = Usefulness.of(
        raw, {"raw_corpus": entered, **stages}, public, models.encoder, policy.utility_texts, policy.utility_words
    )
    statistics: list[Statistic] = []
    texts = {"raw_corpus": evidence.corpus.entered, **passages}
    for done, (stage, released) in enumerate(texts.items()):
        progress("attacks", done, len(texts) + 2)
        outcomes = claim.judged(
            [
                *attack(evidence, released),
                *embedded.outcomes(released),
                *quasi.outcomes(stage, released),
                *useful.outcomes(stage),
            ],
            policy,
        )
        if stage == RELEASED_STAGE:  # what the masking stage made goes out with it
            outcomes += surrogate_attacks(raw, masked, evidence.identifiers, models.masked_lm, policy)
        setting = Setting(stage, judged=stage != "raw_corpus", blocking=stage == RELEASED_STAGE)
        statistics += judge(outcomes, setting, policy)
    statistics += _controls(evidence, passages[RELEASED_STAGE], embedded, quasi)
    statistics += [claim.statistic(policy), history_statistic(before, statistics, policy)]
    progress("attacks", len(texts) + 2, len(texts) + 2)
    verdict = decide(statistics, len(passages[RELEASED_STAGE]), policy)
    return Report(tuple(statistics), verdict, policy, span_counts(masked), claim.lines(policy), masking)


def gather(
    raw: Sequence[Row],
    masked: Sequence[Row],
    policy: PrivacyPolicy,
    models: Models,
    progress: Progress,
    masking: InForce = UNKNOWN,
) -> Evidence:
    """Prepare once what every attack needs of the raw corpus, and of what masking changed in it."""
    corpus = split_raw(raw)
    stream = tokenize([p.text for p in corpus.passages])
    found = unique_identifiers(corpus, stream, models.recognizer, policy.min_digits, progress, masking)
    return Evidence(
        corpus,
        raw_words(corpus, stream, masked, policy),
        own_windows(corpus, stream, policy.canary_words),
        CanaryPairs.of(corpus),
        found,
        Parts.of(found, corpus, stream),
        NearCopies.of(corpus, policy, policy.near_copy_similarity, policy.near_copy_edits),
        policy,
    )


def attack(evidence: Evidence, released: Sequence[Passage]) -> list[Counted]:
    """All attacks that read words."""
    release, policy = tokenize([p.text for p in released]), evidence.policy
    replay = replayed_values(evidence.identifiers, release)
    return [
        *identifier_replay(evidence.identifiers, replay, release, [p.id for p in released], policy),
        evidence.parts.outcome(release),
        altered(evidence.identifiers, release),
        *verbatim_windows(evidence.words, evidence.identifiers, release, policy),
        *evidence.copies.outcomes(released),
        *canaries(evidence.canaries, evidence.identifiers, replay.met, release, policy),
        *echo(evidence.pairs, release, policy),
    ]


def _controls(
    evidence: Evidence, released: Sequence[Passage], embedded: Embedded, quasi: QuasiIdentifiers
) -> list[Statistic]:
    corpus, policy = evidence.corpus, evidence.policy
    outsiders = corpus.sides["control"]
    # a control release holds no canary, and canaries say nothing about false alarms in real text
    posing = (*attack(evidence, outsiders), *embedded.negative(), *quasi.negative(outsiders))
    quiet = [o for o in posing if not _on_canaries(o)]
    negative = judge(quiet, Setting(NEGATIVE, judged=True, blocking=False), strictest(policy))
    mixed = positive_release(corpus, released, policy)
    positive = judge(attack(evidence, mixed), Setting(POSITIVE, judged=True, blocking=False), policy)
    return [
        *negative,
        control_statistic(NEGATIVE, len({p.subject for p in outsiders}), negative),
        *positive,
        control_statistic(POSITIVE, len(mixed) - len(released), positive),
    ]


def _on_canaries(counted: Counted) -> bool:
    return counted.test == "canaries" or counted.slice.startswith("canaries")
