"""What formal synthesis claims, what audits find of it, and how long its noise takes. Reads no corpus.

    python benchmarks/formal_epsilon.py [--epsilons 1,2,4,8]

A line for each epsilon: the variances of the three counts, mu, epsilon at the delta of the ledger and for one person
exchanged for another, that of zCDP; then the one-run audit (5,000 canaries, median of five runs) of the honest code and
of planted lies; then mu as 20,000 runs with and without one document show it. Prints JSON lines.
"""

import json
import math
import time
from fractions import Fraction
from statistics import median
from typing import Annotated

import typer

from synth_assets.differential_privacy.accounting import epsilon_of_rho
from synth_assets.differential_privacy.noise import DiscreteGaussian
from synth_assets.differential_privacy.shifts import epsilon_of_shifts, replaced, rho_of_shifts
from synth_assets.synthesis.formal.mechanism import planned
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets_tests.synthesis.formal.audits import (
    honest,
    many_runs,
    one_run,
    root_of_m_forgotten,
    split_not_paid,
)

LEDGER_DELTA = 1e-6


def claim(epsilon: float) -> dict[str, object]:
    """What a policy with this epsilon claims."""
    settings = FormalPolicy(epsilon=epsilon)
    plan = planned(settings)
    return {
        "variances": [round(shift.variance, 2) for shift in plan],
        "mu": round(math.sqrt(2 * rho_of_shifts(plan)), 4),
        "epsilon": round(epsilon_of_shifts(plan, settings.delta), 3),
        "zcdp": round(epsilon_of_rho(rho_of_shifts(plan), settings.delta), 2),
        "at_ledger_delta": round(epsilon_of_shifts(plan, LEDGER_DELTA), 2),
        "person_exchanged": round(epsilon_of_shifts(replaced(plan), settings.delta), 2),
    }


def main(epsilons: Annotated[str, typer.Option(help="Epsilons, separated by commas")] = "1,2,4,8") -> None:
    """Print what is claimed and what is found."""
    for epsilon in map(float, epsilons.split(",")):
        print(json.dumps({"claim": epsilon, **claim(epsilon)}), flush=True)
    for epsilon in (1.0, 4.0):
        for lie in (honest, split_not_paid, root_of_m_forgotten):
            found = [one_run(lie, epsilon, seed) for seed in range(1, 6)]
            line = {"audit": epsilon, "code": lie.__name__, "median": round(median(found), 2)}
            print(json.dumps({**line, "runs": [round(value, 2) for value in found]}), flush=True)
    for lie in (honest, split_not_paid, root_of_m_forgotten):
        print(json.dumps({"many_runs": lie.__name__, "mu": round(many_runs(lie(planned(FormalPolicy())), 1), 3)}))
    began = time.process_time()
    DiscreteGaussian().draw(Fraction(21), 40_000)
    print(json.dumps({"draws": 40_000, "cpu_seconds": round(time.process_time() - began, 2)}))


if __name__ == "__main__":
    typer.run(main)
