"""The child process that decrypts a workbook: a line of JSON with the passwords to try and then the bytes in, bytes out.

A file may ask for any amount of hashing, so nobody waits for it here.
"""

import io
import json
import sys
from collections.abc import Iterable

import msoffcrypto
from msoffcrypto.exceptions import InvalidKeyError

from workbook_builder.ooxml.foreign.child import ENCRYPTED, TOO_LARGE, limit_itself
from workbook_builder.ooxml.limits import MAX_FILE_BYTES


def main() -> None:
    """Reads standard input, writes standard output; says by its exit code why it cannot."""
    limit_itself()
    passwords = json.loads(sys.stdin.buffer.readline())
    decrypted = opened(sys.stdin.buffer.read(), passwords)
    if decrypted is None:
        sys.exit(ENCRYPTED)
    if len(decrypted) > MAX_FILE_BYTES:
        sys.exit(TOO_LARGE)
    sys.stdout.buffer.write(decrypted)


def opened(data: bytes, passwords: Iterable[str]) -> bytes | None:
    """What the first of the passwords that fits opens; None where none does."""
    file = msoffcrypto.OfficeFile(io.BytesIO(data))
    for password in passwords:
        try:
            if file.format == "ooxml":
                file.load_key(password=password, verify_password=True)
            else:
                file.load_key(password=password)
            stream = io.BytesIO()
            file.decrypt(stream)
        except InvalidKeyError:
            continue
        return stream.getvalue()
    return None


if __name__ == "__main__":
    main()
