"""Runs a partition in a forked child for each line of standard input, so that a killed run restarts in no time.

Usage: python factory_server.py HOME DAGSTER_HOME PARTITION BATCH_LOG. It answers a line with the child's process id,
and with its exit status when it ends. Heavy packages are imported before the fork; models are loaded by the child.
BATCH_LOG gets one line for every batch of model work that is begun: a digest of method and items.
"""

import hashlib
import os
import sys
from pathlib import Path

from factory_process import preload, run


def log_batches(path: Path) -> None:
    from resources.models.batching import Runner

    compute = Runner.compute

    def logged(self: Runner, work: object, batch: list) -> list:
        digest = hashlib.sha256(repr((self.fingerprint, work.method, batch)).encode()).hexdigest()[:16]
        with path.open("a") as file:
            file.write(f"{work.method} {digest}\n")
        return compute(self, work, batch)

    Runner.compute = logged


def main() -> None:
    home, dagster_home, partition, batch_log = sys.argv[1:5]
    preload()
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            log_batches(Path(batch_log))
            os._exit(run(home, dagster_home, partition))
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main()
