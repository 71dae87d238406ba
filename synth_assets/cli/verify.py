"""`synth-assets verify`: is this the release that its maker signed?"""

import re
from pathlib import Path

import typer

from resources.errors import DataError
from resources.home import Home
from resources.keys import FINGERPRINT_DIGITS, SECRET_FILE, Keys, fingerprint
from synth_assets.release.signing import verify_release

UNKNOWN_KEY = 3
"""Exit code for a release that agrees with itself, signed with a key that nothing here vouches for."""
_HEX = re.compile(f"[0-9a-f]{{{FINGERPRINT_DIGITS},64}}")


def verify_folder(home: Home, folder: Path, key: str) -> int:
    """Verify a release with a key that is given, or else with the home's own; return the exit code.

    Raises:
        IntegrityError: The release was changed, or another key signed it.
        DataError: `key` is neither a file nor a fingerprint.
    """
    known, whose = _known_key(home, key)
    if known:
        typer.echo(f"must be signed with {known}, {whose}")
    verified = verify_release(folder, known)
    if known:
        typer.echo(f"intact: {verified.files} files, signed with the key {verified.signer}")
        return 0
    typer.echo(
        f"consistent, signed by an unknown key {verified.signer}: compare it with the one that the sender gave you "
        f"(--key FINGERPRINT); {verified.files} files"
    )
    return UNKNOWN_KEY


def _known_key(home: Home, key: str) -> tuple[str | None, str]:
    """The fingerprint of the key that must have signed, and whose it is."""
    if not key:
        known = Keys.open(home.keys).fingerprint() if (home.keys / SECRET_FILE).is_file() else None
        return known, "the key of this home (--key names another one)"
    if Path(key).is_file():
        return fingerprint(Path(key).read_bytes()), "the key of --key"
    digits = re.sub(r"[\s:]", "", key).lower()
    if not _HEX.fullmatch(digits):
        raise DataError(f"--key is neither a file nor a fingerprint of {FINGERPRINT_DIGITS} hexadecimal digits")
    return digits[:FINGERPRINT_DIGITS], "the key of --key"
