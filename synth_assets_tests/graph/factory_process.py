"""A factory in a process of its own, for tests that watch it or run several at once.

Usage: python factory_process.py HOME DAGSTER_HOME PARTITION[,PARTITION...] [UNTIL]. Each of several partitions is run
by a forked process, all at once; the exit status is the highest of theirs.
"""

import os
import sys
import traceback
from pathlib import Path


def preload() -> None:
    """Import what is heavy before a fork, so that it is paid once; models are loaded by the children."""
    import great_expectations  # noqa: F401
    import presidio_analyzer.predefined_recognizers  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    import spacy  # noqa: F401
    import torch
    import transformers.models.bert.modeling_bert
    import transformers.models.llama.modeling_llama  # noqa: F401

    import synth_assets.definitions  # noqa: F401

    torch.set_num_threads(1)


def run(home: str, dagster_home: str, partition: str, until: str = "release") -> int:
    os.environ["DAGSTER_HOME"] = dagster_home
    from resources.home import Home
    from synth_assets.cli.run import run_partitions

    return run_partitions(Home(Path(home)), [partition], "", False, until)


def fork(home: str, dagster_home: str, partition: str, *until: str) -> int:
    """Process id of a child that runs the partition."""
    child = os.fork()
    if child == 0:
        status = 70  # a child that fails must not go on as the parent
        try:
            status = run(home, dagster_home, partition, *until)
        except Exception:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    return child


def main(home: str, dagster_home: str, partitions: str, *until: str) -> int:
    first, *others = partitions.split(",")
    if not others:
        return run(home, dagster_home, first, *until)
    preload()
    children = [fork(home, dagster_home, partition, *until) for partition in (first, *others)]
    return max(abs(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])) for child in children)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
