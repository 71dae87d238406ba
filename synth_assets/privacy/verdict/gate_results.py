"""What each gate says of a release, from the statistics that answer its question. The verdict itself: `verdict`."""

from collections.abc import Sequence
from dataclasses import dataclass

from synth_assets.privacy.evidence.passages import RELEASED_STAGE
from synth_assets.privacy.gates import GateName, gate_about, gate_of, packaged_gates
from synth_assets.privacy.policy import PrivacyPolicy
from synth_assets.privacy.results import Statistic, Status

_ORDER: tuple[Status, ...] = ("FAIL", "UNAVAILABLE", "PASS")


@dataclass(frozen=True)
class GateResult:
    """One gate: its question, the worst status of its blocking statistics (INFO: none blocks), and why in words."""

    name: GateName
    title: str
    asks: str
    status: Status
    sentence: str
    statistics: tuple[str, ...]

    @property
    def blocking(self) -> bool:
        """Whether a bad answer keeps the release from going out."""
        return self.status != "INFO"


def gate_results(statistics: Sequence[Statistic], policy: PrivacyPolicy) -> list[GateResult]:
    """One result a gate, in the order of `gates.yaml`; statistics of the released stage and the two control releases.

    In the profile where nothing of a gate blocks, its result is INFO: measured and stated.
    """
    asked = [s for s in statistics if s.stage == RELEASED_STAGE or s.test == "control_release"]
    results = []
    for name, gate in packaged_gates().items():
        about = [s for s in asked if _answers(s, name, policy)]
        blocking = [s for s in about if s.blocking]
        status: Status = next((status for status in _ORDER if any(s.status == status for s in blocking)), "INFO")
        sentence = _sentence(status, blocking, len(about))
        results.append(GateResult(name, gate.title, gate.asks, status, sentence, tuple(s.id for s in about)))
    return results


def _answers(statistic: Statistic, gate: GateName, policy: PrivacyPolicy) -> bool:
    blocked = gate_of(statistic.test, statistic.slice, policy.profile, policy.gates)
    return gate == (blocked or gate_about(statistic.test, statistic.slice))


def _sentence(status: Status, blocking: Sequence[Statistic], measured: int) -> str:
    if status == "INFO":
        return f"{measured} statistics are measured and stated; none blocks in this profile."
    bad = [s for s in blocking if s.status == status and status != "PASS"]
    if bad:
        return f"{len(bad)} of {len(blocking)} blocking statistics: {bad[0].sentence}"
    return f"{len(blocking)} blocking statistics pass, {measured - len(blocking)} more are stated."
