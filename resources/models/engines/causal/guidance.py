"""How the advice of guides changes the distribution of the next token.

A guide speaks of words, a model of tokens: what is said of a word holds for the token that it begins with.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from resources.models.engines.causal.network import Network
from resources.models.protocols import Advice

if TYPE_CHECKING:
    import torch


def followed(network: Network, logits: "torch.Tensor", advised: Mapping[int, Advice]) -> "torch.Tensor":
    """A copy of logits (rows, vocabulary) in which the rows follow their advice; the others are as they were."""
    import torch

    changed = logits.float().clone()
    going_on = [place for place, advice in advised.items() if advice.end == "later"]
    if going_on:
        changed[torch.tensor(going_on, device=changed.device)[:, None], network.breaks] = float("-inf")
    for place, advice in advised.items():
        if advice.chances:
            _interpolate(network, changed[place], advice.chances)
    boosts = [
        (place, network.first_token(word), boost)
        for place, advice in advised.items()
        for word, boost in advice.boosts.items()
    ]
    if boosts:
        places, tokens, values = (torch.tensor(column, device=changed.device) for column in zip(*boosts, strict=True))
        changed.index_put_((places, tokens), values.float(), accumulate=True)
    return changed


def _interpolate(network: Network, row: "torch.Tensor", chances: Mapping[str, float]) -> None:
    """Mix a row of logits, in place, with the chances of words; a row of log-probabilities is left."""
    import torch

    row -= row.logsumexp(-1) - math.log1p(-sum(chances.values()))
    for word, chance in chances.items():
        token = network.first_token(word)
        row[token] = torch.logaddexp(row[token], torch.tensor(math.log(chance), device=row.device))
