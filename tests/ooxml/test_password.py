"""Passwords and their hashes."""

import base64

import pytest

from workbook_builder.ooxml.password import PASSWORD_ALPHABET, SPIN_COUNT, lock_of, new_password

pytestmark = pytest.mark.usefixtures("real_spins")

# Computed once, by code that also gave the published hash of ClosedXML's test of SHA-512 sheet protection.
KNOWN_HASH = "4QZvhcsUeeJLUTCqumVxsIOjnpe1r0vVzPs352bblJZFlBuiCndTZcV4mmd+2UGJNPR51QQgM0VYmGS7L2IC2w=="


def test_hash_of_a_known_password_and_salt__is_the_known_one() -> None:
    lock = lock_of("财政2022Ab", bytes(range(16)))
    assert lock.hash_value == KNOWN_HASH
    assert base64.b64decode(lock.salt_value) == bytes(range(16))
    assert lock.spin_count == SPIN_COUNT == 100_000


def test_salt_that_nobody_chose__is_random_and_of_16_bytes() -> None:
    first, second = lock_of("财政2022Ab"), lock_of("财政2022Ab")
    assert first.hash_value != second.hash_value
    assert len(base64.b64decode(first.salt_value)) == 16
    assert lock_of("财政2022Ab", base64.b64decode(first.salt_value)) == first


def test_password__is_of_12_characters_that_nobody_mistakes() -> None:
    passwords = {new_password() for _ in range(50)}
    assert len(passwords) == 50
    assert {len(password) for password in passwords} == {12}
    assert set().union(*passwords) <= set(PASSWORD_ALPHABET)
    assert not set("0O1Il") & set(PASSWORD_ALPHABET)
