"""What PostgreSQL keeps of a password: the verifier of SCRAM-SHA-256 (RFC 5802, RFC 7677), made and compared.

A role can be given the verifier in place of its password (CREATE ROLE, since PostgreSQL 10), so that no file holds the
password itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import stringprep
import unicodedata

ROUNDS = 4096
"""scram_iterations of PostgreSQL when nothing sets it."""
_MOST_ROUNDS = 1_000_000
"""A verifier with more takes longer than a plan should, and is taken for another password's."""
_VERIFIER = re.compile(r"SCRAM-SHA-256\$([0-9]{1,7}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")
_MD5 = re.compile(r"md5[0-9a-f]{32}")
_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


def is_stored_form(text: str) -> bool:
    """Whether PostgreSQL takes `text` for what it keeps of a password, not for the password."""
    return bool(_VERIFIER.fullmatch(text) or _MD5.fullmatch(text))


def verifier(password: str, role: str) -> str:
    """The verifier of `password`.

    The salt follows from the name of the role alone: the same answers give the same file, and the salt, which the
    server tells everybody who asks to log in, says nothing about the password.
    """
    salt = hashlib.sha256(f"role of galaxy-setup: {role}".encode()).digest()[:16]
    return _verifier(password, salt, ROUNDS)


def accepts(stored: str, password: str, role: str) -> bool:
    """Whether a role with `stored` (a verifier, an MD5 hash or the password itself) lets `password` in."""
    found = _VERIFIER.fullmatch(stored)
    if found is not None:
        rounds = int(found[1])
        try:
            salt = base64.b64decode(found[2], validate=True)
        except binascii.Error:
            return False
        return 0 < rounds <= _MOST_ROUNDS and hmac.compare_digest(stored, _verifier(password, salt, rounds))
    if _MD5.fullmatch(stored):
        told = hashlib.md5(password.encode() + role.encode(), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(stored, f"md5{told}")
    return hmac.compare_digest(stored.encode(), password.encode())


def _verifier(password: str, salt: bytes, rounds: int) -> str:
    salted = hashlib.pbkdf2_hmac("sha256", prepared(password).encode(), salt, rounds)
    stored = hashlib.sha256(_keyed(salted, b"Client Key")).digest()
    parts = [base64.b64encode(part).decode() for part in (salt, stored, _keyed(salted, b"Server Key"))]
    return f"SCRAM-SHA-256${rounds}:{parts[0]}${parts[1]}:{parts[2]}"


def _keyed(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def prepared(password: str) -> str:
    """The password in the form that is hashed: SASLprep (RFC 4013), or as it is where that refuses it.

    That is PostgreSQL's own way out (its saslprep.c): an ASCII password is never changed, and one that holds what
    SASLprep forbids is taken byte by byte. Seen with 15: it looks for that before it makes the normal form.
    """
    if password.isascii():
        return password
    mapped = "".join(" " if stringprep.in_table_c12(char) else char for char in password)
    mapped = "".join(char for char in mapped if not stringprep.in_table_b1(char))
    if not mapped or any(table(char) for char in mapped for table in _PROHIBITED):
        return password
    leftward = [stringprep.in_table_d1(char) for char in mapped]
    if any(leftward):
        mixed = any(stringprep.in_table_d2(char) for char in mapped)
        if mixed or not (leftward[0] and leftward[-1]):
            return password
    return unicodedata.normalize("NFKC", mapped)
