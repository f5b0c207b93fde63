"""WeCom's encrypted envelope (加解密方案, pages 90238 and 101033). Only this file knows wechatpy.

wechatpy gives the AES and the padding. The order of checks, the comparison in constant time, the
age, the buffer's bounds, the receiver and the XML are ours (docs/decisions/0002).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from wechatpy.crypto import PKCS7Encoder, WeChatCipher

from webhooks.wecom.refusal import IllegalKey, Reason, Refusal
from webhooks.wecom.xml_reader import read_xml, text_of

MAX_AGE_SECONDS = 300
PREFIX_BYTES = 16
BLOCK_BYTES = 16
MAX_PADDING = 32
"""WeCom pads PKCS#7 to 32 bytes, twice the AES block."""

_KEY = re.compile(r"[A-Za-z0-9+/]{43}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_ECHO = re.compile(rb"[^<{\s].{,63}", re.DOTALL)
"""What WeCom asks back are some twenty digits; a message is XML or JSON."""
_SIGNED = ("msg_signature", "timestamp", "nonce")


class Form(StrEnum):
    """XML for apps, 微信客服 and contacts; JSON for the 智能机器人."""

    XML = "xml"
    JSON = "json"


@dataclass(frozen=True, kw_only=True)
class SignedQuery:
    """The query parameters of a callback, each given exactly once."""

    msg_signature: str
    timestamp: str
    nonce: str
    echostr: str = ""

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]]) -> SignedQuery:
        """Take URL-decoded pairs; a missing or repeated parameter is a `Refusal`."""
        given: dict[str, str] = {}
        for name, value in pairs:
            if name in given:
                raise Refusal(Reason.QUERY)
            given[name] = value
        if not all(given.get(name) for name in _SIGNED):
            raise Refusal(Reason.QUERY)
        # Base64 holds no space: one can only be a "+" that was decoded as a form would.
        echostr = given.get("echostr", "").replace(" ", "+")
        return cls(**{name: given[name] for name in _SIGNED}, echostr=echostr)


class Envelope:
    """Opens and seals for one receiver: one pair of token and key.

    `receiver_id` is the corp id for own apps and 微信客服, empty for an internal 智能机器人.
    Times are Unix seconds. Everything that does not open is a `Refusal` that quotes nothing.
    """

    def __init__(
        self,
        *,
        token: str,
        encoding_aes_key: str,
        receiver_id: str,
        form: Form = Form.XML,
        random16: Callable[[], bytes] = lambda: secrets.token_bytes(PREFIX_BYTES),
    ) -> None:
        self._token = token
        self._cipher = WeChatCipher(_key_bytes(encoding_aes_key))
        self._receiver_id = receiver_id.encode()
        self._form = form
        self._random16 = random16

    def echo(self, query: SignedQuery, *, now: float) -> bytes:
        """Return what the URL check wants back, byte for byte.

        A callback is sealed as the check is: whoever caught one could have it read to them here.
        """
        echo = self._verified(query, query.echostr, now)
        if not _ECHO.fullmatch(echo):
            raise Refusal(Reason.ECHO)
        return echo

    def open(self, query: SignedQuery, body: bytes, *, now: float) -> bytes:
        """Return the decrypted message of a callback's body."""
        return self._verified(query, _encrypted_part(body, self._form), now)

    def seal(self, message: bytes, *, callback_nonce: str, now: float) -> bytes:
        """Return a passive reply; JSON must repeat the callback's nonce, XML has its own."""
        nonce = callback_nonce if self._form is Form.JSON else secrets.token_hex(8)
        timestamp = str(int(now))
        encrypted = self._encrypt(message)
        signature = self._signature(timestamp, nonce, encrypted)
        if self._form is Form.JSON:
            reply = {
                "encrypt": encrypted,
                "msgsignature": signature,
                "timestamp": int(timestamp),
                "nonce": nonce,
            }
            return json.dumps(reply).encode()
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        ).encode()

    def _verified(self, query: SignedQuery, encrypted: str, now: float) -> bytes:
        expected = self._signature(query.timestamp, query.nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), query.msg_signature.encode("utf-8", "replace")):
            raise Refusal(Reason.SIGNATURE)
        # Only now is the timestamp known to be WeCom's.
        if not _SECONDS.fullmatch(query.timestamp) or abs(now - int(query.timestamp)) > MAX_AGE_SECONDS:
            raise Refusal(Reason.AGE)
        return self._decrypt(encrypted)

    def _signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        parts = [part.encode("utf-8", "replace") for part in (self._token, timestamp, nonce, encrypted)]
        return hashlib.sha1(b"".join(sorted(parts)), usedforsecurity=False).hexdigest()

    def _encrypt(self, message: bytes) -> str:
        buffer = self._random16() + struct.pack(">I", len(message)) + message + self._receiver_id
        # wechatpy's encode() works on bytes; its decode() checks too little, so it is not used.
        return base64.b64encode(self._cipher.encrypt(PKCS7Encoder.encode(buffer))).decode("ascii")

    def _decrypt(self, encrypted: str) -> bytes:
        try:
            ciphertext = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refusal(Reason.BASE64) from error
        if not ciphertext or len(ciphertext) % BLOCK_BYTES:
            raise Refusal(Reason.CIPHER)
        message, receiver_id = _unpack(self._cipher.decrypt(ciphertext))
        if not hmac.compare_digest(receiver_id, self._receiver_id):
            raise Refusal(Reason.RECEIVER)
        return message


def _key_bytes(encoding_aes_key: str) -> bytes:
    """Decode leniently: the 43rd character may carry two bits that no decoder needs."""
    if not _KEY.fullmatch(encoding_aes_key):
        raise IllegalKey("EncodingAESKey 必须是 43 位字母或数字,请到企业微信后台重新复制")
    return base64.b64decode(encoding_aes_key + "=")


def _encrypted_part(body: bytes, form: Form) -> str:
    encrypted = text_of(read_xml(body), "Encrypt") if form is Form.XML else _json_encrypt(body)
    if not encrypted:
        raise Refusal(Reason.UNREADABLE)
    return encrypted


def _json_encrypt(body: bytes) -> str:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(Reason.UNREADABLE) from error
    return text_of(envelope, "encrypt") if isinstance(envelope, dict) else ""


def _unpack(buffer: bytes) -> tuple[bytes, bytes]:
    """Split random(16) + length(4, big-endian, bytes) + message + receiver id, less the padding."""
    padding = buffer[-1]
    if not 1 <= padding <= MAX_PADDING or not buffer.endswith(bytes([padding]) * padding):
        raise Refusal(Reason.BUFFER)
    content = buffer[PREFIX_BYTES:-padding]
    if len(content) < struct.calcsize(">I"):
        raise Refusal(Reason.BUFFER)
    (length,) = struct.unpack_from(">I", content)
    rest = content[struct.calcsize(">I") :]
    if length > len(rest):
        raise Refusal(Reason.BUFFER)
    return rest[:length], rest[length:]
