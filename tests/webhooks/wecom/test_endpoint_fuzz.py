"""Whatever comes to the door that WeCom did not seal: 403 or 413, an empty body, nothing stored."""

import asyncio
import base64
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webhooks.wecom.fakes import encrypt, encrypt_buffer, signed_query, xml_body
from tests.webhooks.wecom.test_endpoint import SIGNAL, TEXT, House

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


HOUSE = House()


def refused(path, body):
    """Post to a house that has stored nothing yet, and check that it gave and kept nothing."""
    answer = asyncio.run(HOUSE.http.post(path, content=body))
    assert HOUSE.inbox.kept == []
    assert answer.status_code in {403, 413}
    assert answer.content == b""
    return answer.status_code


def path_to(encrypted, door="app"):
    return f"/callbacks/wecom/{door}?{urlencode(signed_query(encrypted))}"


@QUICK
@given(body=st.binary(max_size=2_000), signature=st.text(min_size=1, max_size=60))
def test_random_bytes(body, signature):
    query = signed_query("x") | {"msg_signature": signature}
    assert refused(f"/callbacks/wecom/app?{urlencode(query)}", body) == 403


@QUICK
@given(size=st.integers(65_537, 200_000))
def test_any_size_above_the_cap(size):
    assert refused(path_to(encrypt(TEXT)), xml_body(encrypt(TEXT)).ljust(size)) == 413


@QUICK
@given(values=st.lists(st.text(min_size=1, max_size=50), min_size=4, max_size=4))
def test_random_parameters_beside_a_sound_body(values):
    names = ("msg_signature", "timestamp", "nonce", "echostr")
    query = urlencode(dict(zip(names, values, strict=True)), errors="replace")
    assert refused(f"/callbacks/wecom/app?{query}", xml_body(encrypt(TEXT))) == 403


@QUICK
@given(data=st.data())
def test_one_flipped_bit_of_the_ciphertext_under_the_old_signature(data):
    encrypted = encrypt(TEXT)
    raw = bytearray(base64.b64decode(encrypted))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert refused(path_to(encrypted), xml_body(base64.b64encode(raw).decode())) == 403


@QUICK
@given(length=st.integers(0, 300))
def test_a_truncated_body(length):
    encrypted = encrypt(SIGNAL)
    body = xml_body(encrypted)
    assert refused(path_to(encrypted, "kf"), body[: min(length, len(body) - 10)]) == 403


@QUICK
@given(receiver=st.text(max_size=40).filter(lambda name: name != "wwcorp"))
def test_any_other_corp(receiver):
    encrypted = encrypt(TEXT, receiver=receiver)
    assert refused(path_to(encrypted), xml_body(encrypted)) == 403


@QUICK
@given(blocks=st.integers(1, 8), data=st.data())
def test_signed_garbage_does_not_open(blocks, data):
    buffer = data.draw(st.binary(min_size=blocks * 16, max_size=blocks * 16))
    encrypted = encrypt_buffer(buffer)
    assert refused(path_to(encrypted), xml_body(encrypted)) == 403


@QUICK
@given(text=st.text(max_size=200).filter(lambda text: "\x00" not in text))
def test_signed_text_that_is_no_ciphertext_does_not_open(text):
    signed = "".join(character for character in text if character.isprintable() and character not in "<&>")
    assert refused(path_to(signed), xml_body(signed)) == 403


@QUICK
@given(inner=st.binary(max_size=400))
def test_authentic_nonsense_is_refused_not_a_crash(inner):
    encrypted = encrypt(b"<" + inner)
    assert refused(path_to(encrypted), xml_body(encrypted)) == 403


def test_an_entity_bomb_in_the_outer_envelope():
    body = (
        b'<!DOCTYPE x [<!ENTITY a "'
        + b"a" * 40_000
        + b'">]><xml><Encrypt>'
        + b"&a;" * 5_000
        + b"</Encrypt></xml>"
    )
    assert refused(path_to(encrypt(TEXT)), body) == 403
