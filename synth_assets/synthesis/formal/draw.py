"""One draw: who votes, what it costs, written down before it is made; then the draw and its statement."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from resources.keys import Keys
from resources.models.protocols import SentenceEncoder
from synth_assets.differential_privacy.noise import DiscreteGaussian
from synth_assets.differential_privacy.spending import Spending
from synth_assets.differential_privacy.statement import Statement
from synth_assets.records import Row
from synth_assets.synthesis.formal.mechanism import FormalResult, Tools, synthesize_formally
from synth_assets.synthesis.formal.policy import FormalPolicy
from synth_assets.synthesis.formal.public import Public
from synth_assets.synthesis.formal.statement import guarantee_of
from synth_assets.synthesis.formal.voters import voters
from synth_assets.synthesis.sketch import Sketch


@dataclass(frozen=True)
class Private:
    """The private side of a draw.

    Attributes:
        rows: of raw_corpus, at least `voters.COLUMNS`.
        rejected: rows that raw_corpus rejected.
        keys: hash documents.
        split_of: split of a subject by its keyed hash.
    """

    rows: Iterable[Row]
    rejected: Iterable[Row]
    keys: Keys
    split_of: Callable[[str], str]


@dataclass(frozen=True)
class Account:
    """Where a draw is written down.

    Attributes:
        spending: the draws of the source.
        partition: "day|source".
        data_version: of raw_corpus.
        code_version: digest of the code that draws.
        most: largest total epsilon of the source (privacy.max_total_epsilon).
        delta: delta of that total (privacy.ledger_delta).
        bypasses: what else passes the mechanism, such as `statement.CANARIES`.
    """

    spending: Spending
    partition: str
    data_version: str
    code_version: str
    most: float
    delta: float
    bypasses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Writer:
    """The public side: see `Tools`."""

    write: Callable[[Sequence[Sketch]], Sequence[str | None]]
    encoder: SentenceEncoder
    vary: Callable[[Sequence[str]], Sequence[str | None]] | None = None


def draw(
    private: Private, account: Account, writer: Writer, policy: FormalPolicy, seed: int
) -> tuple[FormalResult, Statement]:
    """Make one draw. Attach the statement to the version that the passages go into, as `statement.STATEMENT`.

    Neither the number of voters nor that of those who abstain is returned: both are private.

    Raises:
        PolicyError: the budget of the source does not allow the draw; nothing was drawn, nothing written down.
        IntegrityError: the record of earlier draws was altered.
    """
    known = Public.of(policy, lambda: writer.encoder.words, writer.encoder.encode)
    documents = voters(private.rows, private.rejected, private.keys, private.split_of)
    guarantee = guarantee_of(policy, account.code_version, account.bypasses)
    permit = account.spending.permit(
        account.partition, account.data_version, guarantee, documents, account.most, account.delta
    )
    tools = Tools(writer.write, writer.encoder.encode, writer.encoder.encode_alone, writer.vary)
    voting = [document for subject, document in documents.items() if subject in permit.subjects]
    result = synthesize_formally(voting, policy, known, tools, DiscreteGaussian(), seed)
    statement = Statement(
        partition=account.partition, draw=permit.number, guarantee=guarantee, executed=result.executed
    )
    return result, statement
