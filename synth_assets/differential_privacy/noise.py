"""Discrete Gaussian noise, drawn exactly: integers from the system's entropy, by integer arithmetic alone.

Canonne, Kamath and Steinke 2020, arXiv:2004.00010, algorithms 1 to 3. No floating point number enters, so that the low
bits of a result reveal nothing (Mironov 2012). There is no seed: a draw cannot be repeated.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
MOST_VARIANCE = 1_000_000
_DRAWN = 2**62
_LARGEST = 2**31


class Noise(Protocol):
    """What adds noise, and keeps account of what it drew."""

    def draw(self, variance: Fraction, size: int) -> Integers:
        """Independent integers, (size,)."""
        ...


@dataclass(frozen=True)
class DiscreteGaussian:
    """Noise of the discrete Gaussian distribution, p(x) proportional to exp(-x**2 / (2 variance)) on the integers.

    The distribution is exact if the entropy is. The time of a draw depends on its value: timing is not protected.

    Attributes:
        entropy: returns that many random bytes.
        drawn: variance and size of every draw so far, in order.
    """

    entropy: Callable[[int], bytes] = os.urandom
    drawn: list[tuple[Fraction, int]] = field(default_factory=list)

    def draw(self, variance: Fraction, size: int) -> Integers:
        """Independent draws, (size,).

        Raises:
            ValueError: the variance is not positive, or too large or fine for integers of 64 bits.
            ArithmeticError: a draw beyond 64 bits, which has a probability below exp(-1000).
        """
        a, b = variance.numerator, variance.denominator
        scale = isqrt(max(0, a) // b) + 1
        if not 0 < variance <= MOST_VARIANCE or 2 * a * b * scale**2 * 64 >= _DRAWN:
            raise ValueError("a variance must be positive, at most a million, and a fraction of small numbers")
        self.drawn.append((variance, size))
        result = np.empty(size, np.int64)
        missing = np.arange(size)
        while missing.size:
            drawn = self._laplace(scale, missing.size)
            large = np.abs(drawn) * (b * scale)
            if large.max() >= _LARGEST:
                raise ArithmeticError("a draw does not fit into 64 bits")
            # Accept with probability exp(-(|x| - variance / scale)**2 / (2 variance)).
            accepted = self._exp_minus((large - a) ** 2, np.full(missing.size, 2 * a * b * scale**2))
            result[missing[accepted]] = drawn[accepted]
            missing = missing[~accepted]
        return result

    def _laplace(self, scale: int, size: int) -> Integers:
        """Discrete Laplace: p(x) proportional to exp(-|x| / scale). Algorithm 2 for t = scale and s = 1."""
        result = np.empty(size, np.int64)
        missing = np.arange(size)
        while missing.size:
            scales = np.full(missing.size, scale)
            low = self._below(scales)
            fine = self._exp_minus(low, scales)
            high = self._geometric(missing.size)
            magnitude = low + scale * high
            negative = self._below(np.full(missing.size, 2)) == 1
            kept = fine & ~(negative & (magnitude == 0))
            result[missing[kept]] = np.where(negative, -magnitude, magnitude)[kept]
            missing = missing[~kept]
        return result

    def _geometric(self, size: int) -> Integers:
        """How often exp(-1) comes true before it first does not."""
        count = np.zeros(size, np.int64)
        going = np.arange(size)
        while going.size:
            ones = np.ones(going.size, np.int64)
            going = going[self._exp_minus_fraction(ones, ones)]
            count[going] += 1
        return count

    def _exp_minus(self, numerator: Integers, denominator: Integers) -> NDArray[np.bool_]:
        """True with probability exp(-numerator / denominator), for each. Algorithm 1."""
        result = self._exp_minus_fraction(numerator % denominator, denominator)
        whole = numerator // denominator
        going = np.flatnonzero(result & (whole > 0))
        while going.size:
            ones = np.ones(going.size, np.int64)
            held = self._exp_minus_fraction(ones, ones)
            result[going[~held]] = False
            whole[going] -= 1
            going = going[held & (whole[going] > 0)]
        return result

    def _exp_minus_fraction(self, numerator: Integers, denominator: Integers) -> NDArray[np.bool_]:
        """As `_exp_minus` for fractions in [0, 1]: true where the first failure of n / (d k), k = 1, 2, ... is odd."""
        result = np.zeros(len(numerator), np.bool_)
        going = np.arange(len(numerator))
        k = 1
        while going.size:
            held = self._below(denominator[going] * k) < numerator[going]
            result[going[~held]] = k % 2 == 1
            going = going[held]
            k += 1
        return result

    def _below(self, bounds: Integers) -> Integers:
        """Uniform integers in [0, bound), exactly: numbers of 62 bits that would favor some values are drawn again."""
        result = np.empty(len(bounds), np.int64)
        missing = np.arange(len(bounds))
        while missing.size:
            raw = np.frombuffer(self.entropy(8 * missing.size), np.uint64)
            number = (raw >> np.uint64(2)).astype(np.int64)
            bound = bounds[missing]
            fair = number < _DRAWN // bound * bound
            result[missing[fair]] = (number % bound)[fair]
            missing = missing[~fair]
        return result
