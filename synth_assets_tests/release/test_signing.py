"""A release is intact only if a key that is known from elsewhere signed it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from resources.errors import DataError, IntegrityError
from resources.home import Home
from resources.keys import Keys, fingerprint
from resources.lake.model import Partition
from synth_assets.cli.app import app
from synth_assets.cli.verify import UNKNOWN_KEY, verify_folder
from synth_assets.release.build import build_release
from synth_assets.release.signing import MANIFEST, sign_release, verify_release
from synth_assets_tests.modes import released_in

LETTERS = Partition("letters", "2026-01-05")
FORGER = Keys.from_secret(b"1" * 32)


@pytest.fixture
def factory(publish) -> Any:
    return publish(released_in("formal").facts)


@pytest.fixture
def released(factory) -> Path:
    return build_release(factory, [LETTERS]).path


@pytest.fixture
def home(tmp_path: Path, factory, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with the secret that signs."""
    home = Home(tmp_path / "home")
    home.keys.mkdir(parents=True)
    (home.keys / "secret.key").write_bytes(b"0" * 32)
    (home.keys / "secret.key").chmod(0o600)
    monkeypatch.setenv("SYNTH_ASSETS_HOME", str(home.root))
    assert Keys.open(home.keys).fingerprint() == factory.keys.fingerprint()
    return home


def forge(folder: Path) -> None:
    """Change the report, and sign everything again with another key."""
    (folder / "privacy_report.html").write_text("PASS")
    body = json.loads((folder / MANIFEST).read_text())
    sign_release(folder, {**body, "signed_by": FORGER.fingerprint()}, FORGER)


def verify(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["verify", *arguments], catch_exceptions=False)
    return result.exit_code, result.output


def test_the_home_knows_its_own_key(released: Path, factory, home: Home) -> None:
    code, said = verify(str(released))
    assert code == 0
    assert "intact: " in said and f"signed with the key {factory.keys.fingerprint()}" in said
    forge(released)
    with pytest.raises(IntegrityError, match=f"{FORGER.fingerprint()}, not with {factory.keys.fingerprint()}"):
        verify(str(released))


def test_without_a_known_key_nothing_is_called_intact(released: Path, factory, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNTH_ASSETS_HOME", str(tmp_path / "nowhere"))
    for signer in (factory.keys, FORGER):
        if signer is FORGER:
            forge(released)
        code, said = verify(str(released))
        assert code == UNKNOWN_KEY == 3
        assert f"consistent, signed by an unknown key {signer.fingerprint()}" in said
        assert "intact" not in said
    assert not (tmp_path / "nowhere").exists()
    assert "3 if nothing was" in " ".join(verify("--help")[1].split())


def test_a_key_that_is_given_counts_and_not_the_home(released: Path, factory, home: Home, tmp_path: Path) -> None:
    pem = tmp_path / "sender.pem"
    pem.write_bytes(factory.keys.public_key_pem())
    digits = factory.keys.fingerprint()
    whole = hashlib.sha256(pem.read_bytes()).hexdigest()
    colons = ":".join(digits[place : place + 2].upper() for place in range(0, len(digits), 2))
    (home.keys / "secret.key").write_bytes(b"2" * 32)
    for key in (str(pem), digits, whole, colons):
        assert verify_folder(home, released, key) == 0
    forge(released)
    for key in (str(pem), digits):
        with pytest.raises(IntegrityError, match="not with"):
            verify_folder(home, released, key)
    for key in (digits[:16], "none.pem", str(tmp_path)):
        with pytest.raises(DataError, match="neither a file nor a fingerprint"):
            verify_folder(home, released, key)


def test_every_change_is_found(released: Path, factory) -> None:
    known = factory.keys.fingerprint()
    assert verify_release(released, known).signer == known
    for name in (MANIFEST, "manifest.sig", "SHA256SUMS", "alpaca/train.jsonl"):
        file = released / name
        before = file.read_bytes()
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        with pytest.raises(IntegrityError):
            verify_release(released, known)
        file.write_bytes(before)
    for name in ("public_key.pem", MANIFEST):
        before = (released / name).read_bytes()
        (released / name).write_bytes(b"nothing")
        with pytest.raises(IntegrityError):
            verify_release(released, None)
        (released / name).write_bytes(before)
    (released / "added.txt").write_text("x")
    with pytest.raises(IntegrityError, match=r"added\.txt"):
        verify_release(released, known)


def test_a_signed_file_that_is_no_manifest_is_refused(released: Path) -> None:
    (released / MANIFEST).write_text("[]")
    (released / "manifest.sig").write_bytes(FORGER.sign(b"[]"))
    (released / "public_key.pem").write_bytes(FORGER.public_key_pem())
    with pytest.raises(IntegrityError, match="not the manifest of a release"):
        verify_release(released, None)


def test_a_forged_folder_is_not_taken_for_the_release_that_is_asked_for(released: Path, factory) -> None:
    forge(released)
    with pytest.raises(IntegrityError, match="signed with the key"):
        build_release(factory, [LETTERS])


def test_card_and_manifest_name_the_key(released: Path, factory) -> None:
    signer = factory.keys.fingerprint()
    assert json.loads((released / MANIFEST).read_text())["signed_by"] == signer
    card = (released / "README.md").read_text()
    assert f"signed with the key `{signer}`" in card.split("## Signature")[1]
    assert fingerprint((released / "public_key.pem").read_bytes()) == signer
    assert hashlib.sha256((released / "public_key.pem").read_bytes()).hexdigest().startswith(signer)
