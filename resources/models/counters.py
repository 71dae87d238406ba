"""What a role did, in numbers that may be shown anywhere."""

from dataclasses import asdict, dataclass


@dataclass
class Counters:
    """Running totals of one role in one engine."""

    calls: int = 0
    items: int = 0
    batches: int = 0
    tokens: int = 0
    seconds: float = 0.0
    cache_hits: int = 0
    cache_misses: int = 0
    halvings: int = 0
    load_seconds: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """All totals, and tokens a second of computing."""
        rate = self.tokens / self.seconds if self.seconds else 0.0
        return {name: round(float(value), 3) for name, value in (asdict(self) | {"tokens_per_second": rate}).items()}
