"""The password of a collection and its hash, as sheets and workbooks keep it."""

import base64
import hashlib
import secrets
from typing import NamedTuple

SPIN_COUNT = 100_000
PASSWORD_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is mistaken for another when read out


class Lock(NamedTuple):
    """A password as a workbook keeps it: SHA-512, hashed spin_count times."""

    hash_value: str  # base64
    salt_value: str  # base64
    spin_count: int


def new_password() -> str:
    """A random password of 12 letters and digits."""
    return "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(12))


def lock_of(password: str, salt: bytes | None = None, spin_count: int | None = None) -> Lock:
    """Hashes a password as ECMA-376 part 1, 18.3.1.85 tells; a tenth of a second, so once per run."""
    salt = secrets.token_bytes(16) if salt is None else salt
    spins = SPIN_COUNT if spin_count is None else spin_count
    digest = hashlib.sha512(salt + password.encode("utf-16-le")).digest()
    for count in range(spins):
        digest = hashlib.sha512(digest + count.to_bytes(4, "little")).digest()
    return Lock(base64.b64encode(digest).decode(), base64.b64encode(salt).decode(), spins)
