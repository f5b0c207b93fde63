"""The callback cipher, written from its published description alone: no other package of ours is used."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes

SIGNATURE_MISMATCH = -40001
ENVELOPE_UNREADABLE = -40002
KEY_ILLEGAL = -40004
RECEIVER_MISMATCH = -40005
DECRYPTION_FAILED = -40007
BUFFER_ILLEGAL = -40008
BASE64_FAILED = -40010

PREFIX_BYTES = 16
PAD_BLOCK_BYTES = 32
AES_BLOCK_BYTES = 16
_KEY_PATTERN = re.compile(r"[A-Za-z0-9]{43}")


class CryptoError(Exception):
    """The envelope does not hold; `code` is one of the -400xx numbers of the official library."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Cipher:
    """Token, EncodingAESKey (43 letters and digits) and receiver id of one callback URL."""

    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    receive_id: str

    def __post_init__(self) -> None:
        if not _KEY_PATTERN.fullmatch(self.encoding_aes_key):
            raise CryptoError(KEY_ILLEGAL, "EncodingAESKey is not 43 letters and digits")

    def sign(self, timestamp: str, nonce: str, encrypt: str) -> str:
        """Return the msg_signature: 40 hexadecimal digits."""
        text = "".join(sorted([self.token, timestamp, nonce, encrypt]))
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def encrypt(self, message: bytes, prefix: bytes | None = None) -> str:
        """Return the base64 text of `message`; `prefix` (16 bytes) is random unless given."""
        head = (prefix or os.urandom(PREFIX_BYTES)) + struct.pack(">I", len(message))
        plain = _pad(head + message + self.receive_id.encode())
        encryptor = self._block_cipher().encryptor()
        return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()

    def decrypt(self, encrypt: str) -> bytes:
        """Return the message inside; CryptoError when anything about it is off."""
        plain = _unpad(self._decipher(encrypt))
        if len(plain) < PREFIX_BYTES + 4:
            raise CryptoError(BUFFER_ILLEGAL, "decrypted buffer is too short")
        (length,) = struct.unpack(">I", plain[PREFIX_BYTES : PREFIX_BYTES + 4])
        rest = plain[PREFIX_BYTES + 4 :]
        if length > len(rest):
            raise CryptoError(BUFFER_ILLEGAL, "message length exceeds the buffer")
        if not hmac.compare_digest(rest[length:], self.receive_id.encode()):
            raise CryptoError(RECEIVER_MISMATCH, "made for another receiver")
        return rest[:length]

    def open(self, signature: str, timestamp: str, nonce: str, encrypt: str) -> bytes:
        """Check the signature, then decrypt."""
        if not hmac.compare_digest(self.sign(timestamp, nonce, encrypt).encode(), signature.encode()):
            raise CryptoError(SIGNATURE_MISMATCH, "signature does not match")
        return self.decrypt(encrypt)

    def _block_cipher(self) -> BlockCipher[modes.CBC]:
        # The last of the 43 characters may carry unused bits: b64decode is lenient about them.
        key = base64.b64decode(self.encoding_aes_key + "=")
        return BlockCipher(algorithms.AES(key), modes.CBC(key[:AES_BLOCK_BYTES]))

    def _decipher(self, encrypt: str) -> bytes:
        try:
            data = base64.b64decode(encrypt, validate=True)
        except (binascii.Error, ValueError) as error:
            raise CryptoError(BASE64_FAILED, "not base64") from error
        if not data or len(data) % AES_BLOCK_BYTES:
            raise CryptoError(DECRYPTION_FAILED, "not whole blocks")
        decryptor = self._block_cipher().decryptor()
        return decryptor.update(data) + decryptor.finalize()


def _pad(data: bytes) -> bytes:
    count = PAD_BLOCK_BYTES - len(data) % PAD_BLOCK_BYTES
    return data + bytes([count]) * count


def _unpad(data: bytes) -> bytes:
    count = data[-1]
    if not 1 <= count <= PAD_BLOCK_BYTES or data[-count:] != bytes([count]) * count:
        raise CryptoError(DECRYPTION_FAILED, "padding is broken")
    return data[:-count]
