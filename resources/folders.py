"""Folders on a local disk: made for their owner alone, written to the disk, looked at for who may enter."""

import os
from pathlib import Path


def private_folder(folder: Path) -> None:
    """Create a folder that only its owner may enter, and what is missing above it likewise; one that exists stays."""
    if not folder.exists():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def is_open_to_others(folder: Path) -> bool:
    """Whether anyone but the owner has a right to a folder or file itself; the folders above it may still close it."""
    return bool(folder.stat().st_mode & 0o077)


def sync_folder(folder: Path) -> None:
    """Write a folder's list of files to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
