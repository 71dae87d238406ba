"""A factory in a process of its own, for tests that kill it or run several at once.

Usage: python factory_process.py HOME DAGSTER_HOME PARTITION [UNTIL]
"""

import os
import sys


def main() -> int:
    home, dagster_home, partition = sys.argv[1:4]
    os.environ["DAGSTER_HOME"] = dagster_home
    from pathlib import Path

    from synth_assets.home import Home
    from synth_assets.running import run_partitions

    return run_partitions(Home(Path(home)), [partition], "", False, sys.argv[4] if len(sys.argv) > 4 else "release")


if __name__ == "__main__":
    sys.exit(main())
