import base64
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhooks.simulator.stage import fixture_path
from webhooks.simulator.crypto import Cipher, CryptoError, _pad

DATA = json.loads(fixture_path("wecom_crypto_vectors.json").read_text(encoding="utf-8"))
VECTORS = {vector["name"]: vector for vector in DATA["vectors"]}
GOOD = [name for name, vector in VECTORS.items() if "expect" not in vector]


def cipher_of(vector, **changes):
    chosen = DATA["sets"][vector["set"]]
    fields = {"token": chosen["token"], "encoding_aes_key": chosen["key"], "receive_id": chosen["receiveid"]}
    return Cipher(**{**fields, **changes})


def opened(vector, cipher=None):
    cipher = cipher or cipher_of(vector)
    return cipher.open(vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"])


@pytest.mark.parametrize("name", GOOD)
def test_vector_decrypts_to_its_plaintext(name):
    assert opened(VECTORS[name]).decode() == VECTORS[name]["plaintext"]


@pytest.mark.parametrize("name", list(VECTORS))
def test_vector_encrypts_byte_for_byte(name):
    vector = VECTORS[name]
    receive_id = vector.get("actual_receiveid", DATA["sets"][vector["set"]]["receiveid"])
    cipher = cipher_of(vector, receive_id=receive_id)
    encrypted = cipher.encrypt(vector["plaintext"].encode(), bytes.fromhex(vector["random_hex"]))
    assert encrypted == vector["encrypt"]
    assert cipher.sign(vector["timestamp"], vector["nonce"], encrypted) == vector["msg_signature"]


@pytest.mark.parametrize("name", [name for name in VECTORS if name not in GOOD])
def test_vector_for_another_receiver_fails_with_its_code(name):
    with pytest.raises(CryptoError) as failure:
        opened(VECTORS[name])
    assert failure.value.code == VECTORS[name]["expect"]


@pytest.mark.parametrize("case", DATA["negative"], ids=lambda case: case["name"])
def test_negative_vector_fails_with_its_code(case):
    vector = next(v for name, v in VECTORS.items() if name.startswith(case["from"] + " "))
    changes = dict(case["change"])
    key = changes.pop("key", DATA["sets"][vector["set"]]["key"])
    with pytest.raises(CryptoError) as failure:
        opened({**vector, **changes}, cipher_of(vector, encoding_aes_key=key))
    assert failure.value.code == case["expect"]


@pytest.fixture
def cipher():
    return cipher_of(VECTORS["C1 echostr"])


@pytest.mark.parametrize(
    ("encrypt", "code"), [("?", -40010), ("", -40007), ("YWJj", -40007), ("A" * 44, -40007)]
)
def test_rubbish_is_refused_with_a_code(cipher, encrypt, code):
    with pytest.raises(CryptoError) as failure:
        cipher.decrypt(encrypt)
    assert failure.value.code == code


def test_a_length_beyond_the_buffer_is_refused(cipher):
    whole = Cipher(token="", encoding_aes_key=cipher.encoding_aes_key, receive_id="x" * 40)
    forged = whole.encrypt(b"", prefix=b"0" * 16)
    assert whole.decrypt(forged) == b""
    cheat = Cipher(token="", encoding_aes_key=cipher.encoding_aes_key, receive_id="")
    body = bytearray(b"0" * 16 + struct.pack(">I", 999) + b"short")
    with pytest.raises(CryptoError) as failure:
        cheat.decrypt(_encrypt_raw(cheat, bytes(body)))
    assert failure.value.code == -40008


def _encrypt_raw(cipher, plain):
    encryptor = cipher._block_cipher().encryptor()
    return base64.b64encode(encryptor.update(_pad(plain)) + encryptor.finalize()).decode()


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_whatever_goes_in_comes_out(message):
    cipher = cipher_of(VECTORS["D3 aligned plaintext gets a full 32-byte pad"])
    assert cipher.decrypt(cipher.encrypt(message)) == message


def test_two_encryptions_of_one_message_differ(cipher):
    assert cipher.encrypt(b"same") != cipher.encrypt(b"same")
