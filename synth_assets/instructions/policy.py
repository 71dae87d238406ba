"""What may be configured about the instruction set. How each key acts is said where it is used."""

from typing import Literal

from pydantic import Field

from resources.config import StrictModel

Task = Literal["extractive_qa", "summarize", "rewrite", "classify", "extract_json", "cloze"]
TASKS: tuple[Task, ...] = ("extractive_qa", "summarize", "rewrite", "classify", "extract_json", "cloze")
TextKind = Literal["augmented", "masked", "refilled"]


class TextPolicy(StrictModel):
    """Which texts become inputs, and how they are cut."""

    kinds: tuple[TextKind, ...] = Field(
        default=("augmented", "masked"),
        min_length=1,
        description="Texts to draw on, in order of preference: augmented rows, masked rows' text or refilled_text.",
    )
    languages: tuple[str, ...] = Field(
        default=("en",), min_length=1, description="ISO 639-1 codes the templates can serve."
    )
    passages_per_document: int = Field(
        default=2, ge=1, description="Passages cut from the texts of one source document."
    )
    passage_words: int = Field(
        default=100, ge=20, description="Longest passage, in words; never cut inside a sentence."
    )
    min_words: int = Field(default=8, ge=3, description="Passages below this many words are not used.")


class TaskPolicy(StrictModel):
    """Size and shape of single tasks."""

    questions_per_passage: int = Field(default=2, ge=1, description="Extractive questions drafted for a passage.")
    unanswerable: float = Field(
        default=0.12, ge=0, le=0.5, description="Share of questions asked of a text without the answer."
    )
    summary_sentences: int = Field(default=2, ge=1, le=5, description="Most sentences in a summary.")
    cloze_blanks: int = Field(default=3, ge=2, le=10, description="Most blanks in a cloze passage.")
    min_entity_score: float = Field(
        default=0.5, ge=0, le=1, description="Entities below this recognizer score are not used."
    )
    min_label_documents: int = Field(
        default=3, ge=1, description="A label is an option only if at least this many source documents carry it."
    )
    max_options: int = Field(default=8, ge=2, description="Most label options listed in a classification.")


class IfdPolicy(StrictModel):
    """Instruction-following difficulty (Li et al. 2024, arXiv 2308.12032; scored by a small model, 2402.00530)."""

    max_items: int = Field(default=48, ge=0, description="Examples scored, for cost; the others are kept unscored.")
    drop_at: float = Field(default=1.0, gt=0, description="An example is dropped when its IFD is at least this.")
    low_quantile: float = Field(
        default=0.05, ge=0, lt=0.5, description="Share of easiest scored examples of a task to drop."
    )
    high_quantile: float = Field(
        default=0.95, gt=0.5, le=1, description="Quantile of a task above which examples are dropped."
    )


class CapPolicy(StrictModel):
    """Caps that keep one document, template or phrasing from dominating."""

    per_source_doc: int = Field(default=8, ge=1, description="Most examples from one source document.")
    per_template: float = Field(default=0.05, gt=0, le=1, description="Largest share of the set for one template.")
    per_opening: float = Field(default=0.02, gt=0, le=1, description="Largest share for one opening word trigram.")
    floor: int = Field(default=5, ge=1, description="The two shares never cap below this many examples.")


class DecontaminationPolicy(StrictModel):
    """Benchmarks that must not be in the set (coverage of 8-grams as in Tülu 3, arXiv 2411.15124)."""

    files: tuple[str, ...] = Field(
        default=(), description="Benchmark files: .jsonl (every string value of a line) or text lines."
    )
    strings: tuple[str, ...] = Field(default=(), description="Benchmark items given directly.")
    ngram: int = Field(default=8, ge=3, le=20, description="Length of the n-grams compared, in words.")
    coverage: float = Field(default=0.5, gt=0, le=1, description="Covered share of a benchmark item that makes a hit.")


class SplitPolicy(StrictModel):
    """How connected components are divided."""

    validation: float = Field(default=0.05, ge=0, le=0.4, description="Share of components for validation.")
    test: float = Field(default=0.05, ge=0, le=0.4, description="Share of components for test.")
    near_duplicate: float = Field(
        default=0.7, ge=0.1, le=1, description="Estimated Jaccard of 5-word shingles that ties texts."
    )


class InstructionPolicy(StrictModel):
    """Settings of the instruction_set stage."""

    tasks: tuple[Task, ...] = Field(default=TASKS, min_length=1, description="Tasks to draft.")
    text: TextPolicy = TextPolicy()
    task: TaskPolicy = TaskPolicy()
    ifd: IfdPolicy = IfdPolicy()
    caps: CapPolicy = CapPolicy()
    max_cosine: float = Field(
        default=0.95, gt=0, le=1, description="Examples of one recipe closer than this are duplicates."
    )
    max_tokens: int = Field(default=2048, ge=64, description="Longest rendered chat, in tokens of the causal LM.")
    decontamination: DecontaminationPolicy = DecontaminationPolicy()
    split: SplitPolicy = SplitPolicy()
