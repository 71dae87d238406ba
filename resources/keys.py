"""Keys: one secret on disk, and every hash, seed, cipher and signature derived from it.

There is no rotation: under another secret, hashes and surrogates no longer match, and nothing published verifies. Use a
new home instead.
"""

import hashlib
import hmac
import os
import secrets
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from resources.errors import IntegrityError, MachineError
from resources.folders import is_open_to_others, private_folder, sync_folder

SECRET_FILE = "secret.key"  # noqa: S105  (a file name)
SECRET_BYTES = 32
NONCE_BYTES = 12
FINGERPRINT_DIGITS = 32
FORMAT = b"SA1"


class Keys:
    """Everything keyed, from one 32-byte secret, with a derived key for each purpose (HKDF-SHA256, RFC 5869)."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise MachineError(f"the secret must have {SECRET_BYTES} bytes, not {len(secret)}")
        self._secret = secret
        self._derived: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"Keys({self.fingerprint()})"

    @classmethod
    def from_secret(cls, secret: bytes) -> Self:
        """The keys of a secret that the caller holds."""
        return cls(secret)

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Read the secret of `directory`, creating it on first use.

        Raises:
            MachineError: users other than the owner may read the secret, or it is damaged.
        """
        path = Path(directory) / SECRET_FILE
        if not path.exists():
            _create(path)
        if is_open_to_others(path):
            raise MachineError(f"{SECRET_FILE} is open to other users: set its mode to 0600")
        return cls(path.read_bytes())

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for `purpose`."""
        if purpose not in self._derived:
            info = b"synth-assets/1/" + purpose.encode()
            self._derived[purpose] = HKDF(SHA256(), length=32, salt=None, info=info).derive(self._secret)
        return self._derived[purpose]

    def hash(self, purpose: str, *parts: str) -> str:
        """32 hex characters: HMAC-SHA256 over the length-prefixed parts."""
        return self._digest(f"hash/{purpose}", parts).hex()[:32]

    def seed(self, purpose: str, *parts: str) -> int:
        """A seed of 63 bits, computed like `hash`."""
        return int.from_bytes(self._digest(f"seed/{purpose}", parts)[:8], "big") >> 1

    def encrypt(self, data: bytes) -> bytes:
        """AES-256-GCM under a random nonce."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + AESGCM(self.derive("encrypt")).encrypt(nonce, data, FORMAT)

    def decrypt(self, data: bytes) -> bytes:
        """Decrypt the output of `encrypt`. Raises IntegrityError for another key or altered bytes."""
        head = len(FORMAT) + NONCE_BYTES
        try:
            return AESGCM(self.derive("encrypt")).decrypt(data[len(FORMAT) : head], data[head:], data[: len(FORMAT)])
        except (InvalidTag, ValueError):
            raise IntegrityError("encrypted data was altered, or encrypted with another key") from None

    def mac(self, data: bytes) -> str:
        """64 hex characters: HMAC-SHA256 of `data`."""
        return hmac.new(self.derive("mac"), data, hashlib.sha256).hexdigest()

    def verify_mac(self, data: bytes, tag: str) -> bool:
        """Whether `tag` is the `mac` of `data`, in constant time."""
        return hmac.compare_digest(self.mac(data).encode(), tag.encode())

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature of `data` (64 bytes)."""
        return self._private().sign(data)

    def public_key_pem(self) -> bytes:
        """The public key, with which others verify signatures."""
        return self._private().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def fingerprint(self) -> str:
        """Names these keys without revealing them (see `fingerprint`)."""
        return fingerprint(self.public_key_pem())

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.derive("sign"))

    def _digest(self, purpose: str, parts: Sequence[str]) -> bytes:
        code = hmac.new(self.derive(purpose), digestmod=hashlib.sha256)
        for part in parts:
            encoded = part.encode("utf-8", "surrogatepass")
            code.update(len(encoded).to_bytes(8, "big"))  # so that ("ab", "c") and ("a", "bc") differ
            code.update(encoded)
        return code.digest()


def verify_signature(data: bytes, signature: bytes, public_key_pem: bytes) -> bool:
    """Whether `signature` is a signature of `data` by the owner of an Ed25519 public key."""
    try:
        _public_key(public_key_pem).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def fingerprint(public_key_pem: bytes) -> str:
    """Names a public key: 32 hex characters of the SHA-256 of its PEM file, as `sha256sum` prints them.

    128 bits, so that nobody finds another key with the fingerprint of a given one.
    """
    pem = _public_key(public_key_pem).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(pem).hexdigest()[:FINGERPRINT_DIGITS]


def _public_key(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise IntegrityError("this is not a public key in PEM format") from None
    if not isinstance(key, Ed25519PublicKey):
        raise IntegrityError("the public key is not an Ed25519 key")
    return key


def _create(path: Path) -> None:
    private_folder(path.parent)
    path.parent.chmod(0o700)
    fresh = path.with_name(f".{uuid.uuid4().hex}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # the first process wins; the others read its secret
        os.link(fresh, path)
    fresh.unlink()
    sync_folder(path.parent)
