"""Policies that name a mode of the release; the mode rewritten with the permission that it needs."""

from synth_assets.modes import Mode, ReleasePolicy

PERMISSION = {"reason": "a test", "author": "a.tester", "expires": "2999-01-01"}
REWRITTEN = "release: {mode: rewritten, rewritten: {reason: a test, author: a.tester, expires: 2999-01-01}}\n"
"""For a policy.yaml."""


def released_in(mode: Mode) -> ReleasePolicy:
    """The section of a policy, valid for a mode."""
    permission = {"rewritten": PERMISSION} if mode == "rewritten" else {}
    return ReleasePolicy.parse({"mode": mode, **permission}, "release")
