import json

import pytest

from webhooks.simulator.crypto import Cipher, CryptoError
from webhooks.simulator.envelope import Address, open_reply, parse_xml, seal, seal_query, to_xml

CIPHER = Cipher(token="t0ken", encoding_aes_key="a" * 43, receive_id="wwX")


@pytest.mark.parametrize("cdata", [True, False])
def test_xml_comes_back_as_it_was(cdata):
    fields = {
        "Content": "三成 & <b>]]> 了",
        "CreateTime": 17,
        "EventKey": "",
        "SelectedItems": {"SelectedItem": [{"OptionId": "1"}, {"OptionId": "2"}]},
    }
    read = parse_xml(to_xml(fields, cdata=cdata))
    assert read == {**fields, "CreateTime": "17"}


def test_cdata_stands_around_texts_only():
    assert to_xml({"A": "x", "N": 1}) == b"<xml><A><![CDATA[x]]></A><N>1</N></xml>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain",
        b"<xml><Encrypt>x</Encrypt></xml>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><xml><Encrypt>&b;</Encrypt></xml>',
    ],
)
def test_a_broken_xml_reply_is_refused(body):
    with pytest.raises(CryptoError) as failure:
        open_reply(CIPHER, "xml", body, "n")
    assert failure.value.code == -40002


def test_an_xml_reply_opens():
    query, encrypt = seal_query(CIPHER, b"<xml/>", now=1.0)
    reply = {
        "Encrypt": encrypt,
        "MsgSignature": query["msg_signature"],
        "TimeStamp": 1,
        "Nonce": query["nonce"],
    }
    assert open_reply(CIPHER, "xml", to_xml(reply), "another nonce") == b"<xml/>"


def json_reply(nonce, **changes):
    encrypt = CIPHER.encrypt(b"{}")
    reply = {
        "encrypt": encrypt,
        "msgsignature": CIPHER.sign("5", nonce, encrypt),
        "timestamp": 5,
        "nonce": nonce,
    }
    return json.dumps({**reply, **changes}).encode()


def test_a_json_reply_with_the_callbacks_nonce_opens():
    assert open_reply(CIPHER, "json", json_reply("n1"), "n1") == b"{}"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (json_reply("other"), -40002),
        (json_reply("n1", timestamp="5"), -40002),
        (json_reply("n1", msgsignature="0" * 40), -40001),
        (b"[]", -40002),
        (b"{", -40002),
    ],
)
def test_a_json_reply_that_does_not_hold_is_refused(body, code):
    with pytest.raises(CryptoError) as failure:
        open_reply(CIPHER, "json", body, "n1")
    assert failure.value.code == code


def test_a_sealed_request_is_signed_for_its_moment():
    sealed = seal(CIPHER, "xml", b"hello", Address(to_user="wwX", agent_id="7"), now=1234.9)
    outer = parse_xml(sealed.body)
    assert sealed.query["timestamp"] == "1234"
    assert (outer["ToUserName"], outer["AgentID"]) == ("wwX", "7")
    opened = CIPHER.open(sealed.query["msg_signature"], "1234", sealed.query["nonce"], outer["Encrypt"])
    assert opened == b"hello"
