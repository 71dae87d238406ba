"""Addresses of machines: IP and MAC."""

import ipaddress
import random

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds.kind import Kind, Pattern, shaped


def ip(value: str, key: DocumentKey, *parts: str | int) -> str:
    """An address of the ranges reserved for documentation (RFC 5737, RFC 3849)."""
    if ":" in value:
        groups = (f"{key.draw('v6', *parts, i) % 65536:x}" for i in range(2))
        return "2001:db8::" + ":".join(groups)
    block = key.pick(("192.0.2", "198.51.100", "203.0.113"), "v4", *parts)
    return f"{block}.{1 + key.draw('host', *parts) % 254}"


def mac(value: str, key: DocumentKey, *parts: str | int) -> str:
    """An address of the range reserved for documentation (RFC 7042), with the first separator of `value`."""
    last = f"{key.draw('mac', *parts) % 256:02x}"
    return next((char for char in value if not char.isalnum()), "").join(["00", "00", "5e", "00", "53", last])


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _plant_ip(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return ":".join(f"{rng.randrange(1, 65536):x}" for _ in range(8))
    return f"{rng.randrange(11, 190)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


IP = Kind(
    name="IP", order=200, title="IPv4 and IPv6 addresses", direct=True, safe_harbor="O",
    patterns=(
        Pattern(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)", 0.9, allowed=_is_ip, needs=r"\d\.\d{1,3}\.\d"),
        Pattern(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:])", 0.9, allowed=_is_ip),
    ),
    surrogate=shaped(ip), plant=_plant_ip,
    carriers=("The login came from {}.", "The device at {} was restarted."),
)  # fmt: skip
MAC = Kind(
    name="MAC", order=210, title="Hardware addresses", direct=True, safe_harbor="M",
    patterns=(
        Pattern(r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b", 0.9),
    ),
    surrogate=shaped(mac), plant=lambda rng: rng.choice(":-").join(f"{rng.randrange(256):02X}" for _ in range(6)),
    carriers=("The adapter reports {}.", "Access was given to {} only."),
)  # fmt: skip
