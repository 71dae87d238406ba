"""Check digits: they make a pattern certain, and a surrogate certainly invalid."""

import ipaddress


def luhn(digits: str) -> bool:
    """Luhn (ISO/IEC 7812-1) over a string of decimal digits."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return bool(digits) and total % 10 == 0


def iban(value: str) -> bool:
    """ISO 13616: the rearranged number is 1 modulo 97."""
    compact = "".join(value.split()).upper()
    if not 15 <= len(compact) <= 34 or not compact.isascii() or not compact.isalnum():
        return False
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def ip(value: str) -> bool:
    """Whether `value` is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def is_reserved_ip(value: str) -> bool:
    """Whether `value` lies in a range reserved for documentation (RFC 5737, RFC 3849)."""
    address = ipaddress.ip_address(value)
    return any(address in network for network in _DOCUMENTATION if network.version == address.version)


_DOCUMENTATION = [
    ipaddress.ip_network(block) for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
