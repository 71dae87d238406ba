"""Code versions: a digest of everything that shapes a stage's output, apart from its input.

The data version, a hash of the content, is the lake's.
"""

import hashlib
from collections.abc import Iterable

from resources.code import code_digest

SHARED = ("resources.lake.store", "synth_assets.factory.gate")
"""How rows are stored and audited: code of every stage."""


def code_version(module: str, parts: Iterable[str] = ()) -> str:
    """Digest of the code that `module` reaches and of `parts` (policy, suite and model digests), 16 hex digits."""
    digest = hashlib.sha256(code_digest(module, *SHARED).encode())
    for part in parts:
        digest.update(f"\0{part}".encode())
    return digest.hexdigest()[:16]
