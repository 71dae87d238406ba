"""The augmented_corpus stage: back-translation, paraphrase, generation, filters, artefact measurement, audits."""

from synth_assets.augmentation.artefacts import ArtefactAuc, artefact_auc
from synth_assets.augmentation.audits import AUDITS, audit
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.stage import augment_corpus

__all__ = ["AUDITS", "ArtefactAuc", "AugmentationPolicy", "artefact_auc", "audit", "augment_corpus"]
