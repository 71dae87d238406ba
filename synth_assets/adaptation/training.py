"""The training loop: Poisson-sampled batches, AdamW on the adapter, checkpoints, and DP-SGD with Opacus.

DP-SGD (Abadi et al. 2016) clips the gradient of each subject and adds Gaussian noise. The epsilon of the executed steps
is accounted by numerical composition of privacy random variables (Gopi, Lee and Wutschitz 2021): the optimizer reports
every step it takes, and at the end the reported steps must equal the planned ones.

A checkpoint holds adapter and optimizer state as safetensors, encrypted with the home's keys. It is read only by a
training with the same fingerprint of data, settings and code.
"""

import json
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from resources.errors import DataError, IntegrityError, MachineError
from resources.folders import private_folder
from resources.keys import Keys
from resources.models.engines.masked.trainable import Trainable
from resources.progress import Progress
from synth_assets.adaptation.objectives import Maker, losses
from synth_assets.adaptation.policy import AdaptationPolicy, PrivateTraining
from synth_assets.records import Row

if TYPE_CHECKING:
    import torch

MICRO_BATCH = 8
"""Documents whose activations are in memory at the same time."""
ACCOUNTANT = "prv"
_META = "synth_assets"

T = TypeVar("T")
History = list[tuple[float, float, int]]
"""Noise multiplier, sampling rate, number of steps."""


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
class State:
    """The content of a checkpoint: the number of steps taken, tensors by name, the accountant's history."""

    step: int
    tensors: "dict[str, torch.Tensor]"
    history: History


class Checkpoints:
    """One checkpoint file, replaced atomically.

    Args:
        path: the file.
        keys: keys that encrypt it, because weights may hold parts of the text they were learned from.
        fingerprint: fingerprint of everything that shapes the training.
    """

    def __init__(self, path: Path, keys: Keys, fingerprint: str) -> None:
        self._path = path
        self._keys = keys
        self._fingerprint = fingerprint

    def save(self, state: State) -> None:
        """Write a new file, then replace the old one."""
        from safetensors.torch import save

        meta = json.dumps({"step": state.step, "history": state.history, "fingerprint": self._fingerprint})
        body = save({name: tensor.contiguous().cpu() for name, tensor in state.tensors.items()}, {_META: meta})
        private_folder(self._path.parent)
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(self._keys.encrypt(body))
        fresh.replace(self._path)

    def load(self) -> State | None:
        """The last state; None if there is none, or if another training or another key wrote it."""
        from safetensors.torch import load

        if not self._path.is_file():
            return None
        try:
            body = self._keys.decrypt(self._path.read_bytes())
        except IntegrityError:
            return None
        meta = json.loads(json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])["__metadata__"][_META])
        if meta["fingerprint"] != self._fingerprint:
            return None
        history = [(float(noise), float(rate), int(steps)) for noise, rate, steps in meta["history"]]
        return State(int(meta["step"]), load(body), history)

    def remove(self) -> None:
        """Delete the file; called when the adapter is written."""
        self._path.unlink(missing_ok=True)


@dataclass(frozen=True)
class PrivateOptimizer:
    """A model and an optimizer with per-subject gradients, and the accountant of the steps."""

    model: "torch.nn.Module"
    optimizer: Any
    accountant: Any

    @property
    def history(self) -> History:
        """The steps executed so far."""
        return [(float(noise), float(rate), int(steps)) for noise, rate, steps in self.accountant.history]

    def add_empty_batch(self) -> None:
        """Prepare a step without subjects: it adds noise only, and counts."""
        for parameter in self.optimizer.params:
            parameter.grad_sample = parameter.new_zeros((0, *parameter.shape))


def noise_multiplier(policy: PrivateTraining, rate: float, steps: int) -> float:
    """The least noise, in units of the clipping norm, that stays within the budget."""
    from opacus.accountants.utils import get_noise_multiplier

    sigma = get_noise_multiplier(
        target_epsilon=policy.epsilon, target_delta=policy.delta, sample_rate=rate, steps=steps, accountant=ACCOUNTANT
    )
    return float(sigma)


def make_private(
    model: "torch.nn.Module",
    optimizer: "torch.optim.Optimizer",
    policy: PrivateTraining,
    sigma: float,
    rate: float,
    batch_subjects: int,
    history: History,
) -> PrivateOptimizer:
    """Wrap model and optimizer for DP-SGD.

    The noise comes from torch's generator, seeded from the operating system's entropy; the seed is never stored. The
    generator is not cryptographic, and floating-point noise is not exactly Gaussian (Mironov 2012).

    Raises:
        MachineError: opacus is not installed.
    """
    try:
        from opacus.accountants import create_accountant
        from opacus.grad_sample import GradSampleModule
        from opacus.optimizers import DPOptimizer
    except ImportError:
        raise MachineError("DP-SGD needs opacus: pip install 'synth-assets[adaptation]'") from None
    import torch

    device = next(model.parameters()).device
    noise = torch.Generator(device=device)
    noise.manual_seed(secrets.randbits(63))
    wrapped = GradSampleModule(model, batch_first=True, loss_reduction="sum", strict=False)
    private = DPOptimizer(
        optimizer,
        noise_multiplier=sigma,
        max_grad_norm=policy.max_grad_norm,
        expected_batch_size=batch_subjects,
        loss_reduction="mean",  # the clipped sum is divided by the expected, not the drawn number of subjects
        generator=noise,
    )
    accountant = create_accountant(mechanism=ACCOUNTANT)
    accountant.history = [tuple(entry) for entry in history]
    private.attach_step_hook(accountant.get_optimizer_hook_fn(rate))
    return PrivateOptimizer(wrapped, private, accountant)


def assert_executed(history: History, sigma: float, rate: float, steps: int) -> None:
    """Raise DataError if the executed steps are not those that were accounted for."""
    if history != [(sigma, rate, steps)]:
        raise DataError(f"training took {history}, but ({sigma}, {rate}, {steps}) was accounted for; nothing is kept")


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
    return Trained(
        policy.steps, begin, sampler.rate, float(private.accountant.get_epsilon(delta=policy.private.delta)), sigma
    )


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
