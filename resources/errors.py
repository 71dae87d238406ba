"""Errors that say whose fault it is: the data, the policy, or the machine.

No message may carry a value from a document: state counts, keys, columns and what to do.
"""


class SynthAssetsError(Exception):
    """Base of every error raised on purpose."""


class DataError(SynthAssetsError, ValueError):
    """The input is at fault: a file, a column, an encoding."""


class PolicyError(SynthAssetsError, ValueError):
    """The configuration is at fault: a policy, a suite, a registry entry."""


class MachineError(SynthAssetsError, RuntimeError):
    """The machine is at fault: a missing package, an unreachable endpoint, a full disk."""


class UnpublishedError(SynthAssetsError, LookupError):
    """A reader asked for a partition that has no published, valid version."""


class IntegrityError(SynthAssetsError):
    """Stored bytes or a signature do not match what was written."""
