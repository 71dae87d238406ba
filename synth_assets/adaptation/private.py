"""DP-SGD with Opacus: clipped per-subject gradients, Gaussian noise, and the epsilon of the executed steps.

Abadi et al. (2016), accounted by numerical composition of privacy random variables (Gopi, Lee and Wutschitz 2021).
The optimizer reports every step it takes to the accountant; at the end, the reported steps must equal the planned ones.
"""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.errors import DataError, MachineError
from synth_assets.adaptation.policy import PrivateTraining

if TYPE_CHECKING:
    import torch

ACCOUNTANT = "prv"
History = list[tuple[float, float, int]]
"""Noise multiplier, sampling rate, number of steps."""


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

    def epsilon(self, delta: float) -> float:
        """Epsilon of the steps executed so far, at `delta`."""
        return float(self.accountant.get_epsilon(delta=delta))


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
