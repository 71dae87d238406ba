"""Errors that say what is at fault: the data, the policy, or the machine.

A message never contains a value from a document: it states counts, keys, columns and what to do.
"""


class SynthAssetsError(Exception):
    """Base class of all errors that this project raises deliberately."""


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
