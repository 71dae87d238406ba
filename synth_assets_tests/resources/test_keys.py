import hashlib
import hmac
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import IntegrityError, MachineError
from resources.keys import Keys, verify_signature

KEYS = Keys.from_secret(b"0" * 32)
OTHER = Keys.from_secret(b"1" * 32)


def test_hash_is_hmac_over_length_prefixed_parts():
    key = KEYS.derive("hash/subject")
    message = (2).to_bytes(8, "big") + b"ab" + (1).to_bytes(8, "big") + b"c"
    assert KEYS.hash("subject", "ab", "c") == hmac.new(key, message, hashlib.sha256).hexdigest()[:32]
    assert KEYS.hash("subject", "ab", "c") != KEYS.hash("subject", "a", "bc")


def test_derivation_is_pinned():
    # A change of the derivation would silently break the link to everything that was published before.
    assert KEYS.hash("a", "b") == "db4d1ac58154d80b63a4e5efdffb11d2"
    assert KEYS.seed("a", "b") == 4454291673417416468
    assert KEYS.fingerprint() == "c03a903509c1db4ad47cfa8ce7f5127b"


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_hash_and_seed_separate_parts_purposes_and_keys(a: list[str], b: list[str]):
    assert (KEYS.hash("p", *a) == KEYS.hash("p", *b)) == (a == b)
    assert KEYS.hash("p", *a) != KEYS.hash("q", *a)
    assert KEYS.hash("p", *a) != OTHER.hash("p", *a)
    assert 0 <= KEYS.seed("p", *a) < 2**63


@given(st.binary(max_size=200))
def test_encryption_round_trips_and_hides(data: bytes):
    sealed = KEYS.encrypt(data)
    assert KEYS.decrypt(sealed) == data
    assert sealed != KEYS.encrypt(data)
    with pytest.raises(IntegrityError):
        OTHER.decrypt(sealed)


def test_every_altered_byte_is_refused():
    sealed = KEYS.encrypt(b"text")
    for place in range(len(sealed)):
        with pytest.raises(IntegrityError):
            KEYS.decrypt(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :])
    for length in range(len(sealed)):
        with pytest.raises(IntegrityError):
            KEYS.decrypt(sealed[:length])


def test_signature_and_mac():
    signature = KEYS.sign(b"release")
    assert verify_signature(b"release", signature, KEYS.public_key_pem())
    assert not verify_signature(b"releasf", signature, KEYS.public_key_pem())
    assert not verify_signature(b"release", signature, OTHER.public_key_pem())
    assert KEYS.verify_mac(b"m", KEYS.mac(b"m"))
    assert not OTHER.verify_mac(b"m", KEYS.mac(b"m"))
    assert not KEYS.verify_mac(b"m", "é")


def test_secret_is_private_and_the_only_file(tmp_path: Path):
    home = tmp_path / "keys"
    first = Keys.open(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert [p.name for p in home.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
    assert Keys.open(home).hash("a", "b") == first.hash("a", "b")
    assert (home / "secret.key").read_bytes().hex() not in repr(first)


def test_open_secret_is_refused(tmp_path: Path):
    Keys.open(tmp_path / "keys")
    (tmp_path / "keys/secret.key").chmod(0o644)
    with pytest.raises(MachineError, match="0600"):
        Keys.open(tmp_path / "keys")


def test_damaged_secret_is_refused(tmp_path: Path):
    Keys.open(tmp_path / "keys")
    (tmp_path / "keys/secret.key").write_bytes(b"short")
    with pytest.raises(MachineError, match="32 bytes"):
        Keys.open(tmp_path / "keys")


def test_first_use_by_four_processes_makes_one_secret(tmp_path: Path):
    code = "import sys; from pathlib import Path; from resources.keys import Keys; print(Keys.open(Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(tmp_path / "keys")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate(timeout=60)[0] for process in running}) == 1
    assert [p.name for p in (tmp_path / "keys").iterdir()] == ["secret.key"]
