"""The training loop: Poisson batches, AdamW on the adapter, checkpoints; the same with and without DP-SGD."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.models.masked.trainable import Trainable
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
from synth_assets.adaptation.sampling import PoissonSampler
from synth_assets.records import Row

if TYPE_CHECKING:
    import torch

MICRO_BATCH = 8
"""Documents whose activations exist at one time."""


@dataclass(frozen=True)
class Trained:
    """How it went. `epsilon` and `noise_multiplier` are None without DP-SGD."""

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
        documents: masked rows of each subject that may be learned from.
        make: turns a row into an example.
        policy: see its keys.
        seed: the seed of a step. With DP-SGD it is not used: who took part must not be known to anybody.
        checkpoints: where to go on, and where to save.
        progress: told every step.

    Raises:
        DataError: no subject to learn from, or steps executed other than accounted.
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
    made = make_private(trainable.model, optimizer, policy.private, sigma, rate, policy.batch_subjects, history)
    return made, sigma


def _step(
    trainable: Trainable,
    private: PrivateOptimizer | None,
    optimizer: Any,
    examples: Sequence[Any],
    policy: AdaptationPolicy,
) -> None:
    """One step of the mean loss by the expected number of subjects; a batch that nobody entered is a step too."""
    model, takes = (private.model, private.optimizer) if private else (trainable.model, optimizer)
    takes.zero_grad()
    parts = [examples[i : i + MICRO_BATCH] for i in range(0, len(examples), MICRO_BATCH)]
    for number, part in enumerate(parts):
        total = losses(model, part, trainable.device).sum()
        if private is None:
            (total / policy.batch_subjects).backward()  # type: ignore[no-untyped-call]
            continue
        total.backward()  # type: ignore[no-untyped-call]
        if number + 1 < len(parts):  # clip and add up, take no step yet
            takes.signal_skip_step(do_skip=True)
            takes.step()
            takes.zero_grad()
    if private:
        if not parts:
            private.add_empty_batch()
        takes.signal_skip_step(do_skip=False)
    takes.step()


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
            found = {kind: state.tensors[f"{kind}/{name}"] for kind in kinds if kind != "weight"}
            optimizer.state[parameter] = {k: v if k == "step" else v.to(parameter.device) for k, v in found.items()}
