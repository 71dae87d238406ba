"""The modes of a release: how its text is made, and what may be said of it.

The policy chooses the mode; stages, report, page, card and manifest name it with the sentence that stands here.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from resources.config import StrictModel

Mode = Literal["synthesized", "formal", "rewritten"]

MODES: Mapping[Mode, str] = {
    "synthesized": "passages are written from k-anonymous prompts, and no epsilon is claimed",
    "formal": "passages are written from differentially private statistics of the corpus, and the ledger states the "
    "epsilon that they cost",
    "rewritten": "documents are masked and reworded, and the mapping between a person's document and a released row "
    "is kept",
}
"""What each mode claims, in words."""

STRICTEST: Mode = "formal"
"""The mode in which every gate that any mode has blocks."""

UNNAMED: Mode = "rewritten"
"""The mode of versions that were published before modes had names."""

FORMER_PROFILES: Mapping[str, Mode] = {"de-identified": "rewritten", "differentially-private": "formal"}
"""By value of the former key `privacy.profile`, the mode that blocks the same."""

_WRITE_REWRITTEN = (
    "release: {mode: rewritten, rewritten: {reason: WHY, author: WHO ANSWERS FOR IT, expires: YYYY-MM-DD}}"
)
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Permission(StrictModel):
    """Somebody's permission to keep the mapping between documents and released rows, for a limited time."""

    reason: _Words = Field(description="Why the mapping may be kept. Appears in manifest, card and report")
    author: _Words = Field(description="The person who takes responsibility")
    expires: date = Field(description="Day (UTC) from which nothing is made or released under it")


class ReleasePolicy(StrictModel):
    """How the text of a release is made."""

    mode: Mode = Field(
        default="synthesized",
        description="; ".join(f"{mode}: {claim}" for mode, claim in MODES.items()),
    )
    egress: Literal["forbidden", "allowed"] = Field(
        default="forbidden",
        description="Whether a causal LM on another machine may be sent prompts that were learned from the corpus, or "
        "masked text in mode rewritten; in mode formal prompts hold differentially private values alone",
    )
    rewritten: Permission | None = Field(
        default=None, description="The permission that the mode rewritten needs: {reason, author, expires}"
    )

    @model_validator(mode="after")
    def _only_rewriting_needs_a_permission(self) -> Self:
        if self.mode == "rewritten" and self.rewritten is None:
            raise ValueError(
                "mode rewritten keeps the mapping between a person's document and a released row, and needs a "
                f"permission: write {_WRITE_REWRITTEN}"
            )
        if self.mode != "rewritten" and self.rewritten is not None:
            raise ValueError(
                f"`rewritten` permits the mode rewritten, and the mode is {self.mode}: remove it, or write "
                "mode: rewritten"
            )
        return self

    @property
    def facts(self) -> dict[str, str]:
        """Mode and permission for a manifest, as text."""
        permission = self.rewritten.model_dump(mode="json") if self.rewritten else {}
        return {"mode": self.mode, **permission}

    def refusal(self, today: date) -> str:
        """Why nothing may be made in this mode on a day (UTC), in a sentence; empty where it may."""
        return refusal(self.facts, today)


def mode_sentence(mode: Mode) -> str:
    """The mode and what it claims."""
    return f"Mode {mode}: {MODES[mode]}."


def mode_of(facts: Mapping[str, str]) -> Mode:
    """The mode that the manifest of a published version states (`Manifest.release`)."""
    return next((mode for mode in MODES if mode == facts.get("mode")), UNNAMED)


def refusal(facts: Mapping[str, str], today: date) -> str:
    """Why a version whose manifest states `facts` may not be released on a day (UTC); empty where it may."""
    expires = facts.get("expires", "")
    if mode_of(facts) != "rewritten":
        return ""
    if not expires:
        return f"the mode rewritten has no permission: write {_WRITE_REWRITTEN} in policy.yaml"
    if date.fromisoformat(expires) > today:
        return ""
    return (
        f"the permission to keep the mapping (release.rewritten, by {facts['author']}) expired on {expires}: renew it "
        "in policy.yaml, or choose mode synthesized or formal"
    )


def today_utc() -> date:
    """The day on which permissions are judged."""
    return datetime.now(UTC).date()


def former_profile(profile: object) -> str:
    """What to write in place of a value of the former key `privacy.profile`."""
    mode = FORMER_PROFILES.get(str(profile))
    if mode == "rewritten":
        return f"privacy.profile de-identified is now a mode of the release: remove it and write {_WRITE_REWRITTEN}"
    if mode == "formal":
        return (
            "privacy.profile differentially-private is now a mode of the release: remove it and write "
            "release: {mode: formal}"
        )
    return f"privacy.profile is gone: remove it and choose release.mode, one of {', '.join(MODES)}"
