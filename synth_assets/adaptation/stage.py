"""From the masked corpus of a partition to an adapter with its figures. The order of things only."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from resources.keys import Keys
from resources.models.engine import Engine, fingerprint
from resources.models.masked.trainable import Trainable, open_trainable
from resources.models.registry import Registry
from resources.models.weights.kept_weights import weights_dir
from resources.models.weights.sources import digest
from resources.progress import Progress
from synth_assets.adaptation.checkpoints import Checkpoints
from synth_assets.adaptation.evaluation import Loss, exposure, hidden_words, hit_rates, measure_losses, told_apart
from synth_assets.adaptation.objectives import maker
from synth_assets.adaptation.policy import AdaptationPolicy
from synth_assets.adaptation.training import Trained, train
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.records import Row

MEASURED = 64
"""Most documents of a group that losses are measured on."""


@dataclass(frozen=True)
class Adapted:
    """A folder with `adapter_model.safetensors`, its digest, and figures that are safe to show."""

    folder: Path
    digest: str
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Setting:
    """Where and by what an adapter is made. `key` names data, policy and code: another key is another training."""

    folder: Path
    cache: Path
    key: str
    seed: int
    keys: Keys
    registry: Registry
    progress: Progress


def adapt(
    masked: Sequence[Row], outsiders: Sequence[Row], policy: AdaptationPolicy, masking: MaskingPolicy, setting: Setting
) -> Adapted:
    """Train, measure, write.

    Args:
        masked: rows of the published masked corpus; nothing else is learned from.
        outsiders: raw canaries that were kept out; they are masked here and only measured on.
        policy: see its keys.
        masking: how the outsiders are masked, and the mask plan that a bidirectional model learns from.
        setting: see there.

    Raises:
        DataError: too few subjects. PolicyError, MachineError: as in `open_trainable`.
    """
    entry = setting.registry["masked_lm"]
    alone = {role: model for role, model in setting.registry.items() if role != "second_masked_lm"}
    learned, held_out = split(masked, policy.held_out, setting.keys)
    documents: dict[str, list[Row]] = defaultdict(list)
    for row in learned:
        documents[row["subject"]].append(row)
    with Engine(alone, setting.keys, setting.cache, setting.progress) as models:
        quiet = masking.model_copy(update={"refill": masking.refill.model_copy(update={"per_document": 0})})
        strangers = mask_corpus(outsiders, quiet, setting.seed, setting.keys, models, setting.progress).rows
        words = hidden_words(held_out, policy.probe_words, masking.refill.context, _seeds(setting, "adaptation_words"))
        before_words = hit_rates(models.masked_lm, words)
    trainable = open_trainable(entry, policy.rank, weights_dir(), setting.keys.seed("adaptation_weights", setting.key))
    make = maker(trainable, masking.plan)
    groups = {
        "held_out": held_out[:MEASURED],
        "learned": [row for row in learned if row["role"] != "canary"][:MEASURED],
        "canaries_in": [row for row in learned if row["role"] == "canary"],
        "canaries_out": strangers,
    }
    measure = _seeds(setting, "adaptation_measure")
    before = measure_losses(trainable, make, policy.tokens, measure, **groups)
    checkpoints = Checkpoints(setting.folder / "checkpoint", setting.keys, setting.key)
    trained = train(
        trainable, documents, make, policy,
        lambda step: setting.keys.seed("adaptation_step", setting.key, str(step)), checkpoints, setting.progress,
    )  # fmt: skip
    after = measure_losses(trainable, make, policy.tokens, measure, **groups)
    folder, sha256 = _write(trainable, setting)
    checkpoints.remove()
    adapted = entry.model_copy(update={"adapter": str(folder), "adapter_digest": sha256})
    registry = alone | {"masked_lm": adapted}
    with Engine(registry, setting.keys, setting.cache, setting.progress) as models:
        after_words = hit_rates(models.masked_lm, words)
    figures = _figures(before, after, before_words, after_words, trained)
    return Adapted(
        folder, sha256, figures | {"subjects": len(documents), "documents": len(learned), "words": len(words)}
    )


def training_key(
    data_version: str, policy: AdaptationPolicy, masking: MaskingPolicy, registry: Registry, code: str
) -> str:
    """Names a training by everything that shapes it, 16 hex digits."""
    model = fingerprint("masked_lm", registry["masked_lm"])
    parts = (
        data_version,
        policy.model_dump_json(),
        masking.plan.model_dump_json(),
        model,
        code,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def split(rows: Sequence[Row], share: float, keys: Keys) -> tuple[list[Row], list[Row]]:
    """Rows to learn from and rows held out, by subject and keyed lot; canaries are always learned from."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))

    def is_held_out(row: Row) -> bool:
        lot = keys.seed("adaptation_held_out", row["subject"]) % 10_000
        return row["role"] != "canary" and lot < share * 10_000

    return [row for row in ordered if not is_held_out(row)], [row for row in ordered if is_held_out(row)]


def _write(trainable: Trainable, setting: Setting) -> tuple[Path, str]:
    """The adapter in a folder named by its content."""
    fresh = setting.folder / f"{setting.key}.new"
    trainable.model.save_pretrained(str(fresh), safe_serialization=True)
    for path in fresh.iterdir():  # peft adds a card that names folders of this machine
        if path.name not in ("adapter_model.safetensors", "adapter_config.json"):
            path.unlink()
    config = fresh / "adapter_config.json"
    settings = json.loads(config.read_text()) | {"base_model_name_or_path": None}
    config.write_text(json.dumps(settings, sort_keys=True, indent=1))
    sha256 = digest(fresh)
    final = setting.folder / sha256[:16]
    if final.exists():
        for path in fresh.iterdir():
            path.unlink()
        fresh.rmdir()
    else:
        fresh.rename(final)
    return final, sha256


def _seeds(setting: Setting, purpose: str) -> Callable[[str], int]:
    return lambda name: setting.keys.seed(purpose, setting.key, name)


def _figures(
    before: Loss, after: Loss, before_words: Mapping[str, float], after_words: Mapping[str, float], trained: Trained
) -> dict[str, float]:
    found: dict[str, float | None] = {
        "held_out_documents": len(before.held_out),
        "held_out_nats_before": fmean(before.held_out) if before.held_out else None,
        "held_out_nats_after": fmean(after.held_out) if after.held_out else None,
        "learned_nats_before": fmean(before.learned) if before.learned else None,
        "learned_nats_after": fmean(after.learned) if after.learned else None,
        **{f"held_out_words_{name}_before": value for name, value in before_words.items()},
        **{f"held_out_words_{name}_after": value for name, value in after_words.items()},
        "canaries_in": len(before.canaries_in),
        "canaries_out": len(before.canaries_out),
        "canary_exposure_bits": exposure(before, after),
        "learned_told_from_held_out_auc": told_apart(before, after),
        "steps": trained.steps,
        "resumed_at_step": trained.resumed_at,
        "sampling_rate": trained.rate,
        "epsilon": trained.epsilon,
        "noise_multiplier": trained.noise_multiplier,
    }
    return {name: float(value) for name, value in found.items() if value is not None}
