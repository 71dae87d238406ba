"""What cannot name a release, a source or an entry: paths, hidden files, and names that are too long."""

from resources.lake.model import LONGEST_NAME

NO_NAMES = ("../../x", "a/b", "/tmp/x", ".hidden", "..", "-x", "a b", "x\n", "ü", "x\0", "x" * (LONGEST_NAME + 1))
