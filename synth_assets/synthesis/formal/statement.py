"""What a draw of formal synthesis guarantees, said before it is made."""

from collections.abc import Sequence

from synth_assets.differential_privacy.ledger import Choice, Guarantee
from synth_assets.differential_privacy.shifts import rho_of_shifts
from synth_assets.synthesis.formal.mechanism import planned
from synth_assets.synthesis.formal.policy import FormalPolicy

_CHOICES = (
    Choice(what="concepts, words and candidates that are kept: from noisy counts", paid=True),
    Choice(what="labels, vocabulary, number and length of documents, thresholds: from the policy", paid=True),
    Choice(what="keywords of a sketch, texts, variations, clusters: from released values and public models", paid=True),
)
BYPASSES = (
    "counts of documents, subjects and rejections in metadata, in manifests and in the privacy report",
    "whether the gates let a version pass, and when: they compare it with the private documents",
    "whoever wrote the policy or the forms after reading the documents",
    "documents about a person that the source files under another subject",
    "what one record can do to the reading of a whole file: its encoding, or an error",
    "the time that a run takes",
)
CANARIES = "canaries made of words of the corpus (corpus.canary_source), which vote"


def guarantee_of(policy: FormalPolicy, code_version: str, bypasses: Sequence[str] = ()) -> Guarantee:
    """The guarantee of one draw.

    Args:
        policy: of the draw.
        code_version: digest of the code that draws.
        bypasses: what else passes the mechanism, such as `CANARIES`.
    """
    plan = planned(policy)
    forms, concepts, words, *votes = plan
    return Guarantee(
        unit="user",
        adjacency="add_remove",
        trust_model="central",
        mechanism=f"discrete Gaussian noise on counts: forms of text (variance {forms.variance:g}), label x concept "
        f"({concepts.variance:g}), label x word ({words.variance:g}), {len(votes)} vote(s) for candidates "
        f"({votes[0].variance:g}); a public model writes from what is above a threshold",
        sensitivity=max(shift.coordinates for shift in plan) ** 0.5,
        clip_bound=max(shift.coordinates for shift in plan) ** 0.5,
        clip_bound_origin=f"the policy: one document of each subject; one form, {concepts.coordinates} concepts, "
        f"{words.coordinates} words and one candidate for each vote; checked at every count",
        sampling_accounted="full",
        sampling_executed="full",
        compositions=len(plan),
        fixed_in_advance=True,
        accountant="synth_assets.differential_privacy.shifts: distribution of the privacy loss, rounded up; epsilon is "
        "at most 1e-4 too large, and not too small",
        rho=rho_of_shifts(plan),
        shifts=plan,
        delta=policy.delta,
        choices=_CHOICES,
        bypasses=(*BYPASSES, *bypasses),
        rng="os.urandom, exact integer arithmetic: no seed, no second draw",
        group_size=1,
        one_partition=True,
        pretraining="unknown: the public models may have read the corpus, if it was ever public",
        code_version=code_version,
    )
