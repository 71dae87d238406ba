"""Run every attack on every stage and on the two control releases, and judge what they counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resources.models.protocols import Models, SentenceEncoder
from resources.progress import Progress
from synth_assets.privacy.attacks.canaries import OwnWindows, canaries, own_windows
from synth_assets.privacy.attacks.echo import CanaryPairs, echo
from synth_assets.privacy.attacks.identifier_replay import identifier_replay, replayed_values
from synth_assets.privacy.attacks.nearest_neighbors import Votes, distance_votes, nearest_neighbors
from synth_assets.privacy.attacks.verbatim_windows import RawWords, raw_words, verbatim_windows
from synth_assets.privacy.controls import NEGATIVE, POSITIVE, control_statistic, positive_release, strictest
from synth_assets.privacy.identifiers import Identifiers, unique_identifiers
from synth_assets.privacy.judge import Setting, judge
from synth_assets.privacy.outcome import Counted, Outcome, Statistic
from synth_assets.privacy.passages import RELEASED_STAGE, Corpus, Passage, pick, split_raw, stage_passages
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.report import Report
from synth_assets.privacy.tokens import tokenize
from synth_assets.privacy.verdict import decide
from synth_assets.records import Row


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the attacker is assumed to know: the raw corpus, its words and identifiers, its canaries."""

    corpus: Corpus
    words: RawWords
    canaries: OwnWindows
    pairs: CanaryPairs
    identifiers: Identifiers
    policy: PrivacyPolicy


def measure(
    raw: Sequence[Row],
    masked: Sequence[Row],
    augmented: Sequence[Row],
    instructions: Sequence[Row],
    policy: PrivacyPolicy,
    models: Models,
    progress: Progress,
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
    """
    stages = {"masked_corpus": masked, "augmented_corpus": augmented, RELEASED_STAGE: instructions}
    passages = {stage: stage_passages(stage, rows) for stage, rows in stages.items()}
    evidence = gather(raw, policy, models, progress)
    distances = Distances.of(evidence.corpus, policy, models.encoder)
    statistics: list[Statistic] = []
    texts = {"raw_corpus": evidence.corpus.entered, **passages}
    for done, (stage, released) in enumerate(texts.items()):
        progress("attacks", done, len(texts) + 2)
        outcomes = [*attack(evidence, released), *distances.outcomes(released, policy)]
        setting = Setting(stage, judged=stage != "raw_corpus", blocking=stage == RELEASED_STAGE)
        statistics += judge(outcomes, setting, policy)
    statistics += _controls(evidence, passages[RELEASED_STAGE], distances)
    progress("attacks", len(texts) + 2, len(texts) + 2)
    verdict = decide(statistics, len(passages[RELEASED_STAGE]), policy)
    return Report(tuple(statistics), verdict, policy)


def gather(raw: Sequence[Row], policy: PrivacyPolicy, models: Models, progress: Progress) -> Evidence:
    """Prepare once what every attack needs of the raw corpus."""
    corpus = split_raw(raw)
    stream = tokenize([p.text for p in corpus.passages])
    found = unique_identifiers(corpus, stream, models.recognizer, policy.min_digits, progress)
    own = own_windows(corpus, stream, policy.canary_words)
    return Evidence(corpus, raw_words(corpus, stream, policy), own, CanaryPairs.of(corpus), found, policy)


def attack(evidence: Evidence, released: Sequence[Passage]) -> list[Counted]:
    """All attacks that read words."""
    release, policy = tokenize([p.text for p in released]), evidence.policy
    replayed = replayed_values(evidence.identifiers, release)
    return [
        *identifier_replay(evidence.identifiers, replayed, policy),
        *verbatim_windows(evidence.words, evidence.identifiers, release, policy),
        *canaries(evidence.canaries, evidence.identifiers, replayed, release, policy),
        *echo(evidence.pairs, release, policy),
    ]


def _controls(evidence: Evidence, released: Sequence[Passage], distances: "Distances") -> list[Statistic]:
    corpus, policy = evidence.corpus, evidence.policy
    strict = strictest(policy)
    outsiders = corpus.sides["control"]
    # a control release holds no canary, and canaries say nothing about false alarms in real text
    quiet = [o for o in attack(evidence, outsiders) if o.test not in ("canaries", "audit")]
    quiet += nearest_neighbors(distances.negative, distances.negative, policy)
    negative = judge(quiet, Setting(NEGATIVE, judged=True, blocking=False), strict)
    mixed = positive_release(corpus, released, policy)
    positive = judge(attack(evidence, mixed), Setting(POSITIVE, judged=True, blocking=False), policy)
    return [
        *negative,
        control_statistic(NEGATIVE, len({p.subject for p in outsiders}), negative),
        *positive,
        control_statistic(POSITIVE, len(mixed) - len(released), positive),
    ]


@dataclass(frozen=True, eq=False)
class Distances:
    """Equal-sized embedded sides, and the votes of the control split as the null to look at."""

    encoder: SentenceEncoder
    train: Sequence[Passage]
    holdout: Sequence[Passage]
    negative: Mapping[str, Votes]

    @classmethod
    def of(cls, corpus: Corpus, policy: PrivacyPolicy, encoder: SentenceEncoder) -> "Distances":
        sides = [pick(corpus.sides[side], policy.neighbor_sample) for side in ("train", "holdout")]
        size = min(map(len, sides))
        train, holdout = (side[:size] for side in sides)
        outsiders = pick(corpus.sides["control"], policy.neighbor_sample)
        return cls(encoder, train, holdout, _votes(outsiders, train, holdout, policy, encoder))

    def outcomes(self, released: Sequence[Passage], policy: PrivacyPolicy) -> list[Outcome]:
        """Votes of one passage a subject, first of all those whose subjects are on the embedded train side."""
        longest: dict[str, Passage] = {}
        for passage in released:
            known = longest.get(passage.id)
            if not passage.canary and (known is None or len(passage.text) > len(known.text)):
                longest[passage.id] = passage
        present = frozenset(p.subject for p in self.train)
        chosen = pick(list(longest.values()), policy.neighbor_sample, present)
        votes = _votes(chosen, self.train, self.holdout, policy, self.encoder)
        return nearest_neighbors(votes, self.negative, policy)


def _votes(
    released: Sequence[Passage],
    train: Sequence[Passage],
    holdout: Sequence[Passage],
    policy: PrivacyPolicy,
    encoder: SentenceEncoder,
) -> Mapping[str, Votes]:
    vectors = (encoder.encode(_heads(side, policy.neighbor_words)) for side in (released, train, holdout))
    return distance_votes(*vectors)


def _heads(passages: Sequence[Passage], words: int) -> list[str]:
    return [" ".join(p.text.split()[:words]) for p in passages]
