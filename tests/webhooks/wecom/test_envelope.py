"""The envelope opens what is WeCom's, for us and from now, and nothing else."""

import base64
import json
from pathlib import Path

import pytest

from tests.webhooks.wecom.fakes import CORP, KEY, NOW, TOKEN, encrypt, encrypt_buffer, sign, xml_body
from webhooks.wecom.envelope import Envelope, Form, SignedQuery
from webhooks.wecom.refusal import IllegalKey, Reason, Refusal
from webhooks.wecom.xml_reader import read_xml

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "wecom_crypto_vectors.json").read_text())
BY_NAME = {vector["name"]: vector for vector in VECTORS["vectors"]}
SOUND = [vector for vector in VECTORS["vectors"] if "expect" not in vector]


def envelope_of(vector, *, form=Form.XML, **changes):
    keys = VECTORS["sets"][vector["set"]] | changes
    return Envelope(
        token=keys["token"],
        encoding_aes_key=keys["key"],
        receiver_id=keys["receiveid"],
        form=form,
        random16=lambda: bytes.fromhex(vector["random_hex"]),
    )


def query_of(vector, **changes):
    names = ("msg_signature", "timestamp", "nonce")
    return SignedQuery(**({name: vector[name] for name in names} | changes), echostr=vector["encrypt"])


def ours(form=Form.XML, receiver=CORP):
    return Envelope(token=TOKEN, encoding_aes_key=KEY, receiver_id=receiver, form=form)


def opened(encrypted, *, now=None, envelope=None, **changes):
    timestamp = str(int(NOW.timestamp()))
    given = {
        "msg_signature": sign(encrypted, timestamp, "n1"),
        "timestamp": timestamp,
        "nonce": "n1",
    } | changes
    query = SignedQuery(**given, echostr=encrypted)
    return (envelope or ours()).echo(query, now=NOW.timestamp() if now is None else now)


def read(vector):
    """Open a vector as the body of a callback."""
    body = json.dumps({"encrypt": vector["encrypt"]}).encode()
    return envelope_of(vector, form=Form.JSON).open(query_of(vector), body, now=int(vector["timestamp"]))


def reason_of(call, *args, **kwargs):
    with pytest.raises(Refusal) as caught:
        call(*args, **kwargs)
    return caught.value.reason


@pytest.mark.parametrize("vector", SOUND, ids=lambda vector: vector["name"])
def test_every_sound_vector_opens_to_its_plaintext(vector):
    assert read(vector).decode() == vector["plaintext"]


@pytest.mark.parametrize("vector", SOUND, ids=lambda vector: vector["name"])
def test_the_url_check_gives_back_echoes_and_reads_no_message_to_anybody(vector):
    echo, now = envelope_of(vector).echo, int(vector["timestamp"])
    if vector["plaintext"].startswith(("<", "{")):
        assert reason_of(echo, query_of(vector), now=now) == Reason.ECHO
    else:
        assert echo(query_of(vector), now=now).decode() == vector["plaintext"]


@pytest.mark.parametrize("plain", [b"1" * 65, b"<", b'{"a":1}', b"", b" <xml/>", b"\n{}"])
def test_the_url_check_refuses_what_could_be_a_message(plain):
    assert reason_of(opened, encrypt(plain)) == Reason.ECHO


def test_the_url_check_gives_back_up_to_64_bytes():
    assert opened(encrypt(b"1" * 64)) == b"1" * 64


@pytest.mark.parametrize("vector", SOUND, ids=lambda vector: vector["name"])
def test_every_sound_vector_is_sealed_to_the_same_bytes(vector):
    envelope = envelope_of(vector, form=Form.JSON)
    sealed = json.loads(
        envelope.seal(
            vector["plaintext"].encode(), callback_nonce=vector["nonce"], now=int(vector["timestamp"])
        )
    )
    assert sealed == {
        "encrypt": vector["encrypt"],
        "msgsignature": vector["msg_signature"],
        "timestamp": int(vector["timestamp"]),
        "nonce": vector["nonce"],
    }


def test_vectors_come_as_json_and_as_xml_bodies():
    vector = BY_NAME["D1 aibot message (multi-byte text: msg_len counts bytes, 236)"]
    body = json.dumps({"encrypt": vector["encrypt"]}).encode()
    now = int(vector["timestamp"])
    assert (
        envelope_of(vector, form=Form.JSON).open(query_of(vector), body, now=now).decode()
        == vector["plaintext"]
    )
    vector = BY_NAME["C2 add_external_contact"]
    opened_xml = envelope_of(vector).open(query_of(vector), xml_body(vector["encrypt"]), now=now)
    assert opened_xml.decode() == vector["plaintext"]


@pytest.mark.parametrize(
    "vector",
    [vector for vector in VECTORS["vectors"] if "expect" in vector],
    ids=lambda vector: vector["name"],
)
def test_wrong_receiver_is_refused_with_its_code(vector):
    reason = reason_of(envelope_of(vector).echo, query_of(vector), now=int(vector["timestamp"]))
    assert reason == vector["expect"] == Reason.RECEIVER


@pytest.mark.parametrize("negative", VECTORS["negative"], ids=lambda negative: negative["name"])
def test_negative_vectors_fail_with_their_code(negative):
    name = next(name for name in BY_NAME if name.startswith(negative["from"]))
    vector, change = BY_NAME[name], negative["change"]
    if "key" in change:
        with pytest.raises(IllegalKey) as caught:
            envelope_of(vector, key=change["key"])
        assert caught.value.reason == negative["expect"]
    else:
        query = query_of(vector, **change)
        assert reason_of(envelope_of(vector).echo, query, now=int(vector["timestamp"])) == negative["expect"]


def test_last_key_character_may_carry_spare_bits():
    # "…G" and "…H" differ only in the two bits that 32 bytes do not need.
    spare = KEY[:-1] + "H"
    envelope = Envelope(token=TOKEN, encoding_aes_key=spare, receiver_id=CORP)
    assert opened(encrypt(b"hello"), envelope=envelope) == b"hello"


@pytest.mark.parametrize("key", ["", KEY + "A", KEY[:-1] + "!", KEY[:-1] + "é", KEY + "\n"])
def test_a_key_that_cannot_be_one_stops_the_start(key):
    with pytest.raises(IllegalKey):
        Envelope(token=TOKEN, encoding_aes_key=key, receiver_id=CORP)


def test_each_changed_character_of_a_signature_is_refused():
    encrypted = encrypt(b"hello")
    good = sign(encrypted, str(int(NOW.timestamp())), "n1")
    for place, character in enumerate(good):
        other = "0" if character != "0" else "1"
        changed = good[:place] + other + good[place + 1 :]
        assert reason_of(opened, encrypted, msg_signature=changed) == Reason.SIGNATURE
    for wrong in (good.upper(), good[:-1], good + "0", "é" * 40, ""):
        assert reason_of(opened, encrypted, msg_signature=wrong) == Reason.SIGNATURE


def test_signature_is_checked_before_anything_is_decrypted():
    # Neither base64 nor a whole block: had it been decrypted, the reason would be another.
    assert reason_of(opened, "???", msg_signature="0" * 40) == Reason.SIGNATURE
    old = str(int(NOW.timestamp()) - 10_000)
    assert reason_of(opened, encrypt(b"x"), timestamp=old) == Reason.SIGNATURE


@pytest.mark.parametrize("shift", [299, -299, 300, -300])
def test_five_minutes_either_way_are_young_enough(shift):
    assert opened(encrypt(b"hello"), now=NOW.timestamp() + shift) == b"hello"


@pytest.mark.parametrize("shift", [301, -301, 86_400])
def test_older_or_later_is_a_replay(shift):
    assert reason_of(opened, encrypt(b"hello"), now=NOW.timestamp() + shift) == Reason.AGE


@pytest.mark.parametrize("timestamp", ["", "1e9", "-5", "١٢٣", "9" * 40, "17 "])
def test_signed_nonsense_for_a_time_is_refused(timestamp):
    encrypted = encrypt(b"hello")
    signature = sign(encrypted, timestamp, "n1")
    assert reason_of(opened, encrypted, timestamp=timestamp, msg_signature=signature) == Reason.AGE


def buffer(length, message=b"hi", receiver=b"wwcorp", padding=None):
    content = b"0" * 16 + length.to_bytes(4, "big") + message + receiver
    size = 32 - len(content) % 32
    return content + (bytes([size]) * size if padding is None else padding(size))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (buffer(99_999), Reason.BUFFER),
        (buffer(0xFFFFFFFF), Reason.BUFFER),
        (buffer(1), Reason.RECEIVER),
        (buffer(0), Reason.RECEIVER),
        (buffer(2, padding=bytes), Reason.BUFFER),
        (buffer(2, padding=lambda size: bytes([33]) * size), Reason.BUFFER),
        (buffer(2, padding=lambda size: b"\x01" * (size - 1) + bytes([size])), Reason.BUFFER),
        (b"\x10" * 16, Reason.BUFFER),
        (b"\x0e" * 32, Reason.BUFFER),
        (buffer(2, receiver=b"WWCORP"), Reason.RECEIVER),
        (buffer(2, receiver=CORP.encode() + b"x"), Reason.RECEIVER),
        (buffer(2, receiver=b""), Reason.RECEIVER),
        (buffer(2, receiver=b"\xff\xfe"), Reason.RECEIVER),
    ],
)
def test_a_decrypted_buffer_is_believed_in_nothing(raw, reason):
    assert reason_of(opened, encrypt_buffer(raw)) == reason


@pytest.mark.parametrize(
    ("encrypted", "reason"),
    [
        ("====", Reason.BASE64),
        ("abc", Reason.BASE64),
        ("中文", Reason.BASE64),
        (base64.b64encode(b"12345").decode(), Reason.CIPHER),
    ],
)
def test_signed_but_unreadable_ciphertext_is_refused(encrypted, reason):
    assert reason_of(opened, encrypted) == reason


def test_an_empty_receiver_is_the_bots_and_nobody_elses():
    assert opened(encrypt(b"hello", receiver=""), envelope=ours(receiver="")) == b"hello"
    assert reason_of(opened, encrypt(b"hello"), envelope=ours(receiver="")) == Reason.RECEIVER


BOMB = b"""<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]><xml><Encrypt>&c;</Encrypt></xml>"""
FILE = b"""<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Encrypt>&f;</Encrypt></xml>"""


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        FILE,
        b"<!DOCTYPE xml><xml><Encrypt>x</Encrypt></xml>",
        b"",
        b"<xml>",
        b"{}",
        b"\xff\xfe<xml/>",
        b"<xml><Encrypt></Encrypt></xml>",
        b"<xml><Encrypt><a>x</a></Encrypt></xml>",
        b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
        b"<a>" * 10_000 + b"</a>" * 10_000,
        b"<?xml version='1.0' encoding='utf-7'?><xml/>",
    ],
)
def test_an_envelope_that_is_no_plain_xml_is_refused(body):
    query = SignedQuery(msg_signature="0", timestamp="1", nonce="n")
    assert reason_of(ours().open, query, body, now=1) == Reason.UNREADABLE


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"encrypt": 5}', b'{"encrypt": ""}', b"[" * 60_000, b"\xff", b"null"]
)
def test_an_envelope_that_is_no_json_object_is_refused(body):
    query = SignedQuery(msg_signature="0", timestamp="1", nonce="n")
    assert reason_of(ours(Form.JSON).open, query, body, now=1) == Reason.UNREADABLE


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("msg_signature", "a"), ("timestamp", "1")],
        [("msg_signature", "a"), ("timestamp", "1"), ("nonce", "")],
        [("msg_signature", "a"), ("timestamp", "1"), ("nonce", "n"), ("timestamp", "2")],
        [("msg_signature", "a"), ("timestamp", "1"), ("nonce", "n"), ("echostr", "x"), ("echostr", "y")],
    ],
)
def test_a_parameter_that_is_missing_or_given_twice_is_refused(pairs):
    assert reason_of(SignedQuery.from_pairs, pairs) == Reason.QUERY


def test_a_plus_that_became_a_space_is_a_plus_again():
    pairs = [("msg_signature", "a"), ("timestamp", "1"), ("nonce", "n"), ("echostr", "a b/c=")]
    assert SignedQuery.from_pairs(pairs).echostr == "a+b/c="


def test_an_xml_reply_has_a_time_and_nonce_of_its_own_and_opens_again():
    sealed = read_xml(ours().seal("好的".encode(), callback_nonce="theirs", now=NOW.timestamp()))
    assert sealed["Nonce"] != "theirs"
    query = SignedQuery(
        msg_signature=sealed["MsgSignature"], timestamp=sealed["TimeStamp"], nonce=sealed["Nonce"]
    )
    assert ours().open(query, xml_body(sealed["Encrypt"]), now=NOW.timestamp()).decode() == "好的"


def test_two_seals_of_one_message_differ():
    first, second = (ours().seal(b"same", callback_nonce="n", now=1) for _ in range(2))
    assert read_xml(first)["Encrypt"] != read_xml(second)["Encrypt"]


def test_a_refusal_quotes_nothing():
    with pytest.raises(Refusal) as caught:
        opened(encrypt("客户的话".encode(), receiver="other"))
    assert "客户" not in str(caught.value)
    assert CORP not in str(caught.value)
