import json

import pytest

from tests.webhooks.simulator.stage import CORP, KF, Stage
from webhooks.simulator.callbacks import Delivery
from webhooks.simulator.envelope import seal_query, to_xml
from webhooks.simulator.faults import Limits


async def write(stage, text="你好"):
    return (await stage.play("apps/1000002/LiXiang/message", {"kind": "text", "text": text})).json()


async def test_a_members_message_arrives_encrypted_with_msgid_and_agentid(stage):
    message = await write(stage)
    fields = stage.opened()
    assert fields == {
        "ToUserName": CORP,
        "FromUserName": "LiXiang",
        "CreateTime": "1760000000",
        "MsgType": "text",
        "Content": "你好",
        "MsgId": message["id"],
        "AgentID": "1000002",
    }
    assert "你好".encode() not in stage.receiver.requests[0]["body"]


@pytest.mark.parametrize("manner", ["hang", "break", 500])
async def test_an_unanswered_callback_comes_three_times_with_the_same_content(stage, manner):
    stage.sim.faults.ack_timeout_seconds = 0.02
    stage.receiver.manners = [manner] * 3
    await write(stage)
    assert len(stage.receiver.requests) == 3
    assert stage.opened(0) == stage.opened(1) == stage.opened(2)
    for name in ("msg_signature", "nonce"):
        assert len({request["query"][name] for request in stage.receiver.requests}) == 3
    attempts = [entry["attempt"] for entry in stage.sim.trace.after(0)]
    assert attempts == [1, 2, 3]


async def test_repeats_stop_with_the_first_answer(stage):
    stage.receiver.manners = ["break"]
    await write(stage)
    assert len(stage.receiver.requests) == 2


async def test_a_failed_attempt_is_repeated_after_the_time_budget(stage):
    began = stage.clock.now
    stage.receiver.manners = ["break"]
    await write(stage)
    assert stage.clock.now - began == 5
    assert [request["query"]["timestamp"] for request in stage.receiver.requests] == [
        "1760000000",
        "1760000005",
    ]


async def test_a_status_other_than_200_may_count_as_answered(stage):
    stage.sim.faults.retry_non_200 = False
    stage.receiver.manners = [500]
    await write(stage)
    assert len(stage.receiver.requests) == 1


async def test_duplicates_arrive_at_once_each_with_its_own_ciphertext(stage):
    await stage.play("faults", {"duplicate_callbacks": 3})
    await write(stage)
    assert len(stage.receiver.requests) == 3
    assert len({request["body"] for request in stage.receiver.requests}) == 3
    assert stage.opened(0) == stage.opened(1) == stage.opened(2)


async def test_lost_callbacks_never_leave(stage):
    await stage.play("faults", {"lose_callbacks": True})
    await write(stage)
    assert stage.receiver.requests == []
    assert stage.sim.trace.after(0)[0]["status"] == "lost"


async def test_plain_xml_and_unknown_elements_can_be_had(stage):
    await stage.play("faults", {"plain_xml": True, "extra_elements": True})
    await write(stage, "a<b")
    fields = stage.opened()
    assert (fields["Content"], fields["UnknownElement"]) == ("a<b", "1")


async def test_several_sys_events_of_one_second_can_be_sent(stage):
    for kind in ("create_user", "update_user"):
        fields = {
            "ToUserName": CORP,
            "FromUserName": "sys",
            "CreateTime": 1,
            "MsgType": "event",
            "Event": "change_contact",
            "ChangeType": kind,
            "UserID": "zhoumin",
        }
        await stage.play("emit", {"door": "app", "fields": fields})
    events = [stage.opened(0), stage.opened(1)]
    assert [event["ChangeType"] for event in events] == ["create_user", "update_user"]
    assert all("MsgId" not in event for event in events)


async def test_emitting_to_an_unknown_door_is_not_found(stage):
    assert (await stage.play("emit", {"door": "nobody", "fields": {}})).status_code == 404


async def test_a_json_callback_has_the_json_envelope_and_an_empty_receiver(stage):
    await stage.sim.sender.deliver(Delivery(door="bot", name="text", fields={"msgtype": "text", "n": 1}))
    request = stage.receiver.requests[0]
    query, cipher = request["query"], stage.sim.doors["bot"].cipher()
    encrypt = json.loads(request["body"])["encrypt"]
    plain = cipher.open(query["msg_signature"], query["timestamp"], query["nonce"], encrypt)
    assert json.loads(plain) == {"msgtype": "text", "n": 1}
    assert cipher.receive_id == ""


def json_answer(stage, nonce):
    cipher = stage.sim.doors["bot"].cipher()
    encrypt = cipher.encrypt(b'{"msgtype":"text"}')
    signature = cipher.sign("1", nonce, encrypt)
    return json.dumps(
        {"encrypt": encrypt, "msgsignature": signature, "timestamp": 1, "nonce": nonce}
    ).encode()


@pytest.mark.parametrize(("own_nonce", "taken"), [(False, True), (True, False)])
async def test_a_json_reply_must_return_the_nonce(stage, own_nonce, taken):
    replies = []
    stage.receiver.body = lambda query: json_answer(stage, "mine" if own_nonce else query["nonce"])
    take = lambda reply: replies.append(reply) or "taken"  # noqa: E731
    await stage.sim.sender.deliver(Delivery(door="bot", name="text", fields={}, on_reply=take))
    assert replies == ([{"msgtype": "text"}] if taken else [])
    assert ("-40002" in stage.sim.trace.after(0)[0]["detail"]) is not taken


def xml_answer(stage, fields):
    query, encrypt = seal_query(stage.sim.doors["app"].cipher(), to_xml(fields), now=1)
    reply = {
        "Encrypt": encrypt,
        "MsgSignature": query["msg_signature"],
        "TimeStamp": query["timestamp"],
        "Nonce": query["nonce"],
    }
    return to_xml(reply)


async def test_a_passive_text_reply_appears_in_the_chat_cut_to_2048_bytes(stage):
    stage.receiver.body = xml_answer(stage, {"MsgType": "text", "Content": "好" * 1000})
    await write(stage)
    reply = stage.chat()[-1]
    assert (reply.speaker, reply.kind) == ("app", "text")
    assert len(reply.text.encode()) == 2046


@pytest.mark.parametrize("body", [b"success", b"ok", b"<xml></xml>"])
async def test_any_other_body_changes_nothing(stage, body):
    stage.receiver.body = body
    await write(stage)
    assert [message.speaker for message in stage.chat()] == ["member"]


async def test_a_reply_encrypted_for_somebody_else_is_refused_with_its_code(stage):
    other = stage.sim.doors["other"].cipher()
    query, encrypt = seal_query(other, b"<xml/>", now=1)
    reply = {
        "Encrypt": encrypt,
        "MsgSignature": query["msg_signature"],
        "TimeStamp": "1",
        "Nonce": query["nonce"],
    }
    stage.receiver.body = to_xml(reply)
    await write(stage)
    assert "-40001" in stage.sim.trace.after(0)[0]["detail"]


async def test_a_card_cannot_be_updated_in_answer_to_a_message(stage):
    stage.receiver.body = xml_answer(stage, {"MsgType": "update_button", "Button": {"ReplaceName": "x"}})
    await write(stage)
    assert "answers only a click" in stage.sim.trace.after(0)[0]["detail"]


async def test_the_kf_signal_carries_a_token_and_nothing_of_the_message(stage):
    await stage.say("三成太高")
    fields = stage.opened()
    assert set(fields) == {"ToUserName", "CreateTime", "MsgType", "Event", "Token", "OpenKfId"}
    assert (fields["Event"], fields["OpenKfId"]) == ("kf_msg_or_event", KF)


class TestVerification:
    async def save(self, stage):
        return await stage.play("doors/app", {"callback_url": "http://receiver/app?x=1"})

    def echo(self, stage, before=b"", after=b""):
        cipher = stage.sim.doors["app"].cipher()
        return lambda query: before + cipher.decrypt(query["echostr"]) + after

    async def test_the_exact_plaintext_passes_and_the_url_is_saved(self, stage):
        stage.receiver.body = self.echo(stage)
        assert (await self.save(stage)).status_code == 200
        assert stage.sim.doors["app"].keys.callback_url == "http://receiver/app?x=1"
        assert stage.receiver.requests[0]["query"]["x"] == "1"

    @pytest.mark.parametrize(("before", "after"), [(b'"', b'"'), (b"", b"\n"), (b"\xef\xbb\xbf", b"")])
    async def test_one_byte_too_many_fails_and_nothing_is_saved(self, stage, before, after):
        stage.receiver.body = self.echo(stage, before, after)
        assert (await self.save(stage)).status_code == 409
        assert stage.sim.doors["app"].keys.callback_url == "http://receiver/app"

    @pytest.mark.parametrize("manner", ["break", 403])
    async def test_no_good_answer_fails(self, stage, manner):
        stage.receiver.manners = [manner]
        assert (await self.save(stage)).status_code == 409

    async def test_a_late_answer_fails(self, tmp_path):
        stage = Stage(folder=tmp_path, limits=Limits(verification_seconds=0.02))
        stage.receiver.manners = ["hang"]
        response = await self.save(stage)
        assert response.status_code == 409
        assert "within 0.02 s" in response.json()["detail"]
        await stage.sim.close()
