"""The training loop: Poisson-sampled batches, AdamW on the adapter, checkpoints; the same with and without DP-SGD."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from resources.errors import DataError
from resources.models.engines.masked.trainable import Trainable
from resources.progress import Progress
from synth_assets.adaptation.checkpoints import Checkpoints, State
from synth_assets.adaptation.objectives import Maker, losses
from synth_assets.adaptation.policy import AdaptationPolicy
from synth_assets.adaptation.private import (
    History,
    PrivateOptimizer,
    assert_executed,
    make_private,
    noise_multiplier,
)
from synth_assets.records import Row

if TYPE_CHECKING:
    import torch

MICRO_BATCH = 8
"""Documents whose activations are in memory at the same time."""

T = TypeVar("T")


class PoissonSampler(Generic[T]):
    """Poisson sampling of subjects, as the accountant assumes.

    Every subject takes part in a step independently with the same probability `rate` and contributes one document, so
    the unit of privacy is one subject.

    Args:
        documents: the documents of each subject.
        batch_subjects: expected number of subjects per step.
    """

    def __init__(self, documents: Mapping[str, Sequence[T]], batch_subjects: int) -> None:
        if not documents:
            raise DataError("no subject is left to learn from")
        self._documents = {subject: list(documents[subject]) for subject in sorted(documents)}
        self.rate = min(1.0, batch_subjects / len(documents))

    def draw(self, rng: random.Random) -> list[T]:
        """One document of each subject that takes part; may be empty."""
        return [rng.choice(documents) for documents in self._documents.values() if rng.random() < self.rate]


@dataclass(frozen=True)
class Trained:
    """The course of a training. `epsilon` and `noise_multiplier` are None without DP-SGD."""

    steps: int
    resumed_at: int
    rate: float
    epsilon: float | None
    noise_multiplier: float | None


def train(
    trainable: Trainable,
    documents: Mapping[str, Sequence[Row]],
    make: Maker,
    policy: AdaptationPolicy,
    seed: Callable[[int], int],
    checkpoints: Checkpoints,
    progress: Progress,
) -> Trained:
    """Train the adapter in place.

    Args:
        trainable: the model.
        documents: masked rows to learn from, by subject.
        make: makes an example of a row.
        policy: settings of the training.
        seed: the seed of a step. Not used with DP-SGD, where nobody may know who took part.
        checkpoints: where the training resumes, and where it is saved.
        progress: called after every step.

    Raises:
        DataError: there is no subject to learn from, or the executed steps are not the accounted ones.
    """
    import torch

    sampler = PoissonSampler(documents, policy.batch_subjects)
    opened = [(name, p) for name, p in trainable.model.named_parameters() if p.requires_grad]
    optimizer: Any = torch.optim.AdamW([p for _, p in opened], lr=policy.learning_rate, weight_decay=0.0)
    state = checkpoints.load()
    if state:
        _restore(opened, optimizer, state)
    trainable.model.train()
    private, sigma = _private(trainable, optimizer, policy, sampler.rate, state.history if state else [])
    begin = state.step if state else 0
    for step in range(begin, policy.steps):
        rng = random.Random(secrets.randbits(128) if private else seed(step))
        torch.manual_seed(rng.getrandbits(63))  # dropout
        _step(trainable, private, optimizer, [make(row, policy.tokens, rng) for row in sampler.draw(rng)], policy)
        progress("adaptation", step + 1, policy.steps)
        if (step + 1) % policy.checkpoint_every == 0 and step + 1 < policy.steps:
            checkpoints.save(_state(step + 1, opened, optimizer, private.history if private else []))
    trainable.model.eval()
    if private is None or policy.private is None:
        return Trained(policy.steps, begin, sampler.rate, None, None)
    private.model.remove_hooks()  # type: ignore[operator]
    assert_executed(private.history, sigma, sampler.rate, policy.steps)
    return Trained(policy.steps, begin, sampler.rate, private.epsilon(policy.private.delta), sigma)


def _private(
    trainable: Trainable, optimizer: Any, policy: AdaptationPolicy, rate: float, history: History
) -> tuple[PrivateOptimizer | None, float]:
    if policy.private is None:
        return None, 0.0
    sigma = history[0][0] if history else noise_multiplier(policy.private, rate, policy.steps)
    model = trainable.model
    return make_private(model, optimizer, policy.private, sigma, rate, policy.batch_subjects, history), sigma


def _step(
    trainable: Trainable,
    private: PrivateOptimizer | None,
    optimizer: Any,
    examples: Sequence[Any],
    policy: AdaptationPolicy,
) -> None:
    """One step on the loss divided by the expected number of subjects; an empty batch is a step, too."""
    model, stepper = (private.model, private.optimizer) if private else (trainable.model, optimizer)
    stepper.zero_grad()
    parts = [examples[i : i + MICRO_BATCH] for i in range(0, len(examples), MICRO_BATCH)]
    for number, part in enumerate(parts):
        total = losses(model, part, trainable.device).sum()
        if private is None:
            (total / policy.batch_subjects).backward()  # type: ignore[no-untyped-call]
            continue
        total.backward()  # type: ignore[no-untyped-call]
        if number + 1 < len(parts):  # clip and accumulate, without a step
            stepper.signal_skip_step(do_skip=True)
            stepper.step()
            stepper.zero_grad()
    if private:
        if not parts:
            private.add_empty_batch()
        stepper.signal_skip_step(do_skip=False)
    stepper.step()


def _state(step: int, opened: "Sequence[tuple[str, torch.Tensor]]", optimizer: Any, history: History) -> State:
    tensors = {f"weight/{name}": parameter.detach() for name, parameter in opened}
    for name, parameter in opened:
        tensors |= {f"{kind}/{name}": value for kind, value in optimizer.state[parameter].items()}
    return State(step, tensors, history)


def _restore(opened: "Sequence[tuple[str, torch.Tensor]]", optimizer: Any, state: State) -> None:
    import torch

    with torch.no_grad():
        for name, parameter in opened:
            parameter.copy_(state.tensors[f"weight/{name}"])
            kinds = [key.partition("/")[0] for key in state.tensors if key.endswith(f"/{name}")]
            optimizer.state[parameter] = {
                kind: state.tensors[f"{kind}/{name}"].to("cpu" if kind == "step" else parameter.device)
                for kind in kinds
                if kind != "weight"
            }
