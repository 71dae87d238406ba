"""Paraphrases of sentences by the causal LM: a few-shot prompt in plain text, several samples each.

Plain few-shot text gives a 135M model twice the acceptance of a chat instruction. It is not to be
trusted: about half of what similarity accepts has another meaning, so every sample is filtered.
"""

from collections.abc import Sequence

from resources.models.protocols import CausalLM, Sampling
from synth_assets.augmentation.policy import AugmentationPolicy
from synth_assets.augmentation.recipes.style import match_style
from synth_assets.text.draws import derive

_SHOTS = (
    ("The meeting was postponed because the manager was ill.", "As the manager was ill, the meeting was put off."),
    ("You can return the shoes within 30 days.", "The shoes may be sent back within 30 days."),
    ("Residents complained about the noise from the airport.", "The airport noise drew complaints from residents."),
)
_PROMPT = "".join(f"Sentence: {source}\nParaphrase: {target}\n\n" for source, target in _SHOTS)
_MAX_TOKENS = 48


def paraphrase(sources: Sequence[str], policy: AugmentationPolicy, seed: int, lm: CausalLM) -> list[list[str]]:
    """`policy.paraphrase_candidates` samples of each source, one call a sample so that seeds differ."""
    prompts = [f"{_PROMPT}Sentence: {' '.join(source.split())}\nParaphrase:" for source in sources]
    rounds = [
        lm.generate(prompts, _sampling(policy, derive(seed, "paraphrase", str(number))))
        for number in range(policy.paraphrase_candidates)
    ]
    return [
        [match_style(source, sample.strip()) for sample in samples]
        for source, samples in zip(sources, zip(*rounds, strict=True), strict=True)
    ]


def _sampling(policy: AugmentationPolicy, seed: int) -> Sampling:
    return Sampling(_MAX_TOKENS, temperature=policy.paraphrase_temperature, stop=("\n",), seed=seed)
